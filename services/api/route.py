"""The questions that the API answers, each about one tenant; `why` reads the journal, all others the read models."""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final

import msgspec
import psycopg
from fastapi import APIRouter, Depends, Path, Query, Request

from eventlog.opening import open_log
from projections.cause_query import load_cause_totals
from projections.member_query import (
    FIRST_PAGE,
    StatementPlace,
    load_balances,
    load_effects,
    load_memberships,
    load_owners,
    load_statement,
)
from schemas.ids import ID_MEND, NAME_MEND, ReceiptKey
from services.api.answer import (
    BalanceAnswer,
    CauseAnswer,
    CausesAnswer,
    EffectAnswer,
    LineAnswer,
    MembershipAnswer,
    OwnerAnswer,
    ReceiptAnswer,
    SegmentsAnswer,
    StatementAnswer,
    UnitBalance,
    WhyAnswer,
)
from services.api.problem import FieldError
from services.doctor import explanation
from services.doctor.entry_place import find_places
from services.doctor.retrace import retrace
from services.failure import NotFoundError
from services.registry import open_registry

__all__ = ["make_router"]

_ID_PATTERN: Final = "^[!-.0-9;<=?A-~]{1,64}$"
_PAGE_ROWS: Final = 100
_PAGE_LIMIT_ROWS: Final = 1_000
#: An explanation reads a whole partition; more at a time would keep the API's threads from short questions.
_EXPLAINING: Final = threading.Semaphore(2)

_Tenant = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,31}$", description=f"Whose data; {NAME_MEND}.")]
_Id = Annotated[str, Path(pattern=_ID_PATTERN, description=ID_MEND)]


def _lend_connection(request: Request) -> Iterator[psycopg.Connection]:
    with request.app.state.pool.connection() as connection:
        yield connection


_Connection = Annotated[psycopg.Connection, Depends(_lend_connection)]


def make_router() -> APIRouter:
    """Give the routes below /v1."""
    router = APIRouter(prefix="/v1/tenants/{tenant}")
    members = "/members/{member_id}"
    router.get(f"{members}/balance", tags=["members"])(balance)
    router.get(f"{members}/statement", tags=["members"])(statement)
    router.get(f"{members}/segments", tags=["members"])(segments)
    router.get("/receipts/{store_id}/{till_id}/{receipt_number}/{business_date}", tags=["receipts"])(receipt)
    router.get("/causes", tags=["causes"])(causes)
    router.get("/why", tags=["why"])(why)
    return router


def balance(tenant: _Tenant, member_id: _Id, connection: _Connection) -> BalanceAnswer:
    """What a member has in points."""
    balances = [UnitBalance(**one._asdict()) for one in load_balances(connection, tenant, member_id)]
    return BalanceAnswer(tenant=tenant, member_id=member_id, balances=balances)


def statement(
    tenant: _Tenant,
    member_id: _Id,
    connection: _Connection,
    after: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE_LIMIT_ROWS, description="Lines of a page.")] = _PAGE_ROWS,
) -> StatementAnswer:
    """How a member's points came and went, oldest first, page by page."""
    place = FIRST_PAGE if after is None else _decode_place(after)
    lines = load_statement(connection, tenant, member_id, after=place, page_rows=limit + 1)
    shown = lines[:limit]
    return StatementAnswer(
        tenant=tenant,
        member_id=member_id,
        lines=[LineAnswer(**line._asdict()) for line in shown],
        next=_encode_place(shown[-1].place) if len(lines) > limit else None,
    )


def _encode_place(place: StatementPlace) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(tuple(place))).decode().rstrip("=")


def _decode_place(text: str) -> StatementPlace:
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return StatementPlace(*msgspec.json.decode(data, type=tuple[int, int, str, str]))
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError):
        raise FieldError("after", text, "give `next` of the page before as it was, or leave it out") from None


def segments(tenant: _Tenant, member_id: _Id, connection: _Connection) -> SegmentsAnswer:
    """Which segment of each set a member is in."""
    memberships = load_memberships(connection, tenant, member_id)
    shown = [MembershipAnswer(**one._asdict()) for one in memberships]
    return SegmentsAnswer(tenant=tenant, member_id=member_id, segments=shown)


def receipt(
    *,
    tenant: _Tenant,
    store_id: _Id,
    till_id: _Id,
    receipt_number: _Id,
    business_date: Annotated[date, Path(description="The store's trading day.")],
    connection: _Connection,
) -> ReceiptAnswer:
    """What rules gave on a receipt."""
    key = ReceiptKey(f"{store_id}/{till_id}/{receipt_number}/{business_date.isoformat()}")
    owners = load_owners(connection, tenant, key)
    if not owners:
        raise NotFoundError(f"No receipt {key} of tenant {tenant} is in the read models.")
    return ReceiptAnswer(
        tenant=tenant,
        receipt_key=key,
        owners=[OwnerAnswer.model_validate(one, from_attributes=True) for one in owners],
        effects=[EffectAnswer(**one._asdict()) for one in load_effects(connection, tenant, key)],
    )


def causes(tenant: _Tenant, connection: _Connection) -> CausesAnswer:
    """How far the gifts of each campaign to each beneficiary have come."""
    totals = [CauseAnswer(**one._asdict()) for one in load_cause_totals(connection, tenant)]
    return CausesAnswer(tenant=tenant, causes=totals)


def why(
    tenant: _Tenant,
    request: Request,
    connection: _Connection,
    key: Annotated[
        str,
        Query(
            max_length=300,
            description="STORE/TILL/NUMBER/DATE, a source key, TOPIC/PARTITION/OFFSET, or JOURNAL PARTITION/OFFSET.",
            examples=["s1/1/42/2017-01-01"],
        ),
    ],
) -> WhyAnswer:
    """Why an entry is as it is: which rules fired, and what kept the others from it."""
    settings, backend = request.app.state.settings, request.app.state.backend
    places = find_places(connection, tenant, key)
    with _EXPLAINING, open_log(backend.log_url) as log:
        retraced = [retrace(log, place, open_registry(settings.schema_registry_url)) for place in places]
    # A place names any tenant's entry; only this one's are told.
    entries = [explanation.as_json(one) for one in retraced if one.entry.tenant == tenant]
    if not entries:
        raise NotFoundError(f"No entry {key} of tenant {tenant} is in the journal.")
    return WhyAnswer(entries=entries)
