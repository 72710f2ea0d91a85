"""The log in memory passes the suite, and is what a seeded simulation needs."""

from collections.abc import Iterator

import pytest

from eventlog.memory import RECORD_LIMIT_BYTES, MemoryLog
from eventlog.memory_group import MemoryGroup
from eventlog.port import EndReached, TopicPartition, TopicSettings
from tests.contract.eventlog.drive import Member, offsets, read_to_end, records, write
from tests.contract.eventlog.group_contract import Crash
from tests.contract.eventlog.log_contract import LogContract

_PLACE = TopicPartition("test.v1", 0)


class TestMemoryLog(LogContract):
    """The suite, on the log in memory."""

    too_large_bytes = RECORD_LIMIT_BYTES

    @pytest.fixture
    def log(self) -> Iterator[MemoryLog]:
        """A log whose clock stands still."""
        with MemoryLog(clock=lambda: 1_700_000_000_000) as log:
            yield log

    @pytest.fixture
    def crash(self) -> Crash:
        """The coordinator finds the member silent for too long."""

        def evict(member: Member) -> None:
            assert isinstance(member.group, MemoryGroup)
            member.group.evict()

        return evict


def _log(*times_ms: int) -> MemoryLog:
    clock = iter(times_ms)
    log = MemoryLog(clock=lambda: next(clock))
    log.create_topics([TopicSettings(name=_PLACE.topic, partitions=1)])
    return log


def test_the_log_time_is_the_given_clock_but_never_goes_back() -> None:
    """A clock that is set back gives the last time again."""
    with _log(50, 40, 60) as log, log.writer() as writer, log.reader() as reader:
        write(writer, _PLACE, records("a", "b", "c"))
        reader.assign({_PLACE: 0})
        assert [one.log_time_ms for one in read_to_end(reader, _PLACE)] == [50, 50, 60]


def test_offsets_have_no_holes() -> None:
    """A record that was refused takes none."""
    with MemoryLog(clock=lambda: 1, record_limit_bytes=10) as log, log.writer() as writer:
        log.create_topics([TopicSettings(name=_PLACE.topic, partitions=1)])
        first, refused, second = write(writer, _PLACE, records("a", "a longer one", "b"))
        assert offsets([first, second]) == [0, 1]
        assert refused.error is not None


def test_one_thread_sees_everything_at_once() -> None:
    """A simulation needs no waiting: what was sent stands, its delivery and its record come with the next poll."""
    with _log(1) as log, log.writer() as writer, log.reader() as reader:
        reader.assign({_PLACE: 0})
        writer.send(*_PLACE, records("a"), first_tag=7)
        assert [one.tag for one in writer.poll(wait_ms=0)] == [7]
        record, end = reader.poll(limit=10, wait_ms=0)
        assert (record.partition, end) == (0, EndReached(**_PLACE._asdict(), next_offset=1))


def test_members_that_disagree_on_the_number_of_partitions_are_refused() -> None:
    """A wrong setting shows at once."""
    with (
        _log() as log,
        log.group("g", instance="a", partition_count=4),
        pytest.raises(ValueError, match="4 partitions"),
    ):
        log.group("g", instance="b", partition_count=8)
