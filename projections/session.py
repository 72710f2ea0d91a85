"""A projector's open connection, and its reader, which began where the tables stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import psycopg

from eventlog.journal_reader import JournalReader
from eventlog.port import Log
from eventlog.position import Position
from projections.batch import Batch
from projections.connection import READ_MODEL, connect
from projections.journal_position import PositionMove, begin_positions, load_positions
from projections.sql_file import load_sql
from projections.store import make_staging
from schemas.topic import JOURNAL

__all__ = ["ProjectorSettings", "Session"]


#: Longest silence of a projector inside a transaction. Between two statements it only makes rows, and at the most
#: waits for the log to take findings; above that wait.
_IDLE_LIMIT_MS: Final = 90_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectorSettings:
    """How a projector works."""

    #: Where the tables are; a rebuild fills another schema.
    schema: str = READ_MODEL
    #: Entries of a batch: enough that a transaction's fixed cost does not count, few enough to hold in memory.
    batch_entries: int = 10_000
    #: Stored bytes of a batch, after which nothing more is read into it.
    batch_bytes: int = 32 * 1024 * 1024
    #: Whether losers of a receipt are told; not needed where another projector has told them already.
    tells_losers: bool = True


class Session:
    """From the positions that the tables have, until something breaks or another projector is faster.

    Raises:
        BrokenLogError: when the log cannot be asked.
        psycopg.OperationalError: when the database cannot be reached.
    """

    def __init__(self, log: Log, database_url: str, settings: ProjectorSettings) -> None:
        partition_count = log.partition_counts()[JOURNAL]
        self.connection: psycopg.Connection = connect(database_url, settings.schema)
        try:
            self.connection.execute(load_sql("position/limit_idle.sql"), {"limit_ms": str(_IDLE_LIMIT_MS)})
            make_staging(self.connection)
            begin_positions(self.connection, partition_count)
            #: What the tables hold.
            self.committed: dict[int, Position] = load_positions(self.connection)
            self.reader = JournalReader(log, self.committed)
        except BaseException:
            self.connection.close()
            raise

    def find_moves(self, batch: Batch) -> dict[int, PositionMove]:
        """Give how far a batch that was just taken is beyond the tables, for the partitions in which it is."""
        moves = {}
        for partition, before in self.committed.items():
            after = self.reader.position(partition)
            if after != before:
                moves[partition] = PositionMove(
                    partition=partition,
                    before=before,
                    after=after,
                    recorded_at_ms=batch.recorded_at_ms.get(partition),
                )
        return moves

    def close(self) -> None:
        """Let go of the database and the log."""
        self.reader.close()
        self.connection.close()
