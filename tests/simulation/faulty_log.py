"""A log in memory behind a bad network: what the port allows to go wrong does go wrong, by a given chance.

Writes wait on the wire, land late or never, and their acknowledgements come late, without an offset, or as errors
although the record stands. Readers are given the partitions in any order and piece by piece. Offsets have holes. What
the port promises holds: within a partition records land in the order sent, and deliveries come in that order.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from eventlog.memory import MemoryLog
from eventlog.port import (
    BrokenLogError,
    Delivery,
    EndReached,
    Group,
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
from tests.simulation.loose_group import Assignment, LooseGroup

__all__ = ["CALM", "Faults", "FaultyLog", "FaultyReader", "FaultyWriter", "KilledError", "Network"]

Item = StoredRecord | EndReached | OffsetLost


class KilledError(BaseException):
    """A process died here. No `Exception`, because nothing in a process can go on after its death."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How often what goes wrong, as chances between 0 and 1."""

    #: The process dies at a write, before it or behind it.
    death: float = 0.0
    #: A call finds the log out of reach.
    outage: float = 0.0
    #: A write that landed is reported as failed.
    lost_acknowledgement: float = 0.0
    #: A write that landed is reported without its offset.
    lost_offset: float = 0.0
    #: A write does not land, and is reported as failed; later ones land.
    lost_write: float = 0.0
    #: Offsets are left out before a record.
    hole: float = 0.0
    #: Records stay on the wire, deliveries with the broker, partitions unread.
    delay: float = 0.0


#: Nothing goes wrong.
CALM = Faults()
_FAILED = WriteError(text="the request timed out", is_permanent=False)


class Network:
    """What lies between processes and the log: one for the whole world, so that one seed decides all."""

    def __init__(self, log: MemoryLog, chance: Random) -> None:
        self.log = log
        self.chance = chance
        self.faults = CALM
        #: Nothing lands for now.
        self.is_held_back = False
        #: Input topics of which nothing is delivered for now.
        self.hidden: frozenset[str] = frozenset()
        #: Nothing can be sent for now.
        self.refuses_writes = False
        #: What went wrong how often.
        self.met: Counter[str] = Counter()

    def strikes(self, name: str, likelihood: float) -> bool:
        """Let chance decide whether something goes wrong now."""
        struck = likelihood > 0 and self.chance.random() < likelihood
        self.met[name] += struck
        return struck

    def may_die(self, where: str) -> None:
        """Let the process die, or not.

        Raises:
            KilledError: when it does.
        """
        if self.strikes(f"death {where}", self.faults.death):
            raise KilledError(where)

    def portion(self, count: int) -> int:
        """Give how many of `count` things pass now: all, but for delays."""
        if self.is_held_back:
            return 0
        return self.chance.randint(0, count) if self.chance.random() < self.faults.delay else count


class FaultyLog(Log):
    """The log as one process sees it."""

    def __init__(self, network: Network, assignment: Assignment) -> None:
        self._network = network
        self._assignment = assignment
        #: The writers of this process, for what is still on the wire when it dies.
        self.writers: list[FaultyWriter] = []

    def create_topics(self, topics: Iterable[TopicSettings]) -> None:
        """Create what is missing."""
        self._network.log.create_topics(topics)

    def partition_counts(self) -> Mapping[str, int]:
        """Give each topic's number of partitions."""
        return self._network.log.partition_counts()

    def bounds(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, PartitionBounds]:
        """Give what each partition holds now."""
        return self._network.log.bounds(partitions)

    def drop_before(self, partition: TopicPartition, offset: int) -> None:
        """Remove all records below `offset`."""
        self._network.log.drop_before(partition, offset)

    def reader(self) -> FaultyReader:
        """Open a reader."""
        return FaultyReader(self._network)

    def writer(self) -> FaultyWriter:
        """Open a writer."""
        writer = FaultyWriter(self._network)
        self.writers.append(writer)
        return writer

    def group(self, name: str, *, instance: str, partition_count: int) -> Group:
        """Join a group that keeps no promise."""
        del name, partition_count
        return LooseGroup(self._assignment, instance)

    def close(self) -> None:
        """Nothing is to be done."""


