"""A worker and a relay on a real log, driven until something holds; what they wrote is read from the journal."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from eventlog.claim import Cluster
from eventlog.journal_reader import AcceptedEntry, JournalReader
from eventlog.port import EndReached, Log, Record, StoredRecord, TopicPartition, TopicSettings
from eventlog.position import START
from eventlog.relay import NUMBER_HEADER, SENDER_HEADER, TARGET_KIND_HEADER, Relay
from processors.state import PART_TYPES
from processors.worker.loop import PartitionStatus, Worker, WorkerParts
from processors.worker.store import MemoryStore, Store
from schemas.codec import Event, decode_entry, encode_event
from schemas.entry import Entry, EntryHeader
from schemas.partitioner import PARTITIONER, partition_of
from schemas.topic import INPUTS, JOURNAL, MESSAGES, dead_letter_topic
from tests.contract.journal.shop import SHOP, key_of

__all__ = ["Decided", "Site", "WorkerSite", "parts_of"]

#: Generous: only a failure takes it.
_LIMIT_S: Final = 30.0
_LIMIT_MS: Final = 30_000
_WAIT_MS: Final = 2
_EVERYTHING: Final = 1_000_000


class Decided(NamedTuple):
    """An accepted entry."""

    record: StoredRecord
    header: EntryHeader
    entry: Entry

    @property
    def outcome(self) -> str:
        """What became of the record, with the reason of a refusal."""
        rejection = self.entry.rejection
        return self.entry.outcome if rejection is None else f"{self.entry.outcome} {rejection.reason}"


def parts_of(store: Store) -> dict[str, Any]:
    """Give every part that a store holds."""
    return {key: part for letter in sorted(PART_TYPES) for key, part in store.scan(f"{letter}/", _EVERYTHING)}


@dataclass(slots=True)
class WorkerSite:
    """A worker with its stores."""

    worker: Worker
    stores: dict[int, Store]

    def status(self, partition: int = 0) -> PartitionStatus:
        """Tell how a partition fares."""
        return next(status for status in self.worker.statuses() if status.partition == partition)


@dataclass(slots=True)
class Site:
    """One log with all topics of the engine."""

    log: Log
    partition_count: int = 1
    #: How far the workers' clocks are ahead of the log's.
    ahead_ms: int = 0
    workers: list[WorkerSite] = field(default_factory=list)
    relay: Relay | None = None
    _chance: Random = field(default_factory=lambda: Random(1))

    def open(self) -> None:
        """Create the topics."""
        names = [topic.name for topic in INPUTS]
        names += [JOURNAL, *(dead_letter_topic(name) for name in names)]
        self.log.create_topics([TopicSettings(name=name, partitions=self.partition_count) for name in names])

    def close(self) -> None:
        """Stop everything."""
        for site in self.workers:
            site.worker.close()
        if self.relay is not None:
            self.relay.close()
        self.log.close()

    def now_ms(self) -> int:
        """The workers' clock."""
        return time.time_ns() // 1_000_000 + self.ahead_ms

    # -- processes

    def start_worker(
        self, name: str = "one", stores: dict[int, Store] | None = None, *, topics: Iterable[str] | None = None
    ) -> WorkerSite:
        """Start a worker; stores are in memory, if none are given."""
        kept: dict[int, Store] = {} if stores is None else stores
        named = tuple(topic.name for topic in INPUTS) if topics is None else tuple(topics)
        parts = WorkerParts(
            log=self.log,
            cluster=Cluster(partition_count=self.partition_count, partitioner=PARTITIONER, topics=named),
            instance=name,
            open_store=lambda partition: kept.setdefault(partition, MemoryStore()),
            resolver=None,
            now_ms=self.now_ms,
            make_writer_id=lambda: os.urandom(16),
            draw=self._chance.randrange,
        )
        site = WorkerSite(Worker(parts), kept)
        self.workers.append(site)
        return site

    def stop_worker(self, site: WorkerSite) -> None:
        """End a worker at once."""
        site.worker.close()
        self.workers.remove(site)

    def start_relay(self) -> None:
        """Start a relay of all partitions."""
        self.relay = Relay(self.log, dict.fromkeys(range(self.partition_count), START))

    # -- driving

    def drive_until(self, holds: Callable[[], object], what: str) -> None:
        """Let everything take steps until something holds."""
        deadline_s = time.monotonic() + _LIMIT_S
        while True:
            for site in self.workers:
                site.worker.step(wait_ms=_WAIT_MS)
            if self.relay is not None:
                self.relay.step(wait_ms=0)
            if holds():
                return
            assert time.monotonic() < deadline_s, f"waited {_LIMIT_S:g} s, and it did not come true that {what}"

    def settle(self) -> None:
        """Let everything be decided that is there, with all messages that follow from it."""
        self.drive_until(self._is_settled, "every record is decided and every message carried")

    def _is_settled(self) -> bool:
        owned = {status.partition: status for site in self.workers for status in site.worker.statuses()}
        if len(owned) != self.partition_count:
            return False
        if any(status.stage != "owner" or status.in_flight for status in owned.values()):
            return False
        if self.relay is not None and (self.relay.in_flight or not self._is_carried(owned)):
            return False
        places = [TopicPartition(topic.name, number) for topic in INPUTS for number in owned]
        bounds = self.log.bounds(places)
        return all(
            bounds[place].next - 1 <= owned[place.partition].position.source_offsets.get(place.topic, -1)
            or bounds[place].next == bounds[place].first == 0
            for place in places
        )

    def _is_carried(self, owned: dict[int, PartitionStatus]) -> bool:
        assert self.relay is not None, "asked only with a relay"
        positions = self.relay.positions
        return all(positions[number].sequence >= status.position.sequence for number, status in owned.items())

    # -- what comes in

    def send(self, topic: str, entity_id: str, event: Event, *, partition: int | None = None) -> int:
        """Write an event where its entity's records lie, or elsewhere; give its offset."""
        return self.send_bytes(topic, encode_event(event), key=key_of(entity_id), partition=partition)

    def send_bytes(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        headers: tuple[tuple[str, bytes], ...] = (),
    ) -> int:
        """Write a record of any bytes; give its offset."""
        if partition is None:
            partition = 0 if key is None else partition_of(key, self.partition_count)
        with self.log.writer() as writer:
            writer.send(topic, partition, [Record(key, value, headers)], first_tag=1)
            (delivery,) = writer.flush(limit_ms=_LIMIT_MS)
        assert delivery.offset is not None, delivery
        return delivery.offset

    def send_message(self, sender: int, number: int, value: bytes, *, partition: int = 0) -> int:
        """Write a message as a relay does."""
        headers = (
            (SENDER_HEADER, str(sender).encode()),
            (NUMBER_HEADER, str(number).encode()),
            (TARGET_KIND_HEADER, b"partition"),
        )
        return self.send_bytes(MESSAGES, value, key=key_of(SHOP), partition=partition, headers=headers)

    # -- what came out

    def entries(self, partition: int = 0) -> list[Decided]:
        """Give the accepted entries of a partition."""
        accepted: list[AcceptedEntry] = []
        with JournalReader(self.log, {partition: START}) as reader:
            while not reader.is_at_end():
                accepted += reader.poll(limit=500, wait_ms=_WAIT_MS)
        return [Decided(one.record, *decode_entry(one.value)) for one in accepted]

    def entry_of(self, topic: str, offset: int, partition: int = 0) -> Decided:
        """Give the one entry that decides a record."""
        (found,) = [
            decided
            for decided in self.entries(partition)
            if decided.header.source is not None
            and (decided.header.source.topic, decided.header.source.offset) == (topic, offset)
        ]
        return found

    def outcomes(self, topic: str, partition: int = 0) -> list[str]:
        """Give what became of a topic's records, in order."""
        return [
            decided.outcome
            for decided in self.entries(partition)
            if decided.header.source is not None and decided.header.source.topic == topic
        ]

    def records(self, topic: str, partition: int = 0) -> list[StoredRecord]:
        """Give what a partition holds."""
        found: list[StoredRecord] = []
        with self.log.reader() as reader:
            reader.assign({TopicPartition(topic, partition): -1})
            while True:
                for item in reader.poll(limit=500, wait_ms=_WAIT_MS):
                    if isinstance(item, EndReached):
                        return found
                    assert isinstance(item, StoredRecord), item
                    found.append(item)
