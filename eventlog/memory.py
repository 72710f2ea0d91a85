"""The log in memory: for tests, for the seeded simulation, and for the demo, where one process is the world.

It is a product, not a mock: it passes the suite that every log passes. Nothing here has a thread or
a clock of its own, and with `wait_ms=0` nothing blocks, so one thread can drive it step by step and get the
same world again. Several threads may share one log too; each reader and writer stays with one of them. Its
groups are in `memory_group`.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from eventlog.fair_share import deal
from eventlog.memory_group import Coordinator, MemoryGroup
from eventlog.port import (
    Delivery,
    EndReached,
    Log,
    OffsetLost,
    PartitionBounds,
    Reader,
    Record,
    StoredRecord,
    TopicPartition,
    TopicSettings,
    WriteError,
    Writer,
)

__all__ = ["RECORD_LIMIT_BYTES", "MemoryLog", "MemoryReader", "MemoryWriter"]

#: Above this a record is refused for good; the bound of PostgreSQL too, so that a test in memory finds it.
RECORD_LIMIT_BYTES = 8 * 1024 * 1024
_OFFSET = attrgetter("offset")


@dataclass(slots=True)
class _Partition:
    first: int = 0
    #: The offset that the next record gets.
    next: int = 0
    records: list[StoredRecord] = field(default_factory=list)
    #: Of the last record; the log's time never goes back within a partition.
    log_time_ms: int = 0

    @property
    def bounds(self) -> PartitionBounds:
        return PartitionBounds(self.first, self.next)

    def place_of(self, offset: int) -> int:
        """Give the place of the first record at or behind an offset within the bounds."""
        if self.next - self.first == len(self.records):
            return offset - self.first
        return bisect_left(self.records, offset, key=_OFFSET)


class MemoryLog(Log):
    """A log that lives as long as this object.

    Args:
        clock: gives the log's time, UTC milliseconds; asked once per record, under the log's lock. When it
        goes
            back, the log's time stands still.
        record_limit_bytes: above this (key, value and headers together) a record is refused for good.
    """

    def __init__(self, *, clock: Callable[[], int], record_limit_bytes: int = RECORD_LIMIT_BYTES) -> None:
        self.changed = threading.Condition()  # guards everything below, and is notified after every change
        self._clock = clock
        self._record_limit_bytes = record_limit_bytes
        self._topics: dict[str, list[_Partition]] = {}
        self._groups: dict[str, Coordinator] = {}

    def create_topics(self, topics: Iterable[TopicSettings]) -> None:
        """Create what is missing; a setting is refused with a `ValueError`, memory has none."""
        with self.changed:
            for topic in topics:
                if topic.settings:
                    raise ValueError(f"topic {topic.name}: memory knows no setting {min(topic.settings)!r}")
                if topic.name not in self._topics:
                    self._topics[topic.name] = [_Partition() for _ in range(topic.partitions)]

    def partition_counts(self) -> Mapping[str, int]:
        """Give each topic's number of partitions."""
        with self.changed:
            return {name: len(partitions) for name, partitions in self._topics.items()}

    def bounds(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, PartitionBounds]:
        """Give what each partition holds now."""
        with self.changed:
            return {place: self.partition(place).bounds for place in partitions}

    def drop_before(self, partition: TopicPartition, offset: int) -> None:
        """Remove all records below `offset`."""
        with self.changed:
            held = self.partition(partition)
            kept_from = min(max(offset, held.first), held.bounds.next)
            del held.records[: held.place_of(kept_from)]
            held.first = kept_from
            self.changed.notify_all()

    def skip_offsets(self, partition: TopicPartition, count: int) -> None:
        """Leave out the next `count` offsets, as a broker does that keeps its own marks among the records.

        Kafka's transaction markers and aborted records take offsets that no reader is given; with this, tests in
        memory meet such holes too.
        """
        with self.changed:
            self.partition(partition).next += count
            self.changed.notify_all()

    def append(self, topic: str, partition: int, record: Record) -> int | WriteError:
        """Append one record and give its offset, or why it never can be appended."""
        with self.changed:
            size_bytes = len(record.key or b"") + len(record.value or b"")
            size_bytes += sum(len(name.encode()) + len(value) for name, value in record.headers)
            if size_bytes > self._record_limit_bytes:
                text = f"a record of {size_bytes} bytes is above the limit of {self._record_limit_bytes}"
                return WriteError(text=text, is_permanent=True)
            try:
                held = self.partition(TopicPartition(topic, partition))
            except KeyError:
                return WriteError(text=f"there is no partition {partition} of {topic}", is_permanent=True)
            held.log_time_ms = max(held.log_time_ms, self._clock())
            offset = held.next
            held.records.append(StoredRecord(topic, partition, offset, held.log_time_ms, *record))
            held.next += 1
            self.changed.notify_all()
            return offset

    def partition(self, place: TopicPartition) -> _Partition:
        """Give the partition itself, to be used under the lock `changed`.

        Raises:
            KeyError: when there is no such partition.
        """
        partitions = self._topics[place.topic]
        if not 0 <= place.partition < len(partitions):
            raise KeyError(place)
        return partitions[place.partition]

    def reader(self) -> MemoryReader:
        """Open a reader."""
        return MemoryReader(self)

    def writer(self) -> MemoryWriter:
        """Open a writer."""
        return MemoryWriter(self)

    def group(self, name: str, *, instance: str, partition_count: int) -> MemoryGroup:
        """Join a group; members that disagree on the number of partitions are refused with a `ValueError`."""
        with self.changed:
            coordinator = self._groups.setdefault(name, Coordinator([None] * partition_count))
        if coordinator.partition_count != partition_count:
            raise ValueError(f"group {name} has {coordinator.partition_count} partitions, not {partition_count}")
        return MemoryGroup(coordinator, instance)

    def close(self) -> None:
        """Nothing is to be done: the records go with the object."""


