"""A member's activation of a pack code, in three steps: the member asks the code, the code answers, the member awards.

Source: DESIGN, section 6 (pack codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from processors.admission import check_repeat, find_programme, take_key
from processors.ledger.award import award
from processors.rules.occasion import Occasion, Trigger
from processors.state import ActivationPart, MemberPart, activation_key, member_key
from schemas.entry import ActivationChanged, Outcome
from schemas.record.code import check_activation
from schemas.record.code_message import CodeRedemptionRequested
from schemas.rejection import Reason, reject
from schemas.topic import EntityKind

if TYPE_CHECKING:
    from processors.context import Incoming
    from processors.draft import Draft
    from schemas.record.code import CodeActivated
    from schemas.record.code_message import CodeRedemptionAnswered

__all__ = ["decide_activation", "decide_answer"]

_MENDS = {
    Reason.UNKNOWN_CODE.value: "no such code was issued; check the spelling on the pack",
    Reason.CODE_USED.value: "the code was activated before; each code counts once",
}


def decide_activation(draft: Draft, incoming: Incoming, event: CodeActivated) -> None:
    """Take an attempt and ask the code; until it answers, and when it is sent again then, the outcome is PENDING."""
    draft.source_key = f"activation:{event.event_id}"
    draft.take_time(event.occurred_at_ms, incoming.record.log_time_ms)
    fault = check_activation(event)
    if fault is not None:
        draft.refuse(fault)
        return
    if check_repeat(draft, incoming):
        known: ActivationPart | None = draft.state.get(activation_key(draft.tenant, event.member_id, event.event_id))
        if draft.rejection is None and known is not None and known.status == Outcome.PENDING.value:
            draft.outcome = Outcome.PENDING
        return
    book = find_programme(draft, event.programme, None)
    if book is None:
        return
    draft.outcome = Outcome.PENDING
    draft.activations.append(
        ActivationChanged(
            event_id=event.event_id,
            member_id=event.member_id,
            programme=event.programme,
            code_hash=event.code_hash,
            occurred_at_ms=event.occurred_at_ms,
            zone=event.zone,
            status=Outcome.PENDING.value,
        )
    )
    draft.send(
        EntityKind.CODE,
        event.code_hash,
        CodeRedemptionRequested(
            tenant=event.tenant,
            programme=event.programme,
            code_hash=event.code_hash,
            member_id=event.member_id,
            event_id=event.event_id,
        ),
    )
    take_key(draft, incoming, book)


def decide_answer(draft: Draft, event: CodeRedemptionAnswered) -> None:
    """Award an activation by the rules of its `occurred_at`, or refuse it for the code's reason."""
    draft.source_key = f"activation:{event.event_id}"
    activation: ActivationPart | None = draft.state.get(activation_key(draft.tenant, event.member_id, event.event_id))
    assert activation is not None, "a code answers only who asked"
    assert activation.status == Outcome.PENDING.value, "a code answers once"
    draft.occurred_at_ms = activation.occurred_at_ms
    if event.refusal is not None:
        draft.refuse(reject(Reason(event.refusal), "code_hash", event.code_hash, _MENDS[event.refusal]))
        draft.activations.append(_changed(event, activation, event.refusal))
        return
    book = draft.context.book.find(draft.tenant, activation.programme)
    assert book is not None, "a programme that was adopted stays adopted"
    member: MemberPart | None = draft.state.get(member_key(draft.tenant, event.member_id))
    occasion = Occasion(
        trigger=Trigger.CODE,
        occurred_at_ms=activation.occurred_at_ms,
        zone=activation.zone,
        lateness_ms=draft.context.clock_ms - activation.occurred_at_ms,
        member_id=event.member_id,
        segments={} if member is None else member.segments,
        batch_id=event.batch_id or "",
    )
    fired = book.index_at(activation.occurred_at_ms).fire(occasion)
    award(draft, fired, member_id=event.member_id, zone=book.settings.zone)
    draft.activations.append(_changed(event, activation, "AWARDED"))


def _changed(event: CodeRedemptionAnswered, activation: ActivationPart, status: str) -> ActivationChanged:
    return ActivationChanged(
        event_id=event.event_id,
        member_id=event.member_id,
        programme=activation.programme,
        code_hash=event.code_hash,
        occurred_at_ms=activation.occurred_at_ms,
        zone=activation.zone,
        status=status,
    )
