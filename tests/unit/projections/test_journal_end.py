"""A log that ends where one is told."""

import pytest

from eventlog.memory import MemoryLog
from eventlog.port import EndReached, Record, StoredRecord, TopicPartition, TopicSettings
from projections.journal_end import EndedLog

PLACE = TopicPartition("t", 0)


@pytest.fixture
def log() -> MemoryLog:
    """A log with five records in its only partition."""
    log = MemoryLog(clock=lambda: 0)
    log.create_topics([TopicSettings(name="t", partitions=1)])
    for number in range(5):
        log.append("t", 0, Record(key=None, value=bytes([number])))
    return log


@pytest.mark.parametrize(
    ("end", "start", "limit", "offsets"),
    [
        pytest.param(3, 0, 100, [0, 1, 2], id="in-the-middle"),
        pytest.param(3, 0, 1, [0, 1, 2], id="one-by-one"),
        pytest.param(3, 2, 100, [2], id="from-a-position"),
        pytest.param(0, 0, 100, [], id="before-everything"),
        pytest.param(3, 3, 100, [], id="from-the-end-itself"),
        pytest.param(5, 0, 100, [0, 1, 2, 3, 4], id="at-the-real-end"),
    ],
)
def test_records_come_up_to_the_end_and_the_end_is_told_once(
    log: MemoryLog, end: int, start: int, limit: int, offsets: list[int]
) -> None:
    """Nothing at or behind the end is delivered, however the records come."""
    ended = EndedLog(log, {PLACE: end})
    found, ends = [], []
    with ended.reader() as reader:
        reader.assign({PLACE: start})
        for _ in range(10):
            for item in reader.poll(limit=limit, wait_ms=0):
                if isinstance(item, EndReached):
                    ends.append(item.next_offset)
                elif isinstance(item, StoredRecord):
                    found.append(item.offset)
    assert found == offsets
    assert ends[-1] == end
    assert ended.bounds([PLACE])[PLACE] == (0, end)


def test_partitions_without_an_end_go_on(log: MemoryLog) -> None:
    """Their end is the other log's own."""
    with EndedLog(log, {}).reader() as reader:
        reader.assign({PLACE: 4})
        record, end = reader.poll(limit=100, wait_ms=0)
        assert (record.offset, end.next_offset) == (4, 5)  # type: ignore[union-attr]
