"""The port of the ordered log: what the engine asks of Kafka, of PostgreSQL and of memory.

A log has topics, a topic has partitions, a partition has records at growing offsets. The port has Kafka's
ways, because Kafka is the adapter that cannot be bent: offsets may have holes, writes are acknowledged later
and out of any lock-step, an acknowledgement can be lost while the write succeeded, partitions are assigned by
a group and taken away again. What an event means is no business of this package.

Every class here may be used from one thread at a time.

Stays whole: it is one contract, and most of it is what the signatures cannot say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

__all__ = [
    "BrokenLogError",
    "Delivery",
    "EndReached",
    "Group",
    "Log",
    "OffsetLost",
    "PartitionBounds",
    "Reader",
    "Reassignment",
    "Record",
    "StoredRecord",
    "TopicPartition",
    "TopicSettings",
    "WriteError",
    "Writer",
]


class BrokenLogError(Exception):
    """The log cannot be reached or does not work just now: wait and try again; never a record's fault."""


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


class Record(NamedTuple):
    """What is written."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class StoredRecord(NamedTuple):
    """What is read: a record with its place and the log's time. A tuple, because millions are made."""

    topic: str
    partition: int
    offset: int
    #: When the log appended it (LogAppendTime), UTC milliseconds.
    log_time_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndReached:
    """The reader has delivered everything the partition held.

    What was written since the log was asked may be missing; with an idle log nothing is.
    """

    topic: str
    partition: int
    #: The offset at which the next record will be looked for.
    next_offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetLost:
    """The offset to read from lies outside the log.

    It comes once, and nothing of this partition follows until it is assigned anew.
    """

    topic: str
    partition: int
    #: Where reading was to go on.
    wanted_offset: int
    #: What the partition holds now.
    bounds: PartitionBounds


class PartitionBounds(NamedTuple):
    """What a partition holds: offsets from `first` up to, but without, `next`."""

    first: int
    next: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteError:
    """Why a write was not acknowledged. The record may stand in the log all the same."""

    text: str
    #: Whether trying the same again can never help (too large, not authorised).
    is_permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one write."""

    topic: str
    partition: int
    #: The writer's own mark of the record, as given to `Writer.send`.
    tag: int
    #: Where it stands; `None` with an error, or when the acknowledgement came without an offset.
    offset: int | None
    error: WriteError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassignment:
    """What a group took from a member and gave to it since it was asked last."""

    revoked: frozenset[int] = frozenset()
    assigned: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSettings:
    """A topic to create."""

    name: str
    partitions: int
    #: Whether records are kept for ever (journals) or by the log's own retention.
    is_kept_for_ever: bool = False
    #: Further settings as the adapter's store names them; unknown ones are the adapter's to refuse.
    settings: Mapping[str, str] = field(default_factory=dict)


class Reader(ABC):
    """Reads assigned partitions, each in offset order; knows nothing of groups and commits nothing."""

    @abstractmethod
    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read exactly these partitions from now on, each from the given offset.

        Partitions that were assigned before and stand in `positions` again begin anew at the given offset,
        and are not paused. An offset of `-1` stands for the partition's first.

        Raises:
            KeyError: when there is no such partition; an adapter may leave that to the next `poll`.
        """

    @abstractmethod
    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        """Deliver nothing of these until resumed, no `EndReached` either; nothing is lost by that.

        Raises:
            KeyError: when one is not assigned.
        """

    @abstractmethod
    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Deliver these again; those that were not paused go on as they did.

        Raises:
            KeyError: when one is not assigned.
        """

    @abstractmethod
    def poll(self, *, limit: int, wait_ms: int) -> Sequence[StoredRecord | EndReached | OffsetLost]:
        """Give what has come, at most `limit` records; wait up to `wait_ms` for the first.

        An `EndReached` comes after the last record of its partition, once until more was delivered. No
        partition waits for ever because others have much: with a small limit they take turns.

        Args:
            limit: of records, at least 1; `EndReached` and `OffsetLost` are not counted.
            wait_ms: 0 never blocks.

        Raises:
            BrokenLogError: when the log cannot be read just now; positions stay, so polling again goes on.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop reading; closing twice is harmless."""

    def __enter__(self) -> Self:
        """Give the reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


