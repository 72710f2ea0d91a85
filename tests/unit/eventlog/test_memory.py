"""Offsets without a record, as a broker has them that keeps marks of its own."""

from __future__ import annotations

from eventlog.memory import MemoryLog
from eventlog.port import EndReached, OffsetLost, PartitionBounds, Record, StoredRecord, TopicPartition, TopicSettings

_PLACE = TopicPartition("test.v1", 0)


def _log() -> MemoryLog:
    """Give a log with records at offsets 0, 3 and 4, and a hole from 5 to 7."""
    log = MemoryLog(clock=lambda: 1)
    log.create_topics([TopicSettings(name=_PLACE.topic, partitions=1)])
    log.append(*_PLACE, Record(None, b"a"))
    log.skip_offsets(_PLACE, 2)
    log.append(*_PLACE, Record(None, b"b"))
    log.append(*_PLACE, Record(None, b"c"))
    log.skip_offsets(_PLACE, 3)
    return log


def _read(log: MemoryLog, offset: int) -> list[object]:
    with log.reader() as reader:
        reader.assign({_PLACE: offset})
        found: list[object] = []
        while items := reader.poll(limit=1, wait_ms=0):
            found += [item.offset if isinstance(item, StoredRecord) else item for item in items]
        return found


def test_offsets_that_were_left_out_have_no_record() -> None:
    """The end lies behind them."""
    end = EndReached(**_PLACE._asdict(), next_offset=8)
    assert _log().bounds([_PLACE]) == {_PLACE: PartitionBounds(0, 8)}
    assert _read(_log(), 0) == [0, 3, 4, end]
    assert _read(_log(), 2) == [3, 4, end]
    assert _read(_log(), 6) == [end]


def test_what_is_written_behind_a_hole_is_read_behind_it() -> None:
    """Also by a reader that was told the end before."""
    log = _log()
    with log.reader() as reader:
        reader.assign({_PLACE: 0})
        reader.poll(limit=10, wait_ms=0)
        log.append(*_PLACE, Record(None, b"d"))
        record, end = reader.poll(limit=10, wait_ms=0)
    assert isinstance(record, StoredRecord)
    assert record.offset == 8
    assert end == EndReached(**_PLACE._asdict(), next_offset=9)


def test_records_before_a_hole_can_be_dropped() -> None:
    """The partition then begins inside it."""
    log = _log()
    log.drop_before(_PLACE, 2)
    assert _read(log, -1) == [3, 4, EndReached(**_PLACE._asdict(), next_offset=8)]
    assert _read(log, 1) == [
        OffsetLost(**_PLACE._asdict(), wanted_offset=1, bounds=PartitionBounds(2, 8)),
    ]
