"""Reading from PostgreSQL: fetched in big pieces, served in small ones, woken by notifications."""

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from eventlog.fair_share import deal
from eventlog.port import (
    BrokenLogError,
    EndReached,
    OffsetLost,
    PartitionBounds,
    Reader,
    StoredRecord,
    TopicPartition,
)
from eventlog.postgres.header import decode_headers
from eventlog.postgres.session import BROKEN_ERRORS, Session, Sessions, close_session
from eventlog.postgres.statement import load_statement

__all__ = ["PostgresReader"]

#: Records of one partition that one fetch gives at the most; from here on larger pieces are not quicker.
_FETCH_RECORDS = 1_000
#: Bytes of values that one fetch gives at the most, all partitions together; what a reader holds in memory.
_FETCH_BYTES = 16 * 1024 * 1024
#: The most and the least of it for one partition; a larger record comes alone.
_PARTITION_BYTES = 1024 * 1024
_LEAST_PARTITION_BYTES = 16 * 1024
#: After so long all partitions are looked at without a notification: one may be lost with a session.
_SWEEP_S = 0.5


@dataclass(slots=True)
class _Cursor:
    #: Where the next record to deliver is looked for; -1 until the partition's first is known.
    next: int
    #: Fetched and not delivered, from `next` on.
    waiting: deque[StoredRecord] = field(default_factory=deque)
    #: Whether the log may hold something behind what was fetched.
    is_stale: bool = True
    is_end_told: bool = False
    is_lost: bool = False
    is_paused: bool = False

    def wants_fetch(self) -> bool:
        return self.is_stale and not (self.waiting or self.is_lost or self.is_paused)


class PostgresReader(Reader):
    """Reads from PostgreSQL, with a session of its own.

    Args:
        sessions: opens its session, with the first `poll` and again after it broke.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._session: Session | None = None
        self._cursors: dict[TopicPartition, _Cursor] = {}  # in order of turn: who gave last stands last
        self._next_sweep_s = 0.0

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read exactly these from now on; what does not exist is a `KeyError` of the next `poll`."""
        self._cursors = {place: _Cursor(max(offset, -1)) for place, offset in sorted(positions.items())}

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        """Deliver nothing of these until resumed."""
        for place in partitions:
            self._cursors[place].is_paused = True

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Deliver these again."""
        for place in partitions:
            self._cursors[place].is_paused = False

    def poll(self, *, limit: int, wait_ms: int) -> Sequence[StoredRecord | EndReached | OffsetLost]:
        """Give what has come, in turns."""
        deadline_s = time.monotonic() + wait_ms / 1000
        try:
            if self._session is None:
                self._session = self._connect()
            self._take_notices(self._session, wait_s=0)
            while True:
                found = self._collect(self._session, limit)
                now_s = time.monotonic()
                if found or now_s >= deadline_s:
                    return found
                is_waiting = not any(cursor.wants_fetch() for cursor in self._cursors.values())
                wait_s = min(deadline_s, self._next_sweep_s) - now_s if is_waiting else 0
                self._take_notices(self._session, wait_s=wait_s)
        except BROKEN_ERRORS as error:
            self._disconnect()
            raise BrokenLogError(f"PostgreSQL cannot be reached: {error}") from error

    def close(self) -> None:
        """Stop reading."""
        self._disconnect()
        self._cursors = {}

    def _disconnect(self) -> None:
        close_session(self._session)
        self._session = None

    def _connect(self) -> Session:
        session = self._sessions.open()
        try:
            session.execute(load_statement("listen"))
        except BaseException:
            close_session(session)
            raise
        self._next_sweep_s = 0.0  # what happened meanwhile was told to nobody
        return session

    def _take_notices(self, session: Session, *, wait_s: float) -> None:
        """Mark what was appended to, waiting for the first notice; mark everything when that is due."""
        for notice in session.notifies(timeout=max(0.0, wait_s), stop_after=1):
            partition, _, topic = notice.payload.partition(" ")
            if cursor := self._cursors.get(TopicPartition(topic, int(partition))):
                cursor.is_stale = True
        now_s = time.monotonic()
        if now_s >= self._next_sweep_s:
            self._next_sweep_s = now_s + _SWEEP_S
            for cursor in self._cursors.values():
                cursor.is_stale = True

    def _collect(self, session: Session, limit: int) -> list[StoredRecord | EndReached | OffsetLost]:
        found: list[StoredRecord | EndReached | OffsetLost] = []
        if wanted := [place for place, cursor in self._cursors.items() if cursor.wants_fetch()]:
            found += self._fetch(session, wanted)
        fresh = frozenset(wanted)
        active = {place: cursor for place, cursor in self._cursors.items() if not cursor.is_paused}
        for place, count in deal({place: len(one.waiting) for place, one in active.items()}, limit).items():
            cursor = self._cursors.pop(place)
            self._cursors[place] = cursor
            records = [cursor.waiting.popleft() for _ in range(count)]
            found += records
            cursor.next = records[-1].offset + 1
            cursor.is_end_told = False
        for place, cursor in active.items():
            if cursor.waiting or cursor.is_stale or cursor.is_end_told or cursor.is_lost:
                continue
            if place in fresh:
                cursor.is_end_told = True
                found.append(EndReached(topic=place.topic, partition=place.partition, next_offset=cursor.next))
            else:
                # The end was seen when this was fetched, and that may be long ago: look again before saying
                # so.
                cursor.is_stale = True
        return found

    def _fetch(self, session: Session, wanted: Sequence[TopicPartition]) -> list[OffsetLost]:
        """Fill the cursors of these partitions, which have nothing waiting."""
        rows = session.execute(
            load_statement("fetch"),
            {
                "topics": [place.topic for place in wanted],
                "partitions": [place.partition for place in wanted],
                "offsets": [self._cursors[place].next for place in wanted],
                "record_limit": _FETCH_RECORDS,
                "byte_limit": min(_PARTITION_BYTES, max(_LEAST_PARTITION_BYTES, _FETCH_BYTES // len(wanted))),
            },
            binary=True,
        ).fetchall()
        missing = set(wanted)
        lost: list[OffsetLost] = []
        for number, group in groupby(rows, key=itemgetter(0)):
            place = wanted[number - 1]
            missing.discard(place)
            cursor = self._cursors[place]
            for _, start, first, following, offset, log_time_ms, key, value, headers in group:
                if offset is None:
                    cursor.next = start
                    cursor.is_stale = False
                    if not first <= start <= following:
                        cursor.is_lost = True
                        bounds = PartitionBounds(first, following)
                        lost.append(OffsetLost(**place._asdict(), wanted_offset=start, bounds=bounds))
                else:
                    cursor.is_stale = offset + 1 < following
                    given = decode_headers(headers)
                    cursor.waiting.append(
                        StoredRecord(place.topic, place.partition, offset, log_time_ms, key, value, given)
                    )
        if missing:
            raise KeyError(min(missing))
        return lost
