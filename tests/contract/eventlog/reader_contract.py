"""What every log promises to those who read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from eventlog.port import EndReached, Log, OffsetLost, PartitionBounds, Reader, StoredRecord, TopicPartition
from tests.contract.eventlog.drive import (
    LIMIT_MS,
    LIMIT_S,
    assert_quiet,
    ends,
    offsets,
    only_records,
    read_to_end,
    read_until,
    records,
    values,
    write,
)


class ReaderContract:
    """Positions, ends, losses, turns and waiting."""

    def test_the_end_is_told_once_until_more_was_delivered(self, log: Log, place: TopicPartition) -> None:
        """It comes after the last record, and again after each new last one."""
        with log.writer() as writer, log.reader() as reader:
            reader.assign({place: 0})
            assert read_to_end(reader, place) == []
            assert_quiet(reader)
            for value in ("a", "b"):
                write(writer, place, records(value))
                items = read_until(reader, lambda found: bool(ends(found)))
                assert values(items[:1]) == [value]
                assert len(items) == 2
                assert_quiet(reader)

    def test_the_end_names_the_next_offset(self, log: Log, place: TopicPartition) -> None:
        """Reading can go on from there."""
        with log.writer() as writer, log.reader() as reader:
            last = offsets(write(writer, place, records("a", "b")))[-1]
            reader.assign({place: 0})
            end = read_until(reader, lambda found: bool(ends(found)))[-1]
            assert isinstance(end, EndReached)
            assert last < end.next_offset <= log.bounds([place])[place].next
            write(writer, place, records("c"))
            reader.assign({place: end.next_offset})
            assert values(read_to_end(reader, place)) == ["c"]

    @pytest.mark.parametrize("start", ["first", "zero"])
    def test_reading_begins_at_the_first(self, log: Log, place: TopicPartition, start: str) -> None:
        """-1 stands for the first offset; in a log that lost nothing, so does 0."""
        with log.writer() as writer, log.reader() as reader:
            write(writer, place, records("a", "b"))
            reader.assign({place: -1 if start == "first" else 0})
            assert values(read_to_end(reader, place)) == ["a", "b"]

    def test_reading_begins_at_a_position(self, log: Log, place: TopicPartition) -> None:
        """The record at the offset is the first to come."""
        with log.writer() as writer, log.reader() as reader:
            stood = offsets(write(writer, place, records("a", "b", "c")))
            reader.assign({place: stood[1]})
            assert values(read_to_end(reader, place)) == ["b", "c"]

    def test_assigning_again_begins_anew(self, log: Log, places: list[TopicPartition]) -> None:
        """What was assigned before and is not named any more is not read; a pause is over."""
        first, second, *_ = places
        with log.writer() as writer, log.reader() as reader:
            write(writer, first, records("a", "b"))
            write(writer, second, records("x"))
            reader.assign({first: 0})
            assert len(read_to_end(reader, first)) == 2
            reader.pause([first])
            reader.assign({first: 0, second: 0})
            assert sorted(values(read_to_end(reader, first, second))) == ["a", "b", "x"]
            reader.assign({second: 0})
            assert values(read_to_end(reader, second)) == ["x"]
            reader.assign({})
            assert_quiet(reader)

    def test_what_was_fetched_before_is_not_given_after_an_assignment(self, log: Log, place: TopicPartition) -> None:
        """A reader that prefetches forgets that when it is told to read elsewhere."""
        with log.writer() as writer, log.reader() as reader:
            stood = offsets(write(writer, place, records(*"abcdef")))
            reader.assign({place: 0})
            assert values(read_until(reader, lambda found: len(found) >= 2, limit=1))[:2] == ["a", "b"]
            reader.assign({place: stood[4]})
            assert values(read_to_end(reader, place)) == ["e", "f"]

    def test_a_topic_that_does_not_exist_is_a_key_error(self, log: Log, place: TopicPartition) -> None:
        """When it is assigned, or with the first poll."""

        def read(reader: Reader) -> None:
            reader.assign({TopicPartition(f"{place.topic}-unknown", 0): 0})
            reader.poll(limit=1, wait_ms=LIMIT_MS)

        with log.reader() as reader, pytest.raises(KeyError):
            read(reader)

    def test_reading_beyond_the_end_is_told_as_lost(self, log: Log, place: TopicPartition) -> None:
        """A position that the log does not reach: it was cut. Told once; then nothing comes, written or not."""
        with log.writer() as writer, log.reader() as reader:
            write(writer, place, records("a"))
            bounds = log.bounds([place])[place]
            reader.assign({place: bounds.next + 5})
            (lost,) = read_until(reader, bool)
            assert lost == OffsetLost(**place._asdict(), wanted_offset=bounds.next + 5, bounds=bounds)
            write(writer, place, records(*"bcdefgh"))
            assert_quiet(reader)
            reader.assign({place: 0})
            assert values(read_to_end(reader, place)) == list("abcdefgh")

    def test_reading_below_the_first_is_told_as_lost(self, log: Log, places: list[TopicPartition]) -> None:
        """What retention removed is missed and not passed over; other partitions go on."""
        place, other, *_ = places
        with log.writer() as writer, log.reader() as reader:
            stood = offsets(write(writer, place, records("a", "b", "c")))
            write(writer, other, records("x"))
            log.drop_before(place, stood[2])
            assert log.bounds([place])[place].first == stood[2]
            reader.assign({place: stood[0], other: 0})
            found = read_until(reader, lambda items: bool(ends(items)) and len(items) >= 3)
            (lost,) = [item for item in found if isinstance(item, OffsetLost)]
            assert lost.bounds == PartitionBounds(stood[2], stood[2] + 1)
            assert (lost.wanted_offset, values(found)) == (stood[0], ["x"])
            reader.assign({place: -1})
            assert values(read_to_end(reader, place)) == ["c"]

    def test_dropping_everything_leaves_offsets_going_on(self, log: Log, place: TopicPartition) -> None:
        """An offset is never used twice, and dropping less than before brings nothing back."""
        with log.writer() as writer, log.reader() as reader:
            last = offsets(write(writer, place, records("a", "b")))[-1]
            log.drop_before(place, last + 1)
            log.drop_before(place, 0)
            first, following = log.bounds([place])[place]
            assert first == following > last
            reader.assign({place: -1})
            assert read_to_end(reader, place) == []
            assert offsets(write(writer, place, records("c")))[0] > last
            assert values(read_to_end(reader, place)) == ["c"]

    def test_a_paused_partition_is_silent_and_loses_nothing(self, log: Log, places: list[TopicPartition]) -> None:
        """Neither records nor its end come while it is paused, also what was fetched before; later all does."""
        paused, other, *_ = places
        with log.writer() as writer, log.reader() as reader:
            write(writer, paused, records("a", "b", "c"))
            reader.assign({paused: 0, other: 0})
            begun = read_until(reader, lambda items: bool(values(items, paused)), limit=1)
            reader.pause([paused])
            write(writer, paused, records("d"))
            write(writer, other, records("x"))
            found = read_until(reader, lambda items: "x" in values(items))
            assert values(found) == ["x"]
            read_until(reader, lambda items: other in ends([*begun, *found, *items]))
            assert_quiet(reader)
            reader.resume([paused])
            resumed = read_to_end(reader, paused)
            assert values([*begun, *resumed], paused) == ["a", "b", "c", "d"]

    def test_pausing_what_is_not_assigned_is_a_key_error(self, log: Log, places: list[TopicPartition]) -> None:
        """It would otherwise be forgotten, and the partition read when it is assigned."""
        with log.reader() as reader:
            reader.assign({places[0]: 0})
            with pytest.raises(KeyError):
                reader.pause([places[1]])
            with pytest.raises(KeyError):
                reader.resume([places[1]])

    def test_the_limit_is_kept(self, log: Log, places: list[TopicPartition]) -> None:
        """No poll gives more records than asked for, and all come in the end."""
        with log.writer() as writer, log.reader() as reader:
            for place in places:
                write(writer, place, records(*(f"{number:02}" for number in range(20))))
            reader.assign(dict.fromkeys(places, 0))
            found: list[StoredRecord] = []
            while len(found) < 80:
                got = only_records(read_until(reader, lambda items: bool(only_records(items)), limit=3))
                assert len(got) <= 3
                found += got
        for place in places:
            assert values(found, place) == [f"{number:02}" for number in range(20)]

    def test_a_long_partition_does_not_starve_others(self, log: Log, places: list[TopicPartition]) -> None:
        """With a limit far below what one has, the others' few records come early, written before or after."""
        long, early, late, _ = places
        with log.writer() as writer, log.reader() as reader:
            write(writer, long, records(*(f"{number:04}" for number in range(4_000))))
            write(writer, early, records("early"))
            reader.assign({long: 0, early: 0, late: 0})
            read_until(reader, lambda items: "early" in values(items) and assert_few(items), limit=10)
            write(writer, late, records("late"))
            read_until(reader, lambda items: "late" in values(items) and assert_few(items), limit=10)

    def test_a_waiting_poll_wakes_up_for_a_write(self, log: Log, place: TopicPartition) -> None:
        """The reader waits in its thread; another's write ends that long before the time is over."""
        with log.writer() as writer, log.reader() as reader:
            reader.assign({place: 0})
            read_to_end(reader, place)
            with polling(reader) as found:
                write(writer, place, records("a"))
        assert values(found)[:1] == ["a"]

    def test_a_poll_ends_when_its_time_is_over(self, log: Log, place: TopicPartition) -> None:
        """With nothing to give it gives nothing, and does not wait for ever."""
        with log.reader() as reader:
            reader.assign({place: 0})
            read_to_end(reader, place)
            assert list(reader.poll(limit=1, wait_ms=0)) == []
            assert list(reader.poll(limit=1, wait_ms=30)) == []


def assert_few(items: list[StoredRecord | EndReached | OffsetLost]) -> bool:
    """What has come is far less than the long partition holds."""
    assert len(items) < 2_000
    return True


@contextmanager
def polling(reader: Reader) -> Iterator[list[StoredRecord | EndReached | OffsetLost]]:
    """Let a thread wait in one `poll`; at the end it must have come back, with something."""
    found: list[StoredRecord | EndReached | OffsetLost] = []
    thread = threading.Thread(target=lambda: found.extend(reader.poll(limit=10, wait_ms=2 * LIMIT_MS)))
    thread.start()
    try:
        yield found
    finally:
        thread.join(LIMIT_S)
        assert not thread.is_alive(), "the poll still waits"
