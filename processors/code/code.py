"""A pack code: issued, and given to the first member who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processors.admission import check_repeat, take_key
from processors.state import CodePart, code_key
from schemas.entry import CodeChanged
from schemas.record.code import check_issue
from schemas.record.code_message import CodeRedemptionAnswered
from schemas.rejection import Reason, reject
from schemas.topic import EntityKind

if TYPE_CHECKING:
    from processors.context import Incoming
    from processors.draft import Draft
    from schemas.record.code import CodeIssued
    from schemas.record.code_message import CodeRedemptionRequested

__all__ = ["decide_issue", "decide_request"]


def decide_issue(draft: Draft, incoming: Incoming, event: CodeIssued) -> None:
    """Issue a code; the same hash again in another batch is a conflict."""
    draft.source_key = f"code:{event.code_hash}"
    fault = check_issue(event)
    if fault is not None:
        draft.refuse(fault)
        return
    if check_repeat(draft, incoming):
        return
    book = draft.context.book.find(draft.tenant, event.programme)
    if book is None:
        draft.refuse(
            reject(
                Reason.UNKNOWN_PROGRAMME,
                "programme",
                event.programme,
                "publish the programme's settings, and send the record again",
                is_transient=True,
            )
        )
        return
    if draft.state.get(code_key(draft.tenant, event.code_hash)) is not None:
        # Its natural key was forgotten after the horizon; the code itself never is.
        draft.refuse(
            reject(
                Reason.CODE_ALREADY_ISSUED,
                "code_hash",
                event.code_hash,
                "the code was issued before; make a new one",
            )
        )
        return
    draft.codes.append(CodeChanged(code_hash=event.code_hash, programme=event.programme, batch_id=event.batch_id))
    take_key(draft, incoming, book)


def decide_request(draft: Draft, event: CodeRedemptionRequested) -> None:
    """Give the code to the first member who asks, and answer every one who does."""
    draft.source_key = f"request:{event.event_id}"
    code: CodePart | None = draft.state.get(code_key(draft.tenant, event.code_hash))
    refusal: Reason | None = None
    if code is None or code.programme != event.programme:
        refusal = Reason.UNKNOWN_CODE
    elif code.member_id is not None:
        refusal = Reason.CODE_USED
    else:
        draft.codes.append(
            CodeChanged(
                code_hash=event.code_hash,
                programme=code.programme,
                batch_id=code.batch_id,
                member_id=event.member_id,
            )
        )
    draft.send(
        EntityKind.MEMBER,
        event.member_id,
        CodeRedemptionAnswered(
            tenant=event.tenant,
            member_id=event.member_id,
            event_id=event.event_id,
            code_hash=event.code_hash,
            refusal=None if refusal is None else refusal.value,
            batch_id=None if code is None else code.batch_id,
        ),
    )
