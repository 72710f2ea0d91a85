"""What the read models answer about causes and codes of a tenant."""

from __future__ import annotations

from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from projections.sql_file import load_sql

__all__ = ["CauseTotal", "CodeBatch", "load_cause_totals", "load_code_batches"]


class CauseTotal(NamedTuple):
    """How far the gifts of a campaign to a beneficiary have come, minor units."""

    campaign_id: str
    beneficiary_id: str
    unit: str
    #: In a unit of points: given, and not yet turned into money.
    accrued_minor: int
    pledged_minor: int
    funded_minor: int
    transferred_minor: int
    confirmed_minor: int


class CodeBatch(NamedTuple):
    """How many codes of a batch there are."""

    programme: str
    batch_id: str
    issued_count: int
    used_count: int


def load_cause_totals(connection: psycopg.Connection, tenant: str) -> list[CauseTotal]:
    """Give the totals of a tenant, by campaign, beneficiary and unit."""
    with connection.cursor(row_factory=class_row(CauseTotal)) as cursor:
        return cursor.execute(load_sql("query/cause_total.sql"), {"tenant": tenant}).fetchall()


def load_code_batches(connection: psycopg.Connection, tenant: str) -> list[CodeBatch]:
    """Give the batches of a tenant's codes, by programme and batch."""
    with connection.cursor(row_factory=class_row(CodeBatch)) as cursor:
        return cursor.execute(load_sql("query/code_batch.sql"), {"tenant": tenant}).fetchall()
