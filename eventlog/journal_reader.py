"""Reading accepted entries of several journal partitions, each from a position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, Self

from eventlog.journal import JournalFold, Verdict, check_anchor, first_offset, lost_journal
from eventlog.port import EndReached, Log, OffsetLost, StoredRecord, TopicPartition
from eventlog.position import Position
from schemas.codec import decode_body
from schemas.entry import Entry, EntryHeader
from schemas.topic import JOURNAL

__all__ = ["AcceptedEntry", "JournalReader"]


class AcceptedEntry(NamedTuple):
    """An entry that counts."""

    record: StoredRecord
    header: EntryHeader
    #: Where in its value the body begins.
    body_at: int

    def decode(self) -> Entry:
        """Decode what was decided.

        Raises:
            UndecodableError: when this release cannot read it.
        """
        return decode_body(self.value, self.body_at)

    @property
    def value(self) -> bytes:
        """The stored bytes."""
        value = self.record.value
        assert value is not None, "an accepted entry has a value"
        return value


class JournalReader:
    """Gives the accepted entries of its partitions, and knows the position after them."""

    def __init__(self, log: Log, positions: Mapping[int, Position]) -> None:
        """Open at `positions` (journal partition → where to begin)."""
        self._reader = log.reader()
        self._folds = {partition: JournalFold(partition, position) for partition, position in positions.items()}
        # The last accepted entry is read once more, to see that it is still the one that the position was made from.
        self._anchors = dict(positions)
        self._at_end: set[int] = set()
        self._reader.assign(
            {TopicPartition(JOURNAL, partition): first_offset(position) for partition, position in positions.items()}
        )

    def poll(self, *, limit: int, wait_ms: int) -> list[AcceptedEntry]:
        """Give accepted entries that have come, in the order of each partition; at most `limit`.

        Raises:
            JournalReplacedError: when the log does not hold what a position was made from.
            BrokenLogError: when the log cannot be read just now; polling again goes on.
        """
        accepted = []
        for item in self._reader.poll(limit=limit, wait_ms=wait_ms):
            if isinstance(item, OffsetLost):
                raise lost_journal(item)
            fold = self._folds[item.partition]
            if isinstance(item, EndReached):
                self._at_end.add(item.partition)
                fold.pass_over(item.next_offset)
                continue
            self._at_end.discard(item.partition)
            if item.partition in self._anchors:
                check_anchor(item, self._anchors.pop(item.partition))
            if item.offset < fold.next_offset:
                continue
            verdict, part = fold.take(item)
            if verdict is Verdict.ACCEPTED and isinstance(part, EntryHeader):
                accepted.append(AcceptedEntry(item, part, fold.body_at))
        return accepted

    def position(self, partition: int) -> Position:
        """Give the position after everything that `poll` gave so far of `partition`."""
        return self._folds[partition].position

    def is_at_end(self) -> bool:
        """Tell whether every partition was read to its end."""
        return len(self._at_end) == len(self._folds)

    def verdicts(self) -> Counter[Verdict]:
        """Count the verdicts over all partitions since opening."""
        total: Counter[Verdict] = Counter()
        for fold in self._folds.values():
            total.update(fold.counts)
        return total

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()

    def __enter__(self) -> Self:
        """Give the reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
