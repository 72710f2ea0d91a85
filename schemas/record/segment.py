"""Segments that the segmenter assigned."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.business_time import LATEST_MS
from schemas.record.check import check_id, check_name, check_scope
from schemas.rejection import Reason, Rejection, reject

__all__ = ["NO_SEGMENT", "PartitionOffset", "SegmentAssigned", "check_segment"]

#: The segment of a member who left a set: assigned like any other, and named by no rule.
NO_SEGMENT: Final = "none"
#: What an Avro int and an Avro long hold; codecs do not check it.
_PARTITION_LIMIT: Final = 2**31 - 1
_OFFSET_LIMIT: Final = 2**63 - 1


class PartitionOffset(msgspec.Struct, frozen=True, kw_only=True):
    """The next journal offset that a computation had not yet seen."""

    partition: int
    next_offset: int


class SegmentAssigned(msgspec.Struct, frozen=True, kw_only=True):
    """The segmenter found a member in another segment than before."""

    tenant: str
    programme: str
    member_id: str
    segment_set: str
    #: `none`: no segment of the set any more.
    segment: str
    computed_at_ms: int
    #: Sorted by partition.
    position: list[PartitionOffset]


def check_segment(record: SegmentAssigned) -> Rejection | None:
    """Check an assignment; the first fault in the order of `Reason`, or `None`."""
    return (
        check_scope(record.tenant, record.programme)
        or check_id(Reason.INVALID_MEMBER_ID, "member_id", record.member_id)
        or check_name(Reason.INVALID_SEGMENT, "segment_set", record.segment_set)
        or check_id(Reason.INVALID_SEGMENT, "segment", record.segment)
        or _check_computation(record)
    )


def _check_computation(record: SegmentAssigned) -> Rejection | None:
    if not 0 <= record.computed_at_ms <= LATEST_MS:
        return reject(
            Reason.INVALID_SEGMENT,
            "computed_at_ms",
            record.computed_at_ms,
            "send UTC milliseconds since 1970, not seconds, not a local time",
        )
    before = -1
    for index, part in enumerate(record.position):
        if not before < part.partition <= _PARTITION_LIMIT:
            return reject(
                Reason.INVALID_SEGMENT,
                f"position[{index}].partition",
                part.partition,
                "name each journal partition once, in ascending order from 0",
            )
        if not 0 <= part.next_offset <= _OFFSET_LIMIT:
            return reject(
                Reason.INVALID_SEGMENT,
                f"position[{index}].next_offset",
                part.next_offset,
                "send the first journal offset that the computation had not seen, 0 or above",
            )
        before = part.partition
    return None
