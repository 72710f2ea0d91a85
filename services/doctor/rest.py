"""Is everything done that was begun? Every input decided, every message taken, every entry projected."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Self

from eventlog.journal_reader import AcceptedEntry, JournalReader
from eventlog.port import Log, TopicPartition
from eventlog.position import START
from processors.worker.owner import OPERATOR_TOPIC
from schemas.topic import INPUTS, JOURNAL, MESSAGES
from services.doctor.verify import load_model_positions
from services.failure import WorkRefusedError

__all__ = ["RestWatch"]

_POLL_RECORDS: Final = 2_000
_PAUSE_S: Final = 0.1


class RestWatch:
    """Follows the journals from their beginning, and tells how much is left to do."""

    def __init__(self, log: Log, database_url: str) -> None:
        self._log = log
        self._database_url = database_url
        self._partitions = range(log.partition_counts()[JOURNAL])
        self._reader = JournalReader(log, dict.fromkeys(self._partitions, START))
        #: (sender, target) → number of the last message.
        self._sent: dict[tuple[int, int], int] = {}
        self._taken: dict[tuple[int, int], int] = {}

    def wait(self, *, limit_s: float, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> None:
        """Wait until nothing is left to do.

        Args:
            limit_s: How long without any progress.
            on_progress: Is told after each look how many input records of how many are decided.

        Raises:
            WorkRefusedError: when nothing moved for the limit; the text says what is left.
            BrokenLogError: when the log cannot be read just now.
        """
        before, deadline_s = (-1, -1), time.monotonic() + limit_s
        while True:
            self._read()
            done, total = self._count_inputs()
            on_progress(done, total)
            left = self._left(done, total)
            if not left:
                return
            now = (done, sum(self._taken.values()))
            if now != before:
                before, deadline_s = now, time.monotonic() + limit_s
            if time.monotonic() > deadline_s:
                msg = f"nothing has moved for {limit_s:g} s, and this is left: {left}; see: kopilka doctor lag"
                raise WorkRefusedError(msg)
            time.sleep(_PAUSE_S)

    def _read(self) -> None:
        self._take(self._reader.poll(limit=_POLL_RECORDS, wait_ms=0))
        while not self._reader.is_at_end():
            self._take(self._reader.poll(limit=_POLL_RECORDS, wait_ms=100))

    def _take(self, entries: list[AcceptedEntry]) -> None:
        for accepted in entries:
            header, partition = accepted.header, accepted.record.partition
            if not header.message_count and (header.source is None or header.source.topic != MESSAGES):
                continue
            entry = accepted.decode()
            for message in entry.messages:
                self._sent[partition, message.target_partition] = message.number
            if entry.message_taken is not None:
                self._taken[entry.message_taken.sender, partition] = entry.message_taken.number

    def _count_inputs(self) -> tuple[int, int]:
        places = [TopicPartition(topic.name, partition) for topic in INPUTS for partition in self._partitions]
        bounds = self._log.bounds(places)
        decided = {partition: self._reader.position(partition).source_offsets for partition in self._partitions}
        done = 0
        for place in places:
            # A worker goes on past a cut of the operator's topic by itself.
            passed = bounds[place].first if place.topic == OPERATOR_TOPIC else 0
            done += max(passed, decided[place.partition].get(place.topic, -1) + 1)
        return done, sum(bound.next for bound in bounds.values())

    def _left(self, done: int, total: int) -> str:
        """Say what is left to do; empty when nothing is."""
        if done < total:
            return f"{total - done} input records to decide"
        under_way = sum(number - self._taken.get(way, 0) for way, number in self._sent.items())
        if under_way:
            return f"{under_way} messages to carry"
        projected = load_model_positions(self._database_url)
        behind = sum(
            max(0, self._reader.position(partition).next_offset - projected.get(partition, START).next_offset)
            for partition in self._partitions
        )
        return f"{behind} journal offsets to project" if behind else ""

    def close(self) -> None:
        """Stop following."""
        self._reader.close()

    def __enter__(self) -> Self:
        """Give the watch itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
