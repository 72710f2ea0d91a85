"""Members whose segment is another than the read models say, at one journal position.

What is found here becomes an event for each member (the segmenter in `services` writes it), so that rules see it and a
replay sees the same. Nothing here says when it was computed: the caller's clock does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec
import psycopg
from psycopg import IsolationLevel
from psycopg.rows import class_row

from projections.connection import READ_MODEL, connect
from projections.sql_file import load_sql
from schemas.record.segment import PartitionOffset

__all__ = [
    "AbcThresholds",
    "ActivityThresholds",
    "SegmentChange",
    "SegmentComputation",
    "SegmentThresholds",
    "compute_segments",
    "load_programmes",
    "load_thresholds",
]

#: Rows that travel from the server at once: a bound on memory, not on the result.
_FETCHED_ROWS: Final = 5_000


class ActivityThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Days back from the tenant's latest receipt."""

    new_days: int = 30
    active_days: int = 30
    lapsing_days: int = 90


class AbcThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Window of spend, and shares of all spend in percent."""

    window_days: int = 365
    a_percent: int = 80
    b_percent: int = 95


class SegmentThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """`segments` of a programme's settings."""

    activity: ActivityThresholds = ActivityThresholds()
    abc: AbcThresholds = AbcThresholds()


class _Settings(msgspec.Struct, frozen=True):
    """The part of a programme's settings that is about segments."""

    segments: SegmentThresholds = SegmentThresholds()


class SegmentChange(NamedTuple):
    """A member that is to be in another segment of a set."""

    member_id: str
    segment_set: str
    segment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentComputation:
    """What a computation found, and what it had seen."""

    #: Sorted by partition.
    position: list[PartitionOffset]
    #: Streamed from the database: first `abc`, then `activity`, each by member.
    changes: Iterator[SegmentChange]


def load_programmes(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Give tenant and programme of each programme whose settings were published, sorted."""
    return connection.execute(load_sql("segment/programme.sql")).fetchall()


def load_thresholds(connection: psycopg.Connection, tenant: str, programme: str) -> SegmentThresholds:
    """Give the thresholds of a programme's newest settings; the defaults where it says nothing."""
    row = connection.execute(load_sql("segment/settings.sql"), {"tenant": tenant, "programme": programme}).fetchone()
    return SegmentThresholds() if row is None else msgspec.json.decode(row[0], type=_Settings).segments


@contextmanager
def compute_segments(
    database_url: str, tenant: str, thresholds: SegmentThresholds, *, schema: str = READ_MODEL
) -> Iterator[SegmentComputation]:
    """Compute all segment sets of a tenant, in one transaction at one journal position.

    Give up or finish the changes before the block ends; they are read while you use them.

    Raises:
        psycopg.OperationalError: when the database cannot be reached.
    """
    with connect(database_url, schema) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            rows = connection.execute(load_sql("position/load.sql")).fetchall()
            yield SegmentComputation(
                position=[PartitionOffset(partition=row[0], next_offset=row[1]) for row in rows],
                changes=_stream(connection, tenant, thresholds),
            )


def _stream(connection: psycopg.Connection, tenant: str, thresholds: SegmentThresholds) -> Iterator[SegmentChange]:
    abc, activity = thresholds.abc, thresholds.activity
    for path, parameters in (
        ("segment/abc.sql", msgspec.structs.asdict(abc)),
        ("segment/activity.sql", msgspec.structs.asdict(activity)),
    ):
        with connection.cursor("segment", row_factory=class_row(SegmentChange)) as cursor:
            cursor.itersize = _FETCHED_ROWS
            cursor.execute(load_sql(path), {"tenant": tenant, **parameters})
            yield from cursor
