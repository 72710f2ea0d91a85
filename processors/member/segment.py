"""A member's segments, as the segmenter found them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processors.context import FUTURE_LIMIT_MS
from processors.state import MemberPart, member_key
from schemas.business_time import format_instant
from schemas.entry import SegmentChanged
from schemas.record.segment import check_segment
from schemas.rejection import Reason, reject

if TYPE_CHECKING:
    from processors.draft import Draft
    from schemas.record.segment import SegmentAssigned

__all__ = ["decide_segment"]


def decide_segment(draft: Draft, event: SegmentAssigned) -> None:
    """Take over a segment; the same assignment again changes nothing, a later one replaces it, an older one is refused.

    One from the future is refused too: no right one could replace it until then.
    """
    draft.source_key = f"segment:{event.segment_set}"
    fault = check_segment(event)
    if fault is not None:
        draft.refuse(fault)
        return
    if event.computed_at_ms > draft.context.clock_ms + FUTURE_LIMIT_MS:
        draft.refuse(
            reject(
                Reason.OCCURRED_AT_IN_FUTURE,
                "computed_at_ms",
                format_instant(event.computed_at_ms),
                "it lies more than 24 hours ahead of the log's time; set the segmenter's clock, and compute again",
            )
        )
        return
    member: MemberPart | None = draft.state.get(member_key(draft.tenant, event.member_id))
    held_ms = None if member is None else member.segment_times_ms.get(event.segment_set)
    if held_ms is not None and event.computed_at_ms < held_ms:
        draft.refuse(
            reject(
                Reason.OUTDATED_SEGMENT,
                "computed_at_ms",
                format_instant(event.computed_at_ms),
                f"the member's segment was computed at {format_instant(held_ms)}; compute again",
            )
        )
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
