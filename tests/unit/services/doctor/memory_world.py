"""A small cluster on a log in memory, at rest: what the doctor's checks look at, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from eventlog.claim import Cluster
from eventlog.memory import MemoryLog
from eventlog.port import EndReached, Log, OffsetLost, Record, StoredRecord, TopicPartition
from eventlog.position import START
from eventlog.relay import Relay
from processors.worker.loop import Worker, WorkerParts
from processors.worker.store import MemoryStore
from schemas.business_time import parse_date, parse_instant
from schemas.codec import Event, encode_event
from schemas.ids import entity_key
from schemas.partitioner import PARTITIONER, partition_of
from schemas.record.code import CodeActivated, CodeIssued
from schemas.record.donation import DonationRecorded
from schemas.record.receipt import ReceiptLine, ReceiptRecorded
from schemas.topic import INPUTS
from services.publication.publisher import Publisher, check_files, find_files
from services.topology import apply_topics, topics_of

__all__ = ["PARTITIONS", "SHOPPED_MS", "Change", "World", "copy_log", "make_world", "receipt"]

PARTITIONS: Final = 2
ZONE: Final = "America/New_York"
SHOPPED_MS: Final = parse_instant("2017-03-02T15:00:00Z")
_CODE: Final = "ab" * 32
_NOW_MS: Final = parse_instant("2017-03-02T16:00:00Z")
_CAMPAIGNS: Final = Path(__file__).resolve().parents[4] / "campaigns" / "journey"
_TOPICS: Final = {
    ReceiptRecorded: "sales.receipt.recorded.v1",
    CodeIssued: "promo.code.issued.v1",
    CodeActivated: "promo.code.activated.v1",
    DonationRecorded: "giving.donation.recorded.v1",
}


def receipt(member_id: str | None, number: str, *amounts: tuple[int, str | None]) -> ReceiptRecorded:
    """A receipt of one unit a line, each with its amount and category."""
    lines = [
        ReceiptLine(sku=f"p{index}", quantity_milli=1_000, amount_minor=amount, category=category)
        for index, (amount, category) in enumerate(amounts)
    ]
    return ReceiptRecorded(
        tenant="journey",
        programme="journey",
        store_id="s1",
        till_id="1",
        receipt_number=number,
        business_date=parse_date("2017-03-02"),
        occurred_at_ms=SHOPPED_MS,
        zone=ZONE,
        member_id=member_id,
        currency="USD",
        total_minor=sum(amount for amount, _ in amounts),
        lines=lines,
    )


class World:
    """The log with one worker and one relay."""

    def __init__(self) -> None:
        self.log = MemoryLog(clock=lambda: _NOW_MS)
        apply_topics(self.log, PARTITIONS)
        stores: dict[int, MemoryStore] = {}
        writer_ids = iter(range(1, 1_000))
        self._worker = Worker(
            WorkerParts(
                log=self.log,
                cluster=Cluster(
                    partition_count=PARTITIONS,
                    partitioner=PARTITIONER,
                    topics=tuple(topic.name for topic in INPUTS),
                ),
                instance="one",
                open_store=lambda partition: stores.setdefault(partition, MemoryStore()),
                resolver=None,
                now_ms=lambda: _NOW_MS,
                make_writer_id=lambda: next(writer_ids).to_bytes(16, "big"),
                draw=lambda _: 0,
            )
        )
        self._relay = Relay(self.log, dict.fromkeys(range(PARTITIONS), START))
        self._writer = self.log.writer()

    def step(self) -> int:
        """Let worker and relay do one step; give how much they moved."""
        return self._worker.step(wait_ms=0) + self._relay.step(wait_ms=0)

    def settle(self) -> None:
        """Let everything be decided and carried."""
        while True:
            moved = self.step()
            if not moved and self._worker.is_idle() and self._relay.is_at_end():
                return

    def decide_only(self) -> None:
        """Let everything be decided, and messages lie."""
        while self._worker.step(wait_ms=0) or not self._worker.is_idle():
            pass

    def write(self, entity_id: str, event: Event) -> TopicPartition:
        """Write a record as a producer would."""
        key = entity_key("journey", entity_id)
        return self.write_record(_TOPICS[type(event)], Record(key, encode_event(event)))

    def write_record(self, topic: str, record: Record) -> TopicPartition:
        """Write any bytes to the partition of their key."""
        assert record.key is not None
        place = TopicPartition(topic, partition_of(record.key, PARTITIONS))
        self._writer.send(*place, [record], first_tag=1)
        self._writer.flush(limit_ms=0)
        return place


def make_world() -> World:
    """Give a cluster in which the journey's campaigns are adopted, and a few things have happened."""
    world = World()
    world.settle()
    checked, faulty = check_files(find_files([_CAMPAIGNS]))
    assert not faulty
    Publisher(world.log, partitions=PARTITIONS, now_ms=_NOW_MS).publish(checked)
    world.settle()
    world.write(_CODE, CodeIssued(tenant="journey", programme="journey", code_hash=_CODE, batch_id="b", issued_at_ms=0))
    for number in range(8):
        bought = receipt(f"h{number}", str(number), (350, None), (299, "FROZEN PIZZA"))
        world.write(f"h{number}", bought)
    activated = CodeActivated(
        tenant="journey",
        programme="journey",
        event_id="a1",
        member_id="h1",
        code_hash=_CODE,
        occurred_at_ms=SHOPPED_MS,
        zone=ZONE,
    )
    world.write("h1", activated)
    world.settle()
    return world


#: Gives what stands in place of a record; `None` leaves it out, so that those after it move up.
Change = Callable[[StoredRecord], Record | None]


def copy_log(log: Log, change: Change) -> MemoryLog:
    """Copy a log, record by record, with changes."""
    copy = MemoryLog(clock=lambda: _NOW_MS)
    topics = topics_of(PARTITIONS)
    copy.create_topics(topics)
    with log.reader() as reader, copy.writer() as writer:
        places = [TopicPartition(topic.name, partition) for topic in topics for partition in range(PARTITIONS)]
        reader.assign(dict.fromkeys(places, 0))
        left = set(places)
        while left:
            for item in reader.poll(limit=1_000, wait_ms=0):
                assert not isinstance(item, OffsetLost)
                if isinstance(item, EndReached):
                    left.discard(TopicPartition(item.topic, item.partition))
                    continue
                changed = change(item)
                if changed is not None:
                    writer.send(item.topic, item.partition, [changed], first_tag=1)
        writer.flush(limit_ms=0)
    return copy
