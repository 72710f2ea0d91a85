"""A member's own gifts to causes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processors.admission import check_repeat, find_programme, take_key
from processors.ledger.award import award
from processors.rules.occasion import Occasion, Trigger
from processors.state import MemberPart, member_key
from schemas.record.donation import check_donation
from schemas.rejection import Reason, reject

if TYPE_CHECKING:
    from processors.context import Incoming
    from processors.draft import Draft
    from schemas.record.donation import DonationRecorded

__all__ = ["decide_donation"]


def decide_donation(draft: Draft, incoming: Incoming, event: DonationRecorded) -> None:
    """Decide a donation: refused when malformed, repeated, too old, or when no such campaign asks for gifts."""
    draft.source_key = f"donation:{event.event_id}"
    draft.take_time(event.occurred_at_ms, incoming.record.log_time_ms)
    fault = check_donation(event)
    if fault is not None:
        draft.refuse(fault)
        return
    if check_repeat(draft, incoming):
        return
    book = find_programme(draft, event.programme, event.currency)
    if book is None:
        return
    member: MemberPart | None = draft.state.get(member_key(draft.tenant, event.member_id))
    occasion = Occasion(
        trigger=Trigger.DONATION,
        occurred_at_ms=event.occurred_at_ms,
        zone=event.zone,
        lateness_ms=incoming.record.log_time_ms - event.occurred_at_ms,
        member_id=event.member_id,
        segments={} if member is None else member.segments,
        currency=event.currency,
        amount_minor=event.amount_minor,
        campaign_id=event.campaign_id,
    )
    fired = book.index_at(event.occurred_at_ms).fire(occasion)
    if not fired:
        draft.refuse(
            reject(
                Reason.UNKNOWN_CAMPAIGN,
                "campaign_id",
                event.campaign_id,
                "no campaign of this name asked for gifts at that time; publish it, and send the donation again",
                is_transient=True,
            )
        )
        return
    award(draft, fired, member_id=event.member_id, zone=book.settings.zone)
    take_key(draft, incoming, book)
