"""What runs in the simulated world: workers with their disks, relays with the positions they kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from eventlog.memory import MemoryLog
from eventlog.port import TopicSettings
from eventlog.position import Position
from eventlog.relay import Relay
from processors.state import Delta
from processors.worker.loop import Worker
from processors.worker.store import MemoryStore
from schemas.topic import INPUTS, JOURNAL, dead_letter_topic
from tests.simulation.checker import parts_of
from tests.simulation.faulty_log import FaultyLog, Network

__all__ = ["Disk", "RelayProcess", "WorkerProcess", "create_topics"]


def create_topics(log: MemoryLog, partition_count: int) -> None:
    """Create all topics of the engine."""
    names = [topic.name for topic in INPUTS]
    names += [JOURNAL, *(dead_letter_topic(name) for name in names)]
    log.create_topics([TopicSettings(name=name, partitions=partition_count) for name in names])


class Disk(MemoryStore):
    """A worker's store of one partition, which outlives the process; dying at a write is possible."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network
        #: Every position that was ever written: what was told to the outside must have been true then.
        self.told: list[Position] = []

    def write(self, delta: Delta, position: Position) -> None:
        """Write, if the process lives long enough."""
        self._network.may_die("before a write to the store")
        super().write(delta, position)
        self.told.append(position)
        self._network.may_die("behind a write to the store")

    def copy(self) -> Disk:
        """Give a store with the same content, as a backup has it."""
        backup = Disk(self._network)
        MemoryStore.write(backup, dict(parts_of(self)), self.position())
        return backup


@dataclass(slots=True)
class WorkerProcess:
    """One worker, and what its machine keeps when it dies."""

    name: str
    log: FaultyLog
    worker: Worker
    disks: dict[int, Disk]
    is_stalled: bool = False


@dataclass(slots=True)
class RelayProcess:
    """One relay, and the positions it kept."""

    name: str
    log: FaultyLog
    relay: Relay
    kept: dict[int, Position] = field(default_factory=dict)