class FaultyReader(Reader):
    """Reads what is there, some partitions now and some later."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._reader = network.log.reader()
        self._places: list[TopicPartition] = []
        self._paused: set[TopicPartition] = set()

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read exactly these from now on."""
        self._places = sorted(positions)
        self._paused.clear()
        self._reader.assign(positions)

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        """Deliver nothing of these until resumed."""
        paused = list(partitions)
        self._paused.update(paused)
        self._reader.pause(paused)

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Deliver these again."""
        resumed = list(partitions)
        self._paused.difference_update(resumed)
        self._reader.resume(resumed)

    def poll(self, *, limit: int, wait_ms: int) -> Sequence[Item]:
        """Give some of what is there; the partitions in any order, each in its own."""
        del wait_ms
        network = self._network
        if network.strikes("outage of reading", network.faults.outage):
            raise BrokenLogError("the broker does not answer")
        likelihood = 0.0
        if network.chance.random() < network.faults.delay:
            likelihood, limit = 0.5, network.chance.randint(1, 20)
        late = [place for place in self._places if place not in self._paused and self._is_late(place, likelihood)]
        network.met["late partition"] += len(late)
        self._reader.pause(late)
        found = self._reader.poll(limit=limit, wait_ms=0)
        self._reader.resume(late)
        return self._shuffle(found) if likelihood else found

    def _is_late(self, place: TopicPartition, likelihood: float) -> bool:
        return place.topic in self._network.hidden or (likelihood > 0 and self._network.chance.random() < likelihood)

    def _shuffle(self, found: Sequence[Item]) -> list[Item]:
        waiting: dict[TopicPartition, deque[Item]] = {}
        for item in found:
            waiting.setdefault(TopicPartition(item.topic, item.partition), deque()).append(item)
        shuffled: list[Item] = []
        while waiting:
            place = self._network.chance.choice(list(waiting))
            shuffled.append(waiting[place].popleft())
            if not waiting[place]:
                del waiting[place]
        return shuffled

    def close(self) -> None:
        """Stop reading."""
        self._places = []
        self._reader.close()


class FaultyWriter(Writer):
    """Writes whose records wait on the wire until they land, or not."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._wire: dict[TopicPartition, deque[tuple[int, Record]]] = {}
        self._deliveries: dict[TopicPartition, deque[Delivery]] = {}

    def send(self, topic: str, partition: int, records: Sequence[Record], *, first_tag: int) -> None:
        """Put records on the wire, if the process lives long enough."""
        network = self._network
        network.may_die(f"before a write to {topic}")
        if network.refuses_writes or network.strikes("outage of writing", network.faults.outage):
            raise BrokenLogError("the broker does not answer")
        wire = self._wire.setdefault(TopicPartition(topic, partition), deque())
        wire.extend(enumerate(records, first_tag))
        network.may_die(f"behind a write to {topic}")

    def is_idle(self) -> bool:
        """Tell whether nothing is on the wire."""
        return not any(self._wire.values())

    def land(self) -> None:
        """Let some of what is on the wire land."""
        for place, wire in self._wire.items():
            for _ in range(self._network.portion(len(wire))):
                tag, record = wire.popleft()
                delivery = self._append(place, tag, record)
                self._deliveries.setdefault(place, deque()).append(delivery)

    def cut(self) -> None:
        """Let the process of this writer be gone: some of what is on the wire never lands."""
        for wire in self._wire.values():
            for _ in range(self._network.chance.randint(0, len(wire))):
                wire.pop()

    def _append(self, place: TopicPartition, tag: int, record: Record) -> Delivery:
        network, faults = self._network, self._network.faults
        offset: int | None = None
        error: WriteError | None = None
        if network.strikes("lost write", faults.lost_write):
            error = _FAILED
        else:
            if network.strikes("hole", faults.hole):
                network.log.skip_offsets(place, network.chance.randint(1, 3))
            landed = network.log.append(place.topic, place.partition, record)
            assert isinstance(landed, int), "records of the simulation are small"
            if network.strikes("lost acknowledgement", faults.lost_acknowledgement):
                error = _FAILED
            elif not network.strikes("lost offset", faults.lost_offset):
                offset = landed
        return Delivery(topic=place.topic, partition=place.partition, tag=tag, offset=offset, error=error)

    def poll(self, *, wait_ms: int) -> Sequence[Delivery]:
        """Give some of the deliveries that have come."""
        del wait_ms
        self.land()
        found: list[Delivery] = []
        for deliveries in self._deliveries.values():
            found += [deliveries.popleft() for _ in range(self._network.portion(len(deliveries)))]
        return found

    def flush(self, *, limit_ms: int) -> Sequence[Delivery]:
        """Give the deliveries of everything sent."""
        del limit_ms
        found: list[Delivery] = []
        while not self.is_idle() or any(self._deliveries.values()):
            found += self.poll(wait_ms=0)
        return found

    def close(self) -> None:
        """Forget deliveries that nobody asked for; what is on the wire may still land."""
        self._deliveries.clear()
