"""Segments that the segmenter assigned."""

from __future__ import annotations

import msgspec

from schemas.record.check import check_id, check_name, check_scope
from schemas.rejection import Reason, Rejection

__all__ = ["PartitionOffset", "SegmentAssigned", "check_segment"]


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
    )