@dataclass(slots=True)
class _Cursor:
    next: int
    is_end_told: bool = False
    is_lost: bool = False
    is_paused: bool = False


class MemoryReader(Reader):
    """Reads from a `MemoryLog`."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._cursors: dict[TopicPartition, _Cursor] = {}  # in order of turn: who gave last stands last

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read exactly these from now on; what does not exist is a `KeyError`."""
        with self._log.changed:
            self._cursors = {
                place: _Cursor(self._log.partition(place).first if offset < 0 else offset)
                for place, offset in sorted(positions.items())
            }

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        """Deliver nothing of these until resumed."""
        for place in partitions:
            self._cursors[place].is_paused = True

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Deliver these again."""
        for place in partitions:
            self._cursors[place].is_paused = False

    def poll(self, *, limit: int, wait_ms: int) -> Sequence[StoredRecord | EndReached | OffsetLost]:
        """Give what has come, in turns; wait for another thread's write only if nothing is there."""
        found: list[StoredRecord | EndReached | OffsetLost] = []

        def has_found() -> bool:
            found.extend(self._collect(limit))
            return bool(found)

        with self._log.changed:
            if not has_found() and wait_ms > 0:
                self._log.changed.wait_for(has_found, wait_ms / 1000)
        return found

    def _collect(self, limit: int) -> list[StoredRecord | EndReached | OffsetLost]:
        found: list[StoredRecord | EndReached | OffsetLost] = []
        waiting: dict[TopicPartition, int] = {}
        for place, cursor in self._cursors.items():
            held = self._log.partition(place)
            bounds = held.bounds
            if cursor.is_paused or cursor.is_lost:
                continue
            if bounds.first <= cursor.next <= bounds.next:
                waiting[place] = len(held.records) - held.place_of(cursor.next)
            else:
                cursor.is_lost = True
                found.append(
                    OffsetLost(topic=place.topic, partition=place.partition, wanted_offset=cursor.next, bounds=bounds)
                )
        for place, count in deal(waiting, limit).items():
            cursor = self._cursors.pop(place)
            self._cursors[place] = cursor
            held = self._log.partition(place)
            start = held.place_of(cursor.next)
            found += held.records[start : start + count]
            cursor.next = held.records[start + count - 1].offset + 1
            cursor.is_end_told = False
            waiting[place] -= count
        for (topic, partition), count in waiting.items():
            cursor = self._cursors[TopicPartition(topic, partition)]
            if count == 0 and not cursor.is_end_told:
                cursor.is_end_told = True
                cursor.next = self._log.partition(TopicPartition(topic, partition)).next
                found.append(EndReached(topic=topic, partition=partition, next_offset=cursor.next))
        return found

    def close(self) -> None:
        """Stop reading."""
        self._cursors = {}


class MemoryWriter(Writer):
    """Writes to a `MemoryLog`: a record stands when `send` returns, its delivery comes with `poll`."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log
        self._deliveries: list[Delivery] = []

    def send(self, topic: str, partition: int, records: Sequence[Record], *, first_tag: int) -> None:
        """Append the records; they stand together, without another writer's between them."""
        with self._log.changed:
            for tag, record in enumerate(records, first_tag):
                outcome = self._log.append(topic, partition, record)
                offset, error = (outcome, None) if isinstance(outcome, int) else (None, outcome)
                self._deliveries.append(Delivery(topic=topic, partition=partition, tag=tag, offset=offset, error=error))

    def poll(self, *, wait_ms: int) -> Sequence[Delivery]:
        """Give the deliveries of everything sent; there is nothing to wait for."""
        del wait_ms
        given, self._deliveries = self._deliveries, []
        return given

    def flush(self, *, limit_ms: int) -> Sequence[Delivery]:
        """Give the deliveries of everything sent."""
        return self.poll(wait_ms=limit_ms)

    def close(self) -> None:
        """Forget deliveries that nobody asked for."""
        self._deliveries = []
