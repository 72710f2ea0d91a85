"""Does every input record that still exists, up to what was decided, have exactly one entry, and the other way?"""

from __future__ import annotations

from typing import Final

from eventlog.port import EndReached, Log, OffsetLost, PartitionBounds, StoredRecord, TopicPartition
from schemas.topic import INPUTS, dead_letter_topic
from services.doctor.finding import Finding
from services.doctor.fold import FoldedPartition, record_digest

__all__ = ["InputCheck", "check_dead_letters", "check_inputs"]

_POLL_RECORDS: Final = 1_000
_POLL_WAIT_MS: Final = 1_000
#: Findings of one kind and topic that are listed; what breaks one record often breaks all that follow.
_LISTED: Final = 5


class InputCheck:
    """The check of one input topic in one partition."""

    def __init__(self, folded: FoldedPartition, topic: str, bounds: PartitionBounds) -> None:
        self._place = f"{topic}/{folded.partition}"
        self._bounds = bounds
        self._left = dict(folded.decided.get(topic, {}))
        self._skipped = folded.skipped.get(topic, [])
        #: Offset of the last decided record; -1 when there is none.
        self.decided = folded.position.source_offsets.get(topic, -1)
        self.count = 0
        self._without: list[int] = []
        self._different: list[int] = []
        self._passed: list[int] = []

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to read."""
        return self._bounds.first <= self.decided and self._bounds.first < self._bounds.next

    def take(self, record: StoredRecord) -> None:
        """Take the next record of the topic."""
        self.count += 1
        if record.offset not in self._left:
            is_skipped = any(first <= record.offset < after for first, after in self._skipped)
            (self._passed if is_skipped else self._without).append(record.offset)
            return
        kept = self._left.pop(record.offset)
        if kept and kept != record_digest(record.key, list(record.headers), record.value):
            self._different.append(record.offset)

    def findings(self) -> list[Finding]:
        """Give what is wrong, after the last record."""
        lost = sorted(offset for offset in self._left if offset >= self._bounds.first)
        return [
            *self._list(self._without, "lies before what was decided, and no accepted entry decides it"),
            *self._list(self._passed, "was passed over by an operator's skip as lost, and the log holds it, undecided"),
            *self._list(self._different, "is not the record that its entry holds: the log was replaced"),
            *self._list(lost, "was decided, and the log does not hold it: the log was cut or replaced"),
        ]

    def _list(self, offsets: list[int], text: str) -> list[Finding]:
        findings = [Finding(check="inputs", place=f"{self._place}/{offset}", text=text) for offset in offsets[:_LISTED]]
        if len(offsets) > _LISTED:
            more = f"and {len(offsets) - _LISTED} more like the one before"
            findings.append(Finding(check="inputs", place=self._place, text=more))
        return findings


def check_inputs(log: Log, folded: FoldedPartition) -> tuple[int, list[Finding]]:
    """Compare the input records of a partition with its entries; give how many were read, and what is wrong.

    Raises:
        BrokenLogError: when the log cannot be read just now.
    """
    places = [TopicPartition(topic.name, folded.partition) for topic in INPUTS]
    bounds = log.bounds(places)
    checks = {place: InputCheck(folded, place.topic, bounds[place]) for place in places}
    waiting = {place for place, check in checks.items() if check.is_wanted}
    with log.reader() as reader:
        reader.assign({place: bounds[place].first for place in sorted(waiting)})
        while waiting:
            for item in reader.poll(limit=_POLL_RECORDS, wait_ms=_POLL_WAIT_MS):
                place = TopicPartition(item.topic, item.partition)
                if place not in waiting:
                    continue
                check = checks[place]
                if isinstance(item, StoredRecord) and item.offset <= check.decided:
                    check.take(item)
                if isinstance(item, EndReached | OffsetLost) or item.offset >= check.decided:
                    waiting.discard(place)
                    reader.pause([place])
    findings = [finding for check in checks.values() for finding in check.findings()]
    return sum(check.count for check in checks.values()), findings


def check_dead_letters(log: Log, folded: FoldedPartition) -> list[Finding]:
    """Look whether each record that could not be decoded lies in its topic's dead letters.

    Letters that the log has dropped since are not missed.

    Raises:
        BrokenLogError: when the log cannot be read just now.
    """
    missing: dict[str, list[bytes]] = {}
    for topic, key in folded.dead_letters:
        missing.setdefault(dead_letter_topic(topic), []).append(key)
    findings = []
    for topic, keys in missing.items():
        place = TopicPartition(topic, folded.partition)
        if log.bounds([place])[place].first == 0:
            found = _read_keys(log, place)
            findings += [
                Finding(check="dead_letters", place=key.decode(), text=f"was not decoded, and is not in {topic}")
                for key in keys
                if key not in found
            ]
    return findings


def _read_keys(log: Log, place: TopicPartition) -> set[bytes | None]:
    keys: set[bytes | None] = set()
    with log.reader() as reader:
        reader.assign({place: 0})
        while True:
            for item in reader.poll(limit=_POLL_RECORDS, wait_ms=_POLL_WAIT_MS):
                if not isinstance(item, StoredRecord):
                    return keys
                keys.add(item.key)
