"""Building the read models anew from the journal's beginning, beside the live ones, and putting them in their place.

The tables are filled in a shadow schema up to where the live ones stood when it began, compared with them there,
brought up to the journal's end, and swapped in one transaction. A projector may go on all the while; who reads is never
without tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import IsolationLevel

from eventlog.port import BrokenLogError, Log, TopicPartition
from eventlog.position import Position
from projections.connection import READ_MODEL, connect, see_schema
from projections.content import hash_tables
from projections.journal_end import EndedLog
from projections.journal_position import begin_positions, load_positions
from projections.migrate import migrate, migrate_schema, publish_views
from projections.projector import Projector
from projections.session import ProjectorSettings
from projections.sql_file import load_sql
from schemas.topic import JOURNAL

__all__ = ["RebuildBusyError", "RebuildProgress", "RebuildReport", "rebuild"]

_SHADOW: Final = "read_model_shadow"
_OLD: Final = "read_model_old"
#: Steps that may fail one after the other before a rebuild gives up: a person is waiting, with a projector in the back.
_FAILURE_LIMIT: Final = 5
#: How long a step waits for a log that is slow to say where it ends.
_STEP_WAIT_MS: Final = 20


class RebuildBusyError(Exception):
    """Another rebuild of this database is running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildProgress:
    """How far a rebuild has come."""

    #: Journal offsets that were read, over all partitions.
    done: int
    #: Those there are up to where it is to end.
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """What a rebuild found."""

    #: Next journal offset per partition at which both contents were compared.
    compared_at: dict[int, int]
    #: SHA-256 per table of the live tables, and of the rebuilt ones, there.
    before: dict[str, str]
    after: dict[str, str]
    #: Entries that were projected up to there.
    entry_count: int
    #: Whether the rebuilt tables are the live ones now.
    is_swapped: bool

    @property
    def differences(self) -> list[str]:
        """Tables whose content was not what the journal says, sorted."""
        return sorted(table for table, digest in self.before.items() if self.after[table] != digest)


def rebuild(
    log: Log,
    database_url: str,
    *,
    swaps: bool = True,
    on_progress: Callable[[RebuildProgress], None] = lambda _: None,
) -> RebuildReport:
    """Build the read models anew.

    Args:
        log: Where the journal is.
        database_url: Where the tables are.
        swaps: Whether the rebuilt tables take the live ones' place; else they are only compared.
        on_progress: Told after every batch.

    Raises:
        RebuildBusyError: when another rebuild is running.
        BrokenLogError, psycopg.OperationalError: when log or database do not work; nothing has changed then.
    """
    migrate(database_url)
    with _shadow(database_url) as connection:
        positions, before = _look_at_live(connection, log)
        ends = {TopicPartition(JOURNAL, p): position.next_offset for p, position in positions.items()}
        # Up to here every loser was told before the live batch was committed.
        settings = ProjectorSettings(schema=_SHADOW, tells_losers=False)
        with Projector(EndedLog(log, ends), database_url, settings) as projector:
            entry_count = _fill(projector, sum(ends.values()), on_progress)
        see_schema(connection, _SHADOW)
        after = hash_tables(connection)
        if swaps:
            with Projector(log, database_url, ProjectorSettings(schema=_SHADOW)) as projector:
                _fill(projector, 0, on_progress)
            _swap(connection)
    return RebuildReport(
        compared_at={partition: position.next_offset for partition, position in positions.items()},
        before=before,
        after=after,
        entry_count=entry_count,
        is_swapped=swaps,
    )


@contextmanager
def _shadow(database_url: str) -> Iterator[psycopg.Connection]:
    """Give a connection with an empty shadow schema, and leave none behind."""
    with connect(database_url) as connection:
        row = connection.execute(load_sql("swap/alone.sql")).fetchone()
        if row != (True,):
            raise RebuildBusyError("another rebuild of this database is running; wait for it, or stop it")
        names = {"live": READ_MODEL, "shadow": _SHADOW, "old": _OLD}
        connection.execute(load_sql("swap/name.sql"), names)
        connection.execute(load_sql("swap/drop_leftover.sql"))
        with connection.transaction():
            migrate_schema(connection, _SHADOW)
        try:
            yield connection
        finally:
            if not connection.broken:
                connection.execute(load_sql("swap/drop_leftover.sql"))


def _look_at_live(connection: psycopg.Connection, log: Log) -> tuple[dict[int, Position], dict[str, str]]:
    """Give positions and content of the live tables, as they were at one moment."""
    see_schema(connection, READ_MODEL)
    begin_positions(connection, log.partition_counts()[JOURNAL])
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            return load_positions(connection), hash_tables(connection)
    finally:
        connection.isolation_level = None


def _fill(projector: Projector, total: int, on_progress: Callable[[RebuildProgress], None]) -> int:
    count = failures = 0
    while not projector.is_at_end():
        failures_before = projector.counts.failures
        count += projector.step(_STEP_WAIT_MS)
        failures = failures + 1 if projector.counts.failures > failures_before else 0
        if failures == _FAILURE_LIMIT:
            raise BrokenLogError(f"the rebuild cannot go on: {projector.failure_text}")
        done = sum(position.next_offset for position in projector.positions().values())
        on_progress(RebuildProgress(done=done, total=max(done, total)))
    return count


def _swap(connection: psycopg.Connection) -> None:
    see_schema(connection, READ_MODEL)
    with connection.transaction():
        # 1. No batch is half written, and none begins: it would go on in the other tables.
        connection.execute(load_sql("swap/lock.sql"))
        # 2. The names change places.
        connection.execute(load_sql("swap/swap.sql"))
        # 3. The views stand on tables, not on names: they are put onto the new ones before anybody sees these.
        publish_views(connection, READ_MODEL)
