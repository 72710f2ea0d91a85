"""A small world that one seed decides: workers and relays that die and stall, on a log whose network is bad.

Everything runs in one thread, a step at a time; clock, chance and ids come from the seed, so the same seed gives the
same schedule again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Final

from eventlog.claim import Cluster
from eventlog.memory import MemoryLog
from eventlog.port import BrokenLogError, TopicPartition
from eventlog.position import START, Position
from eventlog.relay import Relay
from processors.worker.loop import Worker, WorkerParts
from schemas.partitioner import PARTITIONER
from schemas.topic import INPUTS
from tests.simulation.checker import BrokenPromiseError
from tests.simulation.faulty_log import CALM, Faults, FaultyLog, FaultyWriter, KilledError, Network
from tests.simulation.feed import BEGIN_MS, Sending
from tests.simulation.loose_group import Assignment
from tests.simulation.process import Disk, RelayProcess, WorkerProcess, create_topics

__all__ = ["World"]

#: Rounds without faults after which a world that still has work will never come to rest.
_CALM_LIMIT: Final = 1_500
#: Rounds in which nothing happens before it is at rest: claims wait for some seconds at the most.
_QUIET_ROUNDS: Final = 3
_WRITER_ID_BYTES: Final = 16


class World:
    """The log, the processes on it, and chance."""

    def __init__(self, seed: int, *, partition_count: int, faults: Faults) -> None:
        self.chance = Random(seed)
        self.partition_count = partition_count
        self.faults = faults
        self.now_ms = BEGIN_MS
        self.log = MemoryLog(clock=lambda: self.now_ms)
        self.network = Network(self.log, self.chance)
        self.assignment = Assignment()
        self.workers: list[WorkerProcess] = []
        self.relays: list[RelayProcess] = []
        self.make_writer_id: Callable[[], bytes] = partial(self.chance.randbytes, _WRITER_ID_BYTES)
        #: Every store there ever was, and every position a relay ever kept.
        self.disks: list[tuple[str, int, Disk]] = []
        self.told: list[tuple[str, int, Position]] = []
        self._on_the_wire: list[FaultyWriter] = []
        create_topics(self.log, partition_count)

    # -- processes

    def start_worker(self, name: str, disks: dict[int, Disk] | None = None) -> WorkerProcess:
        """Start a worker, on the disks that an earlier one of its name left."""
        kept: dict[int, Disk] = {} if disks is None else disks
        log = FaultyLog(self.network, self.assignment)
        worker = Worker(
            WorkerParts(
                log=log,
                cluster=Cluster(
                    partition_count=self.partition_count,
                    partitioner=PARTITIONER,
                    topics=tuple(topic.name for topic in INPUTS),
                ),
                instance=name,
                open_store=partial(self._open_disk, name, kept),
                resolver=None,
                now_ms=lambda: self.now_ms,
                make_writer_id=self.make_writer_id,
                draw=self.chance.randrange,
            )
        )
        process = WorkerProcess(name=name, log=log, worker=worker, disks=kept)
        self.workers.append(process)
        return process

    def _open_disk(self, name: str, disks: dict[int, Disk], partition: int) -> Disk:
        if partition not in disks:
            disks[partition] = Disk(self.network)
            self.disks.append((f"the store of {name}", partition, disks[partition]))
        return disks[partition]

    def start_relay(self, name: str, positions: dict[int, Position] | None = None) -> RelayProcess:
        """Start a relay of all partitions."""
        begin = dict.fromkeys(range(self.partition_count), START) if positions is None else positions
        log = FaultyLog(self.network, self.assignment)
        process = RelayProcess(name=name, log=log, relay=Relay(log, begin), kept=dict(begin))
        self.relays.append(process)
        return process

    def kill_worker(self, process: WorkerProcess) -> None:
        """Let a worker's process be gone, and start another of its name; its disks may be old, or new ones."""
        self._cut(process.log)
        self.workers.remove(process)
        disks = process.disks
        for partition, disk in list(disks.items()):
            luck = self.chance.random()
            if luck < 0.1:
                del disks[partition]
            elif luck < 0.2:
                disks[partition] = disk.copy()
                self.disks.append((f"the restored store of {process.name}", partition, disks[partition]))
        self.start_worker(process.name, disks)

    def kill_relay(self, process: RelayProcess) -> None:
        """Let a relay's process be gone, and start another, maybe wound back."""
        self._cut(process.log)
        self.relays.remove(process)
        is_wound_back = self.chance.random() < 0.3
        self.start_relay(process.name, None if is_wound_back else process.kept)

    def _cut(self, log: FaultyLog) -> None:
        for writer in log.writers:
            writer.cut()
            self._on_the_wire.append(writer)

    # -- steps

    def step_worker(self, process: WorkerProcess) -> int:
        """Let a worker do one step, or die in it."""
        try:
            return process.worker.step(wait_ms=0)
        except BrokenLogError:
            return 1
        except KilledError:
            self.kill_worker(process)
            return 1

    def step_relay(self, process: RelayProcess) -> int:
        """Let a relay do one step, or die in it."""
        try:
            sent = process.relay.step(wait_ms=0)
        except BrokenLogError:
            return 1
        except KilledError:
            self.kill_relay(process)
            return 1
        for partition, position in process.relay.positions.items():
            if process.kept[partition] != position:
                process.kept[partition] = position
                self.told.append((f"the position of {process.name}", partition, position))
        return sent

    def feed(self, sending: Sending) -> None:
        """Let a record arrive; producers and their network are good."""
        if self.network.strikes("hole", self.network.faults.hole):
            self.log.skip_offsets(TopicPartition(sending.topic, sending.partition), self.chance.randint(1, 3))
        self.log.append(sending.topic, sending.partition, sending.record)

    def run_faulty(self, sendings: Iterator[Sending], steps: int) -> None:
        """Let the world run with faults for some steps, while records arrive; the rest of them comes at the end."""
        self.network.faults = self.faults
        for _ in range(steps):
            self.now_ms += self.chance.randint(1, 300)
            self._disturb()
            for _ in range(self.chance.choice((0, 0, 0, 1, 2, 4))):
                sending = next(sendings, None)
                if sending is not None:
                    self.feed(sending)
            awake = [process for process in self.workers if not process.is_stalled]
            if awake and self.chance.random() < 0.8:
                self.step_worker(self.chance.choice(awake))
            else:
                self.step_relay(self.chance.choice(self.relays))
            for process in self.workers:
                # What a stalled process gave to its machine goes on by itself, sometimes.
                for writer in process.log.writers if process.is_stalled and self.chance.random() < 0.1 else ():
                    writer.land()
            for writer in self._on_the_wire:
                writer.land()
        self.network.faults = CALM
        for sending in sendings:
            self.feed(sending)

    def _disturb(self) -> None:
        chance = self.chance
        if chance.random() < 0.06:
            process = chance.choice(self.workers)
            process.is_stalled = not process.is_stalled
            self.network.met["stall"] += process.is_stalled
        if chance.random() < 0.04:
            self._reassign(is_taken=chance.random() < 0.6)
        if chance.random() < self.faults.death:
            self.network.met["death between steps"] += 1
            self.kill_worker(chance.choice(self.workers))
        if chance.random() < self.faults.death:
            self.kill_relay(chance.choice(self.relays))

    def _reassign(self, *, is_taken: bool) -> None:
        """Give a partition to somebody; those who have it may keep it."""
        partition = self.chance.randrange(self.partition_count)
        if is_taken:
            for process in self.workers:
                self.assignment.take(process.name, partition)
        else:
            self.network.met["double assignment"] += 1
        self.assignment.give(self.chance.choice(self.workers).name, partition)

    # -- rest

    def come_to_rest(self) -> None:
        """Let everything be done, without new faults; what is stalled and on the wire may stay so.

        Raises:
            BrokenPromiseError: when the world does not come to rest.
        """
        awake = [process for process in self.workers if not process.is_stalled]
        if not awake:
            self.workers[0].is_stalled = False
            awake = self.workers[:1]
        for partition in range(self.partition_count):
            for process in self.workers:
                self.assignment.take(process.name, partition)
            self.assignment.give(self.chance.choice(awake).name, partition)
        quiet = 0
        for _ in range(_CALM_LIMIT):
            self.now_ms += 100
            done = sum(self.step_worker(process) for process in self.workers if not process.is_stalled)
            done += sum(self.step_relay(process) for process in self.relays)
            quiet = quiet + 1 if not done and self._is_done() else 0
            if quiet == _QUIET_ROUNDS:
                return
        msg = f"the world does not come to rest: {self._describe()}"
        raise BrokenPromiseError(msg)

    def wake_everything(self) -> None:
        """Let stalled workers go on, and everything land that is still on the wire."""
        for process in self.workers:
            process.is_stalled = False
        for writer in self._on_the_wire:
            writer.land()

    def _is_done(self) -> bool:
        owned: dict[int, int] = {}
        for process in self.workers:
            if process.is_stalled:
                continue
            for status in process.worker.statuses():
                if status.stage != "owner" or status.in_flight or self._has_more(status.partition, status.position):
                    return False
                owned[status.partition] = owned.get(status.partition, 0) + 1
        is_owned_once = owned == dict.fromkeys(range(self.partition_count), 1)
        return is_owned_once and all(process.relay.is_at_end() for process in self.relays)

    def _has_more(self, partition: int, position: Position) -> bool:
        for topic in INPUTS:
            records = self.log.partition(TopicPartition(topic.name, partition)).records
            if records and records[-1].offset > position.source_offsets.get(topic.name, -1):
                return True
        return False

    def _describe(self) -> str:
        statuses = [
            (process.name, status.partition, status.stage, status.standstill_text, status.in_flight)
            for process in self.workers
            for status in process.worker.statuses()
        ]
        return f"{statuses}, stalled {[process.name for process in self.workers if process.is_stalled]}"

    def pass_time(self, time_ms: int) -> None:
        """Let time pass at once."""
        self.now_ms += time_ms
