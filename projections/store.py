"""Writing one batch into the tables, within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from projections.batch import Batch
from projections.ledger_row import BalanceKey
from projections.receipt_row import ReceiptRef, ReceiptState
from projections.sql_file import load_sql
from projections.table import COLUMN_TYPES, STAGED, TableRows
from schemas.entry import BrokenInvariantError

__all__ = ["load_rivals", "make_staging", "store_batch"]


def make_staging(connection: psycopg.Connection) -> None:
    """Make the temporary tables in which rows wait for their upsert; they last as long as the connection."""
    for table in STAGED:
        connection.execute(load_sql(f"table/{table}.stage.sql"))


def store_batch(connection: psycopg.Connection, batch: Batch) -> list[ReceiptState]:
    """Write a batch's rows.

    Returns:
        What the database held, before the batch, of the batch's receipts, under every owner.

    Raises:
        BrokenInvariantError: when a lot changes that was never opened.
    """
    # 1. Everything is copied: what is new straight into its table, the rest beside it.
    staged: list[TableRows] = []
    for part in batch.tables():
        if part.rows:
            _copy(connection, part)
            if part.table in STAGED:
                staged.append(part)
    # 2. Balances before the batch are read before it changes them: statement rows begin there.
    if batch.ledger.has_statement:
        _copy(connection, batch.ledger.statement(_load_available(connection)))
    # 3. Rivals are read before the batch's own receipts are among them.
    rivals = list(load_rivals(connection)) if batch.receipts.recorded() else []
    # 4. One statement a table, lots after new lots.
    for table, rows in staged:
        cursor = connection.execute(load_sql(f"table/{table}.upsert.sql"))
        if table == "lot_change" and cursor.rowcount != len(rows):
            raise BrokenInvariantError(f"of {len(rows)} lots that change, {cursor.rowcount} were opened")
    return rivals


def _copy(connection: psycopg.Connection, part: TableRows) -> None:
    with connection.cursor() as cursor, cursor.copy(load_sql(f"table/{part.table}.copy.sql")) as copy:
        copy.set_types(COLUMN_TYPES[part.table])
        write_row = copy.write_row
        for row in part.rows:
            write_row(row)


def _load_available(connection: psycopg.Connection) -> dict[BalanceKey, int]:
    rows = connection.execute(load_sql("table/account.available.sql")).fetchall()
    return {(tenant, member_id, unit): amount for tenant, member_id, unit, amount in rows}


def load_rivals(connection: psycopg.Connection) -> Iterator[ReceiptState]:
    """Give what is held of the staged receipts, under every owner."""
    for row in connection.execute(load_sql("table/receipt.rival.sql")):
        tenant, business_date, store_id, till_id, receipt_number, *rest = row
        owner_id, member_id, status, recorded_at_ms, partition, source_offset = rest
        yield ReceiptState(
            ReceiptRef(tenant, business_date, store_id, till_id, receipt_number),
            owner_id,
            member_id,
            status,
            recorded_at_ms,
            partition,
            source_offset,
        )
