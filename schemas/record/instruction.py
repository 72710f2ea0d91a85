"""What a person on call tells one partition."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.record.check import check_id
from schemas.rejection import Reason, Rejection, reject
from schemas.topic import INPUTS, EntityKind

__all__ = ["OperatorInstructed", "RetryParkedEntity", "SkipLostInput", "check_instruction"]


_KINDS: Final = tuple(kind.value for kind in EntityKind)
_TOPICS: Final = tuple(topic.name for topic in INPUTS)


class SkipLostInput(msgspec.Struct, frozen=True, kw_only=True):
    """Go on past records that the log no longer holds."""

    topic: str
    next_offset: int


class RetryParkedEntity(msgspec.Struct, frozen=True, kw_only=True):
    """Decide the records held for a parked entity, in order."""

    tenant: str
    entity_kind: str
    entity_id: str


class OperatorInstructed(msgspec.Struct, frozen=True, kw_only=True):
    """A person told the partition how to go on; exactly one of the instructions is set."""

    event_id: str
    operator: str
    reason: str
    skip_lost_input: SkipLostInput | None = None
    retry_parked_entity: RetryParkedEntity | None = None


def check_instruction(record: OperatorInstructed) -> Rejection | None:
    """Check an instruction; the first fault in the order of `Reason`, or `None`."""
    fault = check_id(Reason.INVALID_EVENT_ID, "event_id", record.event_id)
    if fault is not None:
        return fault
    if (record.skip_lost_input is None) == (record.retry_parked_entity is None):
        return reject(Reason.INVALID_INSTRUCTION, "instruction", None, "set exactly one of the instructions")
    if record.skip_lost_input is not None:
        return _check_skip(record.skip_lost_input)
    kind = record.retry_parked_entity.entity_kind if record.retry_parked_entity else ""
    if kind not in _KINDS:
        return reject(
            Reason.INVALID_INSTRUCTION, "retry_parked_entity.entity_kind", kind, f"name one of {', '.join(_KINDS)}"
        )
    return None


def _check_skip(skip: SkipLostInput) -> Rejection | None:
    if skip.topic not in _TOPICS:
        return reject(Reason.INVALID_INSTRUCTION, "skip_lost_input.topic", skip.topic, "name an input topic")
    if skip.next_offset < 0:
        return reject(
            Reason.INVALID_INSTRUCTION,
            "skip_lost_input.next_offset",
            skip.next_offset,
            "name the first offset to read again",
        )
    return None
