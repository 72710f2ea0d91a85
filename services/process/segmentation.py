"""One computation of segments: what the read models say, written as an event for each member that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from eventlog.port import BrokenLogError, Log, Record, Writer
from projections.connection import connect
from projections.segment.membership import SegmentChange, compute_segments, load_programmes, load_thresholds
from schemas.codec import encode_event
from schemas.ids import entity_key
from schemas.partitioner import partition_of
from schemas.record.segment import PartitionOffset, SegmentAssigned
from services.failure import WorkRefusedError

__all__ = ["Assignments", "assign_segments"]

_TOPIC: Final = "engine.segment.assigned.v1"
#: Written before their acknowledgements are waited for.
_BATCH_EVENTS: Final = 1_000
_FLUSH_LIMIT_MS: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignments:
    """What a computation for one tenant came to."""

    tenant: str
    #: The programme whose thresholds were used.
    programme: str
    #: Journal partition → next offset that it had not seen.
    position: dict[int, int]
    #: Segment set → members that were assigned anew.
    changed: dict[str, int]


def assign_segments(log: Log, database_url: str, *, partitions: int, now_ms: Callable[[], int]) -> list[Assignments]:
    """Compute all segment sets of every tenant, and write the changes; all are acknowledged when this returns.

    A tenant with several programmes has one set of segments, by the thresholds of the first of them by name.

    Raises:
        BrokenLogError: when the log did not acknowledge; what was written stands, and computing again goes on.
        WorkRefusedError: when the log will never take an event.
        psycopg.OperationalError: when the database cannot be reached.
    """
    with connect(database_url) as connection:
        first_of_tenant: dict[str, str] = {}
        for tenant, programme in load_programmes(connection):
            first_of_tenant.setdefault(tenant, programme)
        thresholds = {scope: load_thresholds(connection, *scope) for scope in first_of_tenant.items()}
    made = []
    with log.writer() as writer:
        for (tenant, programme), wanted in thresholds.items():
            computed_at_ms = now_ms()
            changed: dict[str, int] = {}
            with compute_segments(database_url, tenant, wanted) as computation:
                position = computation.position
                for batch in _batches(computation.changes):
                    events = [_event(tenant, programme, change, (computed_at_ms, position)) for change in batch]
                    _write(writer, events, partitions)
                    for change in batch:
                        changed[change.segment_set] = changed.get(change.segment_set, 0) + 1
            seen = {part.partition: part.next_offset for part in position}
            made.append(Assignments(tenant=tenant, programme=programme, position=seen, changed=changed))
    return made


def _batches(changes: Iterable[SegmentChange]) -> Iterator[list[SegmentChange]]:
    left = iter(changes)
    while batch := list(islice(left, _BATCH_EVENTS)):
        yield batch


def _event(
    tenant: str, programme: str, change: SegmentChange, when: tuple[int, list[PartitionOffset]]
) -> SegmentAssigned:
    computed_at_ms, position = when
    return SegmentAssigned(
        tenant=tenant,
        programme=programme,
        member_id=change.member_id,
        segment_set=change.segment_set,
        segment=change.segment,
        computed_at_ms=computed_at_ms,
        position=position,
    )


def _write(writer: Writer, events: list[SegmentAssigned], partitions: int) -> None:
    by_partition: dict[int, list[Record]] = {}
    for event in events:
        key = entity_key(event.tenant, event.member_id)
        by_partition.setdefault(partition_of(key, partitions), []).append(Record(key, encode_event(event)))
    tag = 0
    for partition in sorted(by_partition):
        writer.send(_TOPIC, partition, by_partition[partition], first_tag=tag)
        tag += len(by_partition[partition])
    deliveries = writer.flush(limit_ms=_FLUSH_LIMIT_MS)
    for delivery in deliveries:
        if delivery.error is not None:
            refused = WorkRefusedError if delivery.error.is_permanent else BrokenLogError
            raise refused(f"{_TOPIC} did not take an assignment: {delivery.error.text}")
    if len(deliveries) != len(events):
        msg = f"{_TOPIC} acknowledged {len(deliveries)} of {len(events)} assignments"
        raise BrokenLogError(msg)
