"""The projector: accepted journal entries, batch by batch, into the read models.

One transaction holds a batch's rows and its positions, so a batch is there wholly or not at all, and once. A second
projector on the same tables is harmless: only one of them moves a position.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

import psycopg

from eventlog.journal import Verdict
from eventlog.journal_reader import JournalReader
from eventlog.port import BrokenLogError, Log, TopicPartition
from eventlog.position import Position
from projections.batch import Batch
from projections.conflict import ConflictWriter, find_losers
from projections.journal_position import LostPositionError, PositionMove, lock_positions, move_positions
from projections.session import ProjectorSettings, Session
from projections.store import store_batch
from schemas.topic import JOURNAL

__all__ = ["Projector", "ProjectorCounts", "ProjectorSettings"]

#: First wait after a broken database or log, doubled each time up to the longest.
_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 5.0
#: Records asked for at once: few enough that the bound on bytes is looked at in between.
_POLL_LIMIT: Final = 1_000
#: How long a step of `catch_up` waits for a log that is slow to say where it ends.
_CATCH_UP_WAIT_MS: Final = 20


@dataclass(slots=True)
class ProjectorCounts:
    """What a projector did since it was made; for metrics."""

    entries: int = 0
    batches: int = 0
    #: Batches that another projector had already written.
    lost_batches: int = 0
    #: Times the database or the log did not work.
    failures: int = 0
    #: Receipts that were found under two owners.
    conflicts: int = 0


class Projector:
    """Brings the tables of one schema up to the journal.

    Args:
        log: Where the journal is.
        database_url: Where the tables are; they must have been migrated.
        settings: How.
        sleep: Waits some seconds; a stopping process may end it early.
    """

    def __init__(
        self,
        log: Log,
        database_url: str,
        settings: ProjectorSettings | None = None,
        *,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._log = log
        self._database_url = database_url
        self._settings = settings or ProjectorSettings()
        self._sleep = sleep
        self._session: Session | None = None
        self._conflicts = ConflictWriter(log)
        self._wait_s = _FIRST_WAIT_S
        self._is_at_end = False
        self.counts = ProjectorCounts()
        #: Why the last step could not work; empty after one that did.
        self.failure_text = ""

    def step(self, wait_ms: int) -> int:
        """Project one batch.

        With a broken database or log it waits, longer each time, and the next step begins again from the committed
        position.

        Args:
            wait_ms: How long to wait for the first entry.

        Returns:
            How many entries were projected; 0 also when something is broken or another projector was faster, so ask
            `is_at_end` whether anything is left.

        Raises:
            JournalReplacedError: when the journal is not the one that the tables were made from.
            BrokenInvariantError: when an accepted entry breaks what must always hold.
            UndecodableError: when this release cannot read an accepted entry.
            ConflictRefusedError: when the log will never take a finding.
        """
        try:
            with _collection_paused():
                count = self._project(wait_ms)
        except LostPositionError:
            self.counts.lost_batches += 1
            self._drop_session()
            return 0
        except (BrokenLogError, psycopg.OperationalError) as error:
            self.counts.failures += 1
            self.failure_text = f"{type(error).__name__}: {error}"
            self._drop_session()
            self._sleep(self._wait_s)
            self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
            return 0
        except BaseException:
            self._drop_session()
            raise
        self._wait_s, self.failure_text = _FIRST_WAIT_S, ""
        return count

    def _project(self, wait_ms: int) -> int:
        session = self._session
        if session is None:
            session = self._session = Session(self._log, self._database_url, self._settings)
        batch = self._read(session.reader, wait_ms)
        moves = session.find_moves(batch)
        if moves:
            self._commit(session, batch, moves)
            session.committed.update({partition: move.after for partition, move in moves.items()})
            self.counts.entries += batch.entry_count
            self.counts.batches += 1
        self._is_at_end = session.reader.is_at_end()
        return batch.entry_count

    def _read(self, reader: JournalReader, wait_ms: int) -> Batch:
        batch = Batch()
        limit = self._settings.batch_entries
        while batch.entry_count < limit and batch.size_bytes < self._settings.batch_bytes:
            accepted = reader.poll(limit=min(_POLL_LIMIT, limit - batch.entry_count), wait_ms=wait_ms)
            for entry in accepted:
                batch.take(entry)
            wait_ms = 0
            if not accepted:
                break
        return batch

    def _commit(self, session: Session, batch: Batch, moves: dict[int, PositionMove]) -> None:
        connection = session.connection
        with connection.transaction():
            # 1. Hold and move the positions: who comes second finds them moved, and has written nothing yet.
            lock_positions(connection)
            move_positions(connection, moves)
            if not batch.entry_count:
                return
            # 2. Write the rows.
            rivals = store_batch(connection, batch)
            # 3. Tell losers, and have that acknowledged, before the batch is committed: after a crash in between the
            #    batch comes again, finds the same and tells the same.
            losers = find_losers(batch.receipts.recorded(), rivals, batch.receipts.states())
            if losers:
                self.counts.conflicts += len(losers)
                if self._settings.tells_losers:
                    self._conflicts.tell(losers, partition_count=len(session.committed))

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        self._conflicts.close()
        self._is_at_end = False

    def catch_up(self) -> int:
        """Project until the end of the journal is seen, waiting out what is broken; give how many entries that were."""
        count = self.step(_CATCH_UP_WAIT_MS)
        while not self._is_at_end:
            count += self.step(_CATCH_UP_WAIT_MS)
        return count

    def is_at_end(self) -> bool:
        """Tell whether the last step saw the end of every journal partition, and committed all up to there."""
        return self._is_at_end

    def positions(self) -> dict[int, Position]:
        """Give the committed position of each partition, as far as this projector knows; empty before a step."""
        return dict(self._session.committed) if self._session else {}

    def lag(self) -> dict[int, int]:
        """Give, for each partition, how many journal offsets are not projected yet.

        Raises:
            BrokenLogError: when the log cannot be asked.
        """
        places = {TopicPartition(JOURNAL, partition): position for partition, position in self.positions().items()}
        bounds = self._log.bounds(places)
        return {
            place.partition: max(0, bounds[place].next - position.next_offset) for place, position in places.items()
        }

    def verdicts(self) -> Counter[Verdict]:
        """Count what the journal's records were to this projector since it last began to read."""
        return self._session.reader.verdicts() if self._session else Counter()

    def close(self) -> None:
        """Let go of database and log; what is committed stays."""
        self._drop_session()

    def __enter__(self) -> Self:
        """Give the projector itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Hold cyclic garbage collection back: decoding makes no cycles, and looking for them took 40 % of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
