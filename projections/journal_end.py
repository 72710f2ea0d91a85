"""A log that ends where one is told: what lies behind is as if it were not written yet.

A rebuild that is compared with other tables must stop exactly where those stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from eventlog.port import (
    EndReached,
    Group,
    Log,
    OffsetLost,
    PartitionBounds,
    Reader,
    StoredRecord,
    TopicPartition,
    TopicSettings,
    Writer,
)

__all__ = ["EndedLog"]


class EndedLog(Log):
    """Another log, of which readers see nothing at or behind `ends` (partition → offset).

    Partitions that are not named have their own ends. Closing it leaves the other log open.
    """

    def __init__(self, log: Log, ends: Mapping[TopicPartition, int]) -> None:
        self._log = log
        self._ends = dict(ends)

    def create_topics(self, topics: Iterable[TopicSettings]) -> None:
        """Create what is missing."""
        self._log.create_topics(topics)

    def partition_counts(self) -> Mapping[str, int]:
        """Give each topic's number of partitions."""
        return self._log.partition_counts()

    def bounds(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, PartitionBounds]:
        """Give what each partition holds before its end."""
        bounds = self._log.bounds(partitions)
        return {
            place: held._replace(next=min(held.next, self._ends.get(place, held.next)))
            for place, held in bounds.items()
        }

    def drop_before(self, partition: TopicPartition, offset: int) -> None:
        """Remove all records below `offset`."""
        self._log.drop_before(partition, offset)

    def reader(self) -> Reader:
        """Open a reader that sees the ends."""
        return _EndedReader(self._log.reader(), self._ends)

    def writer(self) -> Writer:
        """Open a writer of the other log."""
        return self._log.writer()

    def group(self, name: str, *, instance: str, partition_count: int) -> Group:
        """Join a group of the other log."""
        return self._log.group(name, instance=instance, partition_count=partition_count)

    def close(self) -> None:
        """Nothing is to be done: the other log belongs to who opened it."""


class _EndedReader(Reader):
    def __init__(self, reader: Reader, ends: Mapping[TopicPartition, int]) -> None:
        self._reader = reader
        self._ends = ends
        self._ended: set[TopicPartition] = set()

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._ended = set()
        self._reader.assign(positions)

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self._reader.pause(partitions)

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self._reader.resume(partitions)

    def poll(self, *, limit: int, wait_ms: int) -> Sequence[StoredRecord | EndReached | OffsetLost]:
        given: list[StoredRecord | EndReached | OffsetLost] = []
        for item in self._reader.poll(limit=limit, wait_ms=wait_ms):
            place = TopicPartition(item.topic, item.partition)
            end = self._ends.get(place)
            if end is None or isinstance(item, OffsetLost):
                given.append(item)
            elif place not in self._ended:
                offset = item.next_offset if isinstance(item, EndReached) else item.offset + 1
                if offset <= end:
                    given.append(item)
                if offset >= end:
                    given.append(EndReached(topic=item.topic, partition=item.partition, next_offset=end))
                    self._ended.add(place)
                    self._reader.pause([place])
        return given

    def close(self) -> None:
        self._reader.close()
