"""Reading accepted entries from positions, on a log in memory."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from eventlog.journal import JournalReplacedError, Verdict
from eventlog.journal_reader import JournalReader
from eventlog.memory import MemoryLog
from eventlog.port import Record, StoredRecord, TopicPartition, TopicSettings
from eventlog.position import START, Position
from schemas.topic import JOURNAL
from tests.unit.eventlog.made_journal import PARTITION, MadeJournal

_PLACE = TopicPartition(JOURNAL, PARTITION)


def _log(records: Iterable[StoredRecord]) -> MemoryLog:
    log = MemoryLog(clock=lambda: 1)
    log.create_topics([TopicSettings(name=JOURNAL, partitions=PARTITION + 1, is_kept_for_ever=True)])
    for record in records:
        log.append(*_PLACE, Record(None, record.value))
    return log


def _read(log: MemoryLog, position: Position = START) -> tuple[list[int], Position, JournalReader]:
    reader = JournalReader(log, {PARTITION: position})
    sequences = []
    while not reader.is_at_end():
        sequences += [accepted.header.sequence for accepted in reader.poll(limit=2, wait_ms=0)]
    return sequences, reader.position(PARTITION), reader


def _records(entries: int) -> list[StoredRecord]:
    journal = MadeJournal()
    return [journal.claim(1), *(journal.entry() for _ in range(entries))]


def test_only_accepted_entries_are_given() -> None:
    """Claims and stale entries are counted."""
    journal = MadeJournal()
    records = [journal.claim(2), journal.entry(2), journal.fork().entry(1), journal.entry(2)]
    sequences, position, reader = _read(_log(records))
    assert sequences == [1, 2]
    assert reader.verdicts() == {Verdict.CLAIM_IN_FORCE: 1, Verdict.ACCEPTED: 2, Verdict.STALE_WRITER: 1}
    assert (position.next_offset, position.sequence, position.entry_offset) == (4, 2, 3)


@pytest.mark.parametrize("entries", [0, 1, 3])
def test_reading_from_a_position_gives_only_what_comes_after(entries: int) -> None:
    """The last accepted entry is read once more to be compared, and is not given again."""
    records = _records(5)
    _, position, _ = _read(_log(records[: 1 + entries]))
    sequences, after, _ = _read(_log(records), position)
    assert sequences == list(range(entries + 1, 6))
    assert after == _read(_log(records))[1]


def test_winding_back_repeats() -> None:
    """An older position is always good: what comes after it is given again."""
    log = _log(_records(3))
    _, early, _ = _read(_log(_records(1)))
    assert _read(log, early)[0] == _read(log, early)[0] == [2, 3]


def test_a_replaced_journal_stops_the_reader() -> None:
    """Another entry stands where the last accepted one stood."""
    _, position, _ = _read(_log(_records(2)))
    other = MadeJournal()
    replaced = _log([other.claim(1), other.entry(body=b"other"), other.entry(), other.entry()])
    with pytest.raises(JournalReplacedError, match="does not have entry 2 at offset 2"):
        _read(replaced, position)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_journal_that_lost_its_end_stops_the_reader(kept: int) -> None:
    """Restored from a backup: with nothing, with less than the last accepted entry, and up to just before it."""
    _, position, _ = _read(_log(_records(2)))
    with pytest.raises(JournalReplacedError):
        _read(_log(_records(2)[:kept]), position)


def test_a_journal_that_lost_a_claim_behind_the_last_entry_stops_the_reader() -> None:
    """The entry is there, but what was seen behind it is not."""
    journal = MadeJournal()
    records = [journal.claim(1), journal.entry(), journal.claim(2, b"two")]
    _, position, _ = _read(_log(records))
    with pytest.raises(JournalReplacedError, match="ends at offset 2"):
        _read(_log(records[:2]), position)


def test_a_journal_whose_beginning_was_cut_stops_a_reader_that_needs_it() -> None:
    """Without the first claim every entry would silently be skipped."""
    log = _log(_records(3))
    log.drop_before(_PLACE, 2)
    with pytest.raises(JournalReplacedError, match="holds offsets 2 to 4, but reading was to go on at 0"):
        _read(log)


def test_offsets_without_a_record_are_passed_also_at_the_end() -> None:
    """The position lies behind them."""
    records = _records(2)
    log = _log(records[:2])
    log.skip_offsets(_PLACE, 3)
    log.append(*_PLACE, Record(None, records[2].value))
    log.skip_offsets(_PLACE, 2)
    sequences, position, _ = _read(log)
    assert sequences == [1, 2]
    assert (position.entry_offset, position.next_offset) == (5, 8)
    assert _read(log, position)[0] == []
