"""`kopilka bench projection`: rows per second into all read models, beside a bare COPY of the same rows.

The projector reads real receipts' entries from a log in memory, decodes them, makes their rows, and writes every table
with its keys and the journal's positions, in its own transactions. The other side has the same rows in memory already,
and gives them to the same client's binary COPY, into tables of the same columns without keys, in one transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import resources
from typing import Final

import psycopg

from eventlog.journal_reader import JournalReader
from eventlog.port import Log
from eventlog.position import START
from projections.batch import Batch
from projections.connection import connect
from projections.migrate import migrate
from projections.projector import Projector
from projections.session import ProjectorSettings
from projections.sql_file import load_sql
from projections.table import COLUMN_TYPES, TableRows
from schemas.topic import JOURNAL
from services.bench.report import Report, describe_commit, describe_machine, measure_in_turn, spread_of

__all__ = ["bench_projection"]


#: Staging areas whose columns are not their table's; the journey has some dozen such rows, which neither side counts.
_OTHER_SHAPE: Final = frozenset({"lot_change", "document_version", "segment_membership"})


def _load(name: str) -> bytes:
    return resources.files("services.bench").joinpath(name).read_bytes()


def _read_rows(log: Log) -> list[TableRows]:
    """Give the rows that a projector writes for a whole journal, batch by batch, statement rows among them."""
    parts: list[TableRows] = []
    positions = dict.fromkeys(range(log.partition_counts()[JOURNAL]), START)
    with JournalReader(log, positions) as reader:
        while not reader.is_at_end():
            batch = Batch()
            for accepted in reader.poll(limit=ProjectorSettings().batch_entries, wait_ms=0):
                batch.take(accepted)
            parts.extend(part for part in batch.tables() if part.rows and part.table not in _OTHER_SHAPE)
            if batch.ledger.has_statement:
                parts.append(batch.ledger.statement({}))
    return parts


class _Bench:
    """Both sides of one run."""

    def __init__(self, log: Log, database_url: str) -> None:
        self._log = log
        self._database_url = database_url
        self._parts = _read_rows(log)
        self.row_count = sum(len(part.rows) for part in self._parts)

    def project(self) -> float:
        """Project everything into empty tables; give seconds."""
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            connection.execute(_load("drop_bare.sql"))
        migrate(self._database_url)
        with Projector(self._log, self._database_url) as projector:
            begun = time.perf_counter()
            projector.catch_up()
            seconds = time.perf_counter() - begun
            assert not projector.failure_text, projector.failure_text
        return seconds

    def copy(self) -> float:
        """Copy the same rows into tables without keys; give seconds."""
        with connect(self._database_url, "bare") as connection:
            connection.execute(_load("make_bare.sql"))
            begun = time.perf_counter()
            with connection.transaction():
                for part in self._parts:
                    _copy(connection, part)
            return time.perf_counter() - begun


def _copy(connection: psycopg.Connection, part: TableRows) -> None:
    with connection.cursor() as cursor, cursor.copy(load_sql(f"table/{part.table}.copy.sql")) as copy:
        copy.set_types(COLUMN_TYPES[part.table])
        for row in part.rows:
            copy.write_row(row)


def bench_projection(log: Log, database_url: str, *, runs: int, on_run: Callable[[int], None] | None = None) -> Report:
    """Run the bench.

    Args:
        log: Holds the journal to project, nobody writing.
        database_url: A database of the bench's own.
        runs: Counted rounds.
        on_run: Told the number of each finished round.
    """
    bench = _Bench(log, database_url)
    figures = measure_in_turn(runs, {"project": bench.project, "copy": bench.copy}, on_run)
    rows = bench.row_count
    return Report(
        machine=describe_machine(),
        commit=describe_commit(),
        data=f"{rows} rows of the journey for all tables of the read model",
        runs=runs,
        results={
            "projection_rows_per_s": spread_of([rows / seconds for seconds in figures["project"]]),
            "copy_rows_per_s": spread_of([rows / seconds for seconds in figures["copy"]]),
        },
        ratios={
            "projection_vs_copy": spread_of(
                [copy / project for project, copy in zip(figures["project"], figures["copy"], strict=True)]
            )
        },
        bounds={"projection_vs_copy": ">= 0.1"},
    )
