"""What the read models answer about one member, its codes and its receipts."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from projections.sql_file import load_sql
from schemas.business_time import parse_date
from schemas.ids import split_receipt_key

__all__ = [
    "FIRST_PAGE",
    "Activation",
    "Balance",
    "EffectTotal",
    "Membership",
    "ReceiptOwner",
    "StatementLine",
    "StatementPlace",
    "load_activation",
    "load_balances",
    "load_effects",
    "load_memberships",
    "load_owners",
    "load_statement",
]


class Balance(NamedTuple):
    """What a member has in one unit of points, minor units."""

    unit: str
    available_minor: int
    pending_minor: int
    reserved_minor: int
    #: Zero or below.
    debt_minor: int


class StatementPlace(NamedTuple):
    """Where a page of a statement ended."""

    partition: int
    offset: int
    campaign_id: str
    unit: str


#: Comes before every line.
FIRST_PAGE = StatementPlace(-1, -1, "", "")


class StatementLine(NamedTuple):
    """One change of what is available."""

    journal_partition: int
    journal_offset: int
    campaign_id: str
    unit: str
    amount_minor: int
    balance_after_minor: int
    occurred_at: datetime
    recorded_at: datetime
    source_key: str

    @property
    def place(self) -> StatementPlace:
        """Where to go on after this line."""
        return StatementPlace(self.journal_partition, self.journal_offset, self.campaign_id, self.unit)


class Membership(NamedTuple):
    """A member's segment in one set."""

    segment_set: str
    segment: str
    computed_at: datetime
    #: Journal partition, as text, → next offset that the computation had not seen.
    position: dict[str, int]


class EffectTotal(NamedTuple):
    """What a campaign gave on a receipt, less what was taken back."""

    #: `None` when nobody was known.
    member_id: str | None
    campaign_id: str
    effect: str
    unit: str
    amount_minor: int


class ReceiptOwner(NamedTuple):
    """Under whom a receipt was recorded."""

    owner_id: str
    #: `None` when nobody was known.
    member_id: str | None
    #: RECORDED, RETURNED or CONFLICTED.
    status: str
    currency: str
    total_minor: int
    occurred_at: datetime
    recorded_at: datetime


class Activation(NamedTuple):
    """How far a code's activation has come."""

    event_id: str
    programme: str
    code_hash: str
    occurred_at: datetime
    zone: str
    #: PENDING, AWARDED, or the reason of the refusal.
    status: str


def load_balances(connection: psycopg.Connection, tenant: str, member_id: str) -> list[Balance]:
    """Give what a member has, by unit; empty for a member that never had points."""
    with connection.cursor(row_factory=class_row(Balance)) as cursor:
        parameters = {"tenant": tenant, "member_id": member_id}
        return cursor.execute(load_sql("query/member_balance.sql"), parameters).fetchall()


def load_statement(
    connection: psycopg.Connection,
    tenant: str,
    member_id: str,
    *,
    after: StatementPlace = FIRST_PAGE,
    page_rows: int = 100,
) -> list[StatementLine]:
    """Give a page of a member's statement, oldest first; the next one begins after the last line's `place`."""
    with connection.cursor(row_factory=class_row(StatementLine)) as cursor:
        parameters = {
            "tenant": tenant,
            "member_id": member_id,
            "after_partition": after.partition,
            "after_offset": after.offset,
            "after_campaign_id": after.campaign_id,
            "after_unit": after.unit,
            "page_rows": page_rows,
        }
        return cursor.execute(load_sql("query/member_statement.sql"), parameters).fetchall()


def load_memberships(connection: psycopg.Connection, tenant: str, member_id: str) -> list[Membership]:
    """Give a member's segments, by set."""
    with connection.cursor(row_factory=class_row(Membership)) as cursor:
        parameters = {"tenant": tenant, "member_id": member_id}
        return cursor.execute(load_sql("query/member_segment.sql"), parameters).fetchall()


def load_effects(connection: psycopg.Connection, tenant: str, receipt: str) -> list[EffectTotal]:
    """Give what rules gave on the receipt of this key, less what was taken back.

    Raises:
        ValueError: when `receipt` is no receipt key.
    """
    with connection.cursor(row_factory=class_row(EffectTotal)) as cursor:
        return cursor.execute(load_sql("query/receipt_effect.sql"), _key(tenant, receipt)).fetchall()


def load_owners(connection: psycopg.Connection, tenant: str, receipt: str) -> list[ReceiptOwner]:
    """Give the owners of the receipt of this key; the first, while its status is RECORDED, holds it.

    Raises:
        ValueError: when `receipt` is no receipt key.
    """
    with connection.cursor(row_factory=class_row(ReceiptOwner)) as cursor:
        return cursor.execute(load_sql("query/receipt_owner.sql"), _key(tenant, receipt)).fetchall()


def load_activation(connection: psycopg.Connection, tenant: str, member_id: str, event_id: str) -> Activation | None:
    """Give how far a member's activation has come; `None` for an unknown one."""
    with connection.cursor(row_factory=class_row(Activation)) as cursor:
        parameters = {"tenant": tenant, "member_id": member_id, "event_id": event_id}
        return cursor.execute(load_sql("query/activation.sql"), parameters).fetchone()


def _key(tenant: str, receipt: str) -> dict[str, object]:
    store_id, till_id, receipt_number, business_date = split_receipt_key(receipt)
    parse_date(business_date)
    return {
        "tenant": tenant,
        "store_id": store_id,
        "till_id": till_id,
        "receipt_number": receipt_number,
        "business_date": business_date,
    }
