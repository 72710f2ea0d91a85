"""What became of a record that was written just now, as the read models tell."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final, NamedTuple

import psycopg
from psycopg.rows import class_row

from projections.connection import connect

__all__ = ["SeenOutcome", "WrittenRecord", "find_outcome", "wait_for_outcome"]

_QUERY: Final = Path(__file__).with_name("outcome.sql")
_POLL_S: Final = 0.05


class WrittenRecord(NamedTuple):
    """Where an acknowledged record stands."""

    topic: str
    partition: int
    offset: int


class SeenOutcome(NamedTuple):
    """What its entry says; the refusal's parts are empty when it was not refused."""

    outcome: str
    journal_offset: int
    reason: str
    field: str
    value: str
    mend: str

    @property
    def refusal(self) -> str:
        """The refusal in one line."""
        where = f"{self.field}: " if self.field else ""
        found = f" (found {self.value})" if self.value else ""
        return f"{self.reason or self.outcome}: {where}{self.mend}{found}"


def find_outcome(connection: psycopg.Connection, record: WrittenRecord) -> SeenOutcome | None:
    """Give what became of a record; `None` while its entry is not in the read models."""
    with connection.cursor(row_factory=class_row(SeenOutcome)) as cursor:
        return cursor.execute(_QUERY.read_bytes(), record._asdict()).fetchone()


def wait_for_outcome(database_url: str, record: WrittenRecord, *, limit_s: float) -> SeenOutcome | None:
    """Wait for a record's entry; `None` when it did not come within the limit."""
    deadline_s = time.monotonic() + limit_s
    with connect(database_url) as connection:
        while (seen := find_outcome(connection, record)) is None and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
        return seen