class Writer(ABC):
    """Writes asynchronously: records of one partition stand in the order they were sent in, without repeats.

    After a failed write, later ones may still succeed. What cannot be written at all (too large, no such
    partition) is said by a delivery with a permanent error.
    """

    @abstractmethod
    def send(self, topic: str, partition: int, records: Sequence[Record], *, first_tag: int) -> None:
        """Take records for one partition, without waiting; their tags count up from `first_tag`.

        The writer bounds what it holds; when that is full, this call waits until there is room.

        Raises:
            BrokenLogError: when nothing can be taken because the log cannot be reached.
        """

    @abstractmethod
    def poll(self, *, wait_ms: int) -> Sequence[Delivery]:
        """Give what became of writes, within a partition in the order sent.

        Waits up to `wait_ms` for the first; returns at once when nothing sent is without a delivery.
        """

    @abstractmethod
    def flush(self, *, limit_ms: int) -> Sequence[Delivery]:
        """Wait until everything sent has its delivery, and give them.

        Raises:
            BrokenLogError: when some still have none after `limit_ms`; those come with a later `poll`.
        """

    @abstractmethod
    def close(self) -> None:
        """Give up what was not delivered, and stop; closing twice is harmless."""

    def __enter__(self) -> Self:
        """Give the writer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


class Group(ABC):
    """Spreads partition numbers (of all input topics alike) over the members of a group.

    It says who should own what; it never proves ownership, the claim does that.
    """

    @abstractmethod
    def poll(self) -> Reassignment:
        """Give what changed since the last call; cheap, and to be called often.

        For others a member goes on owning a revoked partition until it calls `release`. A member that the
        group lost (broken connection, time-out) hears that everything was revoked, and joins again by itself;
        others may own those partitions already. Never raises because the log cannot be reached.
        """

    @abstractmethod
    def release(self, partitions: Iterable[int]) -> None:
        """Say that work on revoked partitions has ended, so that others may take them.

        Partitions that are not both owned and revoked are left as they are.
        """

    @abstractmethod
    def leave(self) -> None:
        """Give back everything and leave the group; leaving twice is harmless."""

    def __enter__(self) -> Self:
        """Give the membership itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self.leave()


class Log(ABC):
    """One log, with all its topics."""

    @abstractmethod
    def create_topics(self, topics: Iterable[TopicSettings]) -> None:
        """Create what is missing; topics that exist are left as they are.

        Raises:
            BrokenLogError: when the log cannot be reached.
        """

    @abstractmethod
    def partition_counts(self) -> Mapping[str, int]:
        """Give each topic's number of partitions."""

    @abstractmethod
    def bounds(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, PartitionBounds]:
        """Give what each partition holds now. A topic that does not exist is a `KeyError`."""

    @abstractmethod
    def drop_before(self, partition: TopicPartition, offset: int) -> None:
        """Remove all records below `offset` (beyond the end: all there are), as retention would."""

    @abstractmethod
    def reader(self) -> Reader:
        """Open a reader."""

    @abstractmethod
    def writer(self) -> Writer:
        """Open a writer."""

    @abstractmethod
    def group(self, name: str, *, instance: str, partition_count: int) -> Group:
        """Join a group under an instance id; a restarted process joins under its old one.

        A member that still is there under this id is thrown out. A member is given nothing before its first
        `poll`.
        """

    @abstractmethod
    def close(self) -> None:
        """Close what the log itself holds; its readers, writers and groups are closed by their owners."""

    def __enter__(self) -> Self:
        """Give the log itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
