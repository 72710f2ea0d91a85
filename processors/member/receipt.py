"""A member's receipts, or those of nobody known: what they earn, and how all of it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from processors.admission import check_repeat, find_programme, take_key
from processors.ledger.award import award, reverse
from processors.rules.occasion import Occasion, Trigger
from processors.state import MemberPart, ReceiptPart, member_key, receipt_part_key
from schemas.entry import Effect, ReceiptChanged
from schemas.ids import RECEIPT_ORIGIN, split_receipt_key
from schemas.record.receipt import check_receipt, check_return
from schemas.rejection import Reason, reject

if TYPE_CHECKING:
    from processors.context import Incoming
    from processors.draft import Draft
    from schemas.record.conflict import ReceiptConflicted
    from schemas.record.receipt import ReceiptRecorded, ReceiptReturned

__all__ = ["decide_conflict", "decide_receipt", "decide_return", "occasion_of"]


def occasion_of(event: ReceiptRecorded, member: MemberPart | None, lateness_ms: int) -> Occasion:
    """Give what the rules look at."""
    return Occasion(
        trigger=Trigger.RECEIPT,
        occurred_at_ms=event.occurred_at_ms,
        zone=event.zone,
        lateness_ms=lateness_ms,
        member_id=event.member_id,
        segments={} if member is None else member.segments,
        store_id=event.store_id,
        currency=event.currency,
        amount_minor=event.total_minor,
        lines=event.lines,
    )


def decide_receipt(draft: Draft, incoming: Incoming, event: ReceiptRecorded) -> None:
    """Decide a receipt: refused when malformed, repeated, too old or of an unknown programme; else it earns."""
    draft.source_key = RECEIPT_ORIGIN + event.key
    draft.take_time(event.occurred_at_ms, incoming.record.log_time_ms)
    fault = check_receipt(event)
    if fault is not None:
        draft.refuse(fault)
        return
    if check_repeat(draft, incoming):
        return
    book = find_programme(draft, event.programme, event.currency)
    if book is None:
        return
    member = None if event.member_id is None else draft.state.get(member_key(draft.tenant, event.member_id))
    lateness_ms = incoming.record.log_time_ms - event.occurred_at_ms
    fired = book.index_at(event.occurred_at_ms).fire(occasion_of(event, member, lateness_ms))
    award(draft, fired, member_id=event.member_id, zone=book.settings.zone)
    draft.receipts.append(
        ReceiptChanged(
            store_id=event.store_id,
            till_id=event.till_id,
            receipt_number=event.receipt_number,
            business_date=event.business_date,
            programme=event.programme,
            member_id=event.member_id,
            status="RECORDED",
            currency=event.currency,
            total_minor=event.total_minor,
            occurred_at_ms=event.occurred_at_ms,
        )
    )
    take_key(draft, incoming, book)


def decide_return(draft: Draft, incoming: Incoming, event: ReceiptReturned) -> None:
    """Decide the full return of a receipt."""
    draft.source_key = f"return:{event.event_id}"
    draft.take_time(event.occurred_at_ms, incoming.record.log_time_ms)
    fault = check_return(event)
    if fault is not None:
        draft.refuse(fault)
        return
    if check_repeat(draft, incoming):
        return
    book = find_programme(draft, event.programme, None)
    if book is None:
        return
    part: ReceiptPart | None = draft.state.get(receipt_part_key(draft.tenant, draft.entity_id, event.receipt_key))
    if part is None:
        draft.refuse(
            reject(
                Reason.UNKNOWN_RECEIPT,
                "receipt_number",
                event.receipt_key,
                "no such receipt was recorded for this member; send the receipt first, or name its member",
                is_transient=True,
            )
        )
        return
    if part.status != "RECORDED":
        draft.refuse(
            reject(
                Reason.RECEIPT_ALREADY_REVERSED,
                "receipt_number",
                event.receipt_key,
                f"the receipt was taken back before ({part.status}); there is nothing left to return",
            )
        )
        return
    final = [effect for effect in part.effects if _is_final(effect, incoming.record.log_time_ms)]
    part = msgspec.structs.replace(part, effects=[effect for effect in part.effects if effect not in final])
    _take_back(draft, part, event.receipt_key, event.business_date, (event.member_id, "RETURNED"))
    take_key(draft, incoming, book)


def _is_final(effect: Effect, log_time_ms: int) -> bool:
    """Tell whether a return comes too late to take an effect back.

    Source: LEDGER, case 10a (after the cut-off no posting).
    """
    return effect.final_at_ms is not None and log_time_ms > effect.final_at_ms


def decide_conflict(draft: Draft, event: ReceiptConflicted) -> None:
    """Take back a receipt that stands under another owner; found again, nothing is left.

    No cut-off holds here: what the receipt gave stands under the other owner as well. So what a return before had to
    leave is taken back too, and it does not matter which of the two came first.
    """
    draft.source_key = f"conflict:{event.receipt_key}"
    part: ReceiptPart | None = draft.state.get(receipt_part_key(draft.tenant, event.loser, event.receipt_key))
    if part is None or part.status == "CONFLICTED":
        return
    member_id = None if event.loser == event.receipt_key else event.loser
    _take_back(draft, part, event.receipt_key, event.business_date, (member_id, "CONFLICTED"))


def _take_back(
    draft: Draft,
    part: ReceiptPart,
    receipt: str,
    business_date: int,
    owner_and_status: tuple[str | None, str],
) -> None:
    member_id, status = owner_and_status
    reverse(draft, part, origin=RECEIPT_ORIGIN + receipt, member_id=member_id)
    store_id, till_id, receipt_number, _ = split_receipt_key(receipt)
    draft.receipts.append(
        ReceiptChanged(
            store_id=store_id,
            till_id=till_id,
            receipt_number=receipt_number,
            business_date=business_date,
            programme=part.programme,
            member_id=member_id,
            status=status,
            currency=part.currency,
            total_minor=part.total_minor,
            occurred_at_ms=part.occurred_at_ms,
        )
    )
