"""What a person on call tells one partition."""

from __future__ import annotations

import msgspec

from schemas.record.check import check_id
from schemas.rejection import Reason, Rejection, reject

__all__ = ["OperatorInstructed", "RetryParkedEntity", "SkipLostInput", "check_instruction"]


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
    """Check an instruction; the first fault in the order of its fields, or `None`."""
    fault = check_id(Reason.INVALID_EVENT_ID, "event_id", record.event_id)
    if fault is None and (record.skip_lost_input is None) == (record.retry_parked_entity is None):
        fault = reject(Reason.INVALID_INSTRUCTION, "instruction", None, "set exactly one of the instructions")
    return fault
