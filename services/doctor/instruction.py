"""Telling a partition how to go on: past a loss, or with what was held for a parked entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import msgspec

from eventlog.port import BrokenLogError, Log, Record, TopicPartition
from schemas.codec import encode_event
from schemas.ids import entity_key
from schemas.partitioner import partition_of
from schemas.record.instruction import OperatorInstructed, RetryParkedEntity, SkipLostInput, check_instruction
from schemas.topic import INPUTS, JOURNAL, EntityKind
from services.doctor.lag import find_loss
from services.failure import NotFoundError, WorkRefusedError
from services.outcome import WrittenRecord

__all__ = ["Operator", "instruct_retry", "instruct_skip"]

_TOPIC: Final = INPUTS[0].name
_FLUSH_LIMIT_MS: Final = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who instructs, and why; both stand in the journal for ever."""

    name: str
    reason: str


def instruct_skip(
    log: Log, database_url: str, operator: Operator, *, place: TopicPartition, next_offset: int | None = None
) -> WrittenRecord:
    """Let a partition go on at a later offset of an input that the log no longer holds.

    Args:
        log: Where it is.
        database_url: Of the read models.
        operator: Who says so.
        place: The input that is lost.
        next_offset: Where to go on; left out: the first offset that the log still holds.

    Raises:
        NotFoundError: when there is no such partition.
        WorkRefusedError: when nothing is lost, the instruction is malformed or would pass over what the log holds, or
            the log does not take it.
        BrokenLogError: when the log did not acknowledge it.
    """
    instruction = OperatorInstructed(
        event_id=uuid4().hex,
        operator=operator.name,
        reason=operator.reason,
        skip_lost_input=SkipLostInput(topic=place.topic, next_offset=next_offset or 0),
    )
    _check(log, instruction, place.partition)
    skip = SkipLostInput(topic=place.topic, next_offset=_bounded_offset(log, database_url, place, next_offset))
    return _write(log, msgspec.structs.replace(instruction, skip_lost_input=skip), place.partition)


def _bounded_offset(log: Log, database_url: str, place: TopicPartition, next_offset: int | None) -> int:
    loss = find_loss(log, database_url, place)
    name = f"{place.topic}/{place.partition}"
    if loss is None:
        raise WorkRefusedError(f"nothing of {name} is lost, so nothing is skipped")
    wanted, bounds = loss
    last = min(bounds.first, bounds.next)
    holds = f"{name} holds offsets {bounds.first} to {bounds.next}, the next to decide is {wanted}"
    if last <= wanted:
        raise WorkRefusedError(f"{holds}: it lost its end, or was replaced; restore it")
    if next_offset is not None and not wanted < next_offset <= last:
        raise WorkRefusedError(f"{holds}: name {wanted + 1} to {last}, or leave the offset out")
    return last if next_offset is None else next_offset


def instruct_retry(log: Log, operator: Operator, *, tenant: str, kind: str, entity_id: str) -> WrittenRecord:
    """Let the records held for a parked entity be decided, in order.

    Raises:
        NotFoundError: when there is no such partition.
        WorkRefusedError: when the instruction is malformed, or the log does not take it.
        BrokenLogError: when the log did not acknowledge it.
    """
    instruction = OperatorInstructed(
        event_id=uuid4().hex,
        operator=operator.name,
        reason=operator.reason,
        retry_parked_entity=RetryParkedEntity(tenant=tenant, entity_kind=kind, entity_id=entity_id),
    )
    if kind == EntityKind.PARTITION.value and entity_id.isdigit():
        return _write(log, instruction, int(entity_id))
    return _write(log, instruction, partition_of(entity_key(tenant, entity_id), log.partition_counts()[JOURNAL]))


def _check(log: Log, instruction: OperatorInstructed, partition: int) -> None:
    fault = check_instruction(instruction)
    if fault is not None:
        raise WorkRefusedError(f"{fault.field}: {fault.mend} (found {fault.value})")
    count = log.partition_counts()[JOURNAL]
    if not 0 <= partition < count:
        raise NotFoundError(f"there is no partition {partition}: this cluster has 0 to {count - 1}")


def _write(log: Log, instruction: OperatorInstructed, partition: int) -> WrittenRecord:
    _check(log, instruction, partition)
    record = Record(entity_key("", str(partition)), encode_event(instruction))
    with log.writer() as writer:
        writer.send(_TOPIC, partition, [record], first_tag=0)
        for delivery in writer.flush(limit_ms=_FLUSH_LIMIT_MS):
            if delivery.error is not None:
                refused = WorkRefusedError if delivery.error.is_permanent else BrokenLogError
                raise refused(f"the instruction was not taken: {delivery.error.text}")
            if delivery.offset is not None:
                return WrittenRecord(_TOPIC, partition, delivery.offset)
    raise BrokenLogError("the log did not say where the instruction stands; see kopilka doctor lag before repeating it")
