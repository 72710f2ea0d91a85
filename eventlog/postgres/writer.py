"""Writing to PostgreSQL: a thread of its own takes what waits, many records to a transaction."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import psycopg

from eventlog.fair_share import deal
from eventlog.port import BrokenLogError, Delivery, Record, TopicPartition, WriteError, Writer
from eventlog.postgres.header import encode_headers
from eventlog.postgres.session import BROKEN_ERRORS, Session, Sessions, close_session, is_alive
from eventlog.postgres.statement import load_statement

__all__ = ["RECORD_LIMIT_BYTES", "PostgresWriter"]

#: Above this (key, value and headers together) a record is refused for good: a transaction of some of them,
#: and a reader that holds one per partition, must fit in memory with ease.
RECORD_LIMIT_BYTES = 8 * 1024 * 1024
#: One transaction: enough that its commit is a small part, little enough that the head's lock is held for
#: milliseconds.
_BATCH_RECORDS = 2_000
_BATCH_BYTES = 4 * 1024 * 1024
#: What the writer holds before `send` waits; some seconds of work.
_HELD_RECORDS = 20_000
_HELD_BYTES = 64 * 1024 * 1024
#: Between attempts to reach a server that is gone: doubled from the first to the last.
_FIRST_PAUSE_S = 0.05
_LAST_PAUSE_S = 1.0
#: A server that is gone for longer fails what waits: a restart takes seconds, and the sender should know of
#: more.
_OUTAGE_LIMIT_S = 15.0
#: How long `close` lets a transaction that has begun go on before it is cancelled.
_CLOSE_LIMIT_S = 2.0


class _Waiting(NamedTuple):
    tag: int
    record: Record
    #: Of key and value, and headers in their stored form.
    size_bytes: int
    headers: bytes | None


_Batch = Mapping[TopicPartition, Sequence[_Waiting]]


class PostgresWriter(Writer):
    """Writes to PostgreSQL, with a session and a thread of its own.

    When a transaction fails, or the session breaks in it, its records may stand in the log all the same. They
    fail, and with them everything that waits behind them in the same partitions, so that nothing overtakes
    them.

    Args:
        sessions: opens the thread's session, with the first record and again after it broke.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._changed = threading.Condition()  # guards everything below, but for the thread's own
        self._queues: dict[TopicPartition, deque[_Waiting]] = {}  # none empty, in order of turn
        self._held_records = 0  # waiting or in a transaction
        self._held_bytes = 0
        self._deliveries: list[Delivery] = []
        self._is_down = False
        self._is_closed = False
        self._session: Session | None = None  # the thread's
        self._thread = threading.Thread(target=self._run, name="eventlog-writer", daemon=True)
        self._thread.start()

    def send(self, topic: str, partition: int, records: Sequence[Record], *, first_tag: int) -> None:
        """Take records for one partition; waits only while the writer holds too much."""
        waiting = [_waiting(tag, record) for tag, record in enumerate(records, first_tag)]
        with self._changed:
            self._changed.wait_for(lambda: self._has_room() or self._is_down or not self._thread.is_alive())
            if self._is_closed or not self._thread.is_alive():
                raise BrokenLogError("the writer has ended")
            if not self._has_room():
                raise BrokenLogError("PostgreSQL cannot be reached, and the writer holds all it can")
            self._queues.setdefault(TopicPartition(topic, partition), deque()).extend(waiting)
            self._hold(waiting, +1)

    def poll(self, *, wait_ms: int) -> Sequence[Delivery]:
        """Give what became of writes."""
        with self._changed:
            if wait_ms > 0:
                self._changed.wait_for(lambda: self._deliveries or self._is_done(), wait_ms / 1000)
            given, self._deliveries = self._deliveries, []
            return given

    def flush(self, *, limit_ms: int) -> Sequence[Delivery]:
        """Wait until everything sent has its delivery, and give them."""
        with self._changed:
            self._changed.wait_for(self._is_done, limit_ms / 1000)
            if self._held_records:
                raise BrokenLogError(f"{self._held_records} writes have no delivery after {limit_ms} ms")
            return self.poll(wait_ms=0)

    def close(self) -> None:
        """Give up what was not delivered, and stop the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join(_CLOSE_LIMIT_S)
        while self._thread.is_alive():
            if (session := self._session) is not None:
                with suppress(*BROKEN_ERRORS):
                    session.cancel_safe(timeout=_CLOSE_LIMIT_S)
            self._thread.join(_CLOSE_LIMIT_S)

    def _has_room(self) -> bool:
        return self._held_records < _HELD_RECORDS and self._held_bytes < _HELD_BYTES

    def _is_done(self) -> bool:
        return not self._held_records or not self._thread.is_alive()

    def _hold(self, waiting: Iterable[_Waiting], sign: int) -> None:
        for one in waiting:
            self._held_records += sign
            self._held_bytes += sign * one.size_bytes
        self._changed.notify_all()

    # From here on: the thread.

    def _run(self) -> None:
        try:
            while self._await_work():
                if self._session is None and not self._connect():
                    break
                batch = self._take_batch()
                try:
                    firsts = self._append(batch)
                except psycopg.Error as error:
                    # Whatever it was: what the server has done with the batch is not known, nor is the
                    # session's state.
                    self._fail(batch, f"PostgreSQL failed: {error}")
                    self._disconnect()
                else:
                    self._deliver(batch, firsts)
        finally:
            self._disconnect()
            with self._changed:
                self._changed.notify_all()

    def _await_work(self) -> bool:
        """Wait until something waits; no when the writer was closed."""
        with self._changed:
            is_idle = not self._queues
            self._changed.wait_for(lambda: self._queues or self._is_closed)
            if self._is_closed:
                return False
        # A server that was restarted while nothing was sent must not fail the next record.
        if is_idle and self._session is not None and not is_alive(self._session):
            self._disconnect()
        return True

    def _connect(self) -> bool:
        """Open the session, trying until it is there; no when the writer was closed meanwhile."""
        down_since_s = time.monotonic()
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                self._session = self._sessions.open()
            except BrokenLogError as error:
                with self._changed:
                    self._is_down = True
                    self._changed.notify_all()
                    if time.monotonic() - down_since_s > _OUTAGE_LIMIT_S:
                        self._fail(dict.fromkeys(self._queues, ()), str(error))
                    if self._changed.wait_for(lambda: self._is_closed, pause_s):
                        return False
                pause_s = min(pause_s * 2, _LAST_PAUSE_S)
            else:
                with self._changed:
                    self._is_down = False
                return True

    def _take_batch(self) -> _Batch:
        """Take what goes into one transaction, the partitions in turns; may be empty after an outage."""
        batch: dict[TopicPartition, list[_Waiting]] = {}
        size_bytes = 0
        with self._changed:
            counts = deal({place: len(queue) for place, queue in self._queues.items()}, _BATCH_RECORDS)
            for place, count in counts.items():
                queue = self._queues.pop(place)
                taken = batch[place] = []
                while len(taken) < count and size_bytes < _BATCH_BYTES:
                    taken.append(queue.popleft())
                    size_bytes += taken[-1].size_bytes
                if queue:
                    self._queues[place] = queue
                if size_bytes >= _BATCH_BYTES:
                    break
        return batch

    def _append(self, batch: _Batch) -> Mapping[TopicPartition, int]:
        """Append the batch in one transaction; give the first offset in each partition that exists."""
        assert self._session is not None
        fitting = {
            place: [one for one in batch[place] if one.size_bytes <= RECORD_LIMIT_BYTES]
            # In one order for all writers: two that lock the same heads in another would wait for each other.
            for place in sorted(batch)
        }
        places = [place for place, waiting in fitting.items() if waiting]
        if not places:
            return {}
        records = [one for place in places for one in fitting[place]]
        rows = self._session.execute(
            load_statement("append"),
            {
                "topics": [place.topic for place in places],
                "partitions": [place.partition for place in places],
                "counts": [len(fitting[place]) for place in places],
                "keys": [one.record.key for one in records],
                "values": [one.record.value for one in records],
                "headers": [one.headers for one in records],
            },
        ).fetchall()
        return {places[number - 1]: offset for number, offset in rows if offset is not None}

    def _deliver(self, batch: _Batch, firsts: Mapping[TopicPartition, int]) -> None:
        with self._changed:
            for place, waiting in batch.items():
                offset = firsts.get(place)
                for one in waiting:
                    if one.size_bytes > RECORD_LIMIT_BYTES:
                        text = f"a record of {one.size_bytes} bytes is above the limit of {RECORD_LIMIT_BYTES}"
                        self._add_delivery(place, one, WriteError(text=text, is_permanent=True))
                    elif offset is None:
                        text = f"there is no partition {place.partition} of {place.topic}"
                        self._add_delivery(place, one, WriteError(text=text, is_permanent=True))
                    else:
                        self._add_delivery(place, one, offset)
                        offset += 1
                self._hold(waiting, -1)

    def _fail(self, batch: _Batch, text: str) -> None:
        """Fail the batch, and what waits behind it."""
        error = WriteError(text=text, is_permanent=False)
        with self._changed:
            for place, waiting in batch.items():
                failed = [*waiting, *self._queues.pop(place, ())]
                for one in failed:
                    self._add_delivery(place, one, error)
                self._hold(failed, -1)

    def _add_delivery(self, place: TopicPartition, one: _Waiting, outcome: int | WriteError) -> None:
        offset, error = (outcome, None) if isinstance(outcome, int) else (None, outcome)
        self._deliveries.append(
            Delivery(topic=place.topic, partition=place.partition, tag=one.tag, offset=offset, error=error)
        )

    def _disconnect(self) -> None:
        close_session(self._session)
        self._session = None


def _waiting(tag: int, record: Record) -> _Waiting:
    headers = encode_headers(record.headers)
    size_bytes = len(record.key or b"") + len(record.value or b"") + len(headers or b"")
    return _Waiting(tag, record, size_bytes, headers)
