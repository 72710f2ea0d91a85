"""A member's segments, as the segmenter found them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.entry import SegmentChanged
from schemas.record.segment import check_segment

if TYPE_CHECKING:
    from processors.draft import Draft
    from schemas.record.segment import SegmentAssigned

__all__ = ["decide_segment"]


def decide_segment(draft: Draft, event: SegmentAssigned) -> None:
    """Take over a segment; the same assignment again changes nothing, a later one replaces it."""
    draft.source_key = f"segment:{event.segment_set}"
    fault = check_segment(event)
    if fault is not None:
        draft.refuse(fault)
        return
    draft.segments.append(
        SegmentChanged(
            member_id=event.member_id,
            segment_set=event.segment_set,
            segment=event.segment,
            computed_at_ms=event.computed_at_ms,
            position=event.position,
        )
    )
