"""A made-up journal: entries as a worker would write them, without one."""

from collections import Counter
from typing import Final

from eventlog.memory import MemoryLog
from eventlog.port import Record, StoredRecord, TopicPartition, TopicSettings
from eventlog.position import Position
from eventlog.writer import OwnEntries
from schemas.codec import decode_event, encode_claim, encode_entry_body
from schemas.entry import Entry, EntrySource, JournalClaim
from schemas.partitioner import PARTITIONER
from schemas.record.conflict import ReceiptConflicted
from schemas.topic import INPUTS, JOURNAL

RECEIPTS: Final = "sales.receipt.recorded.v1"
CONFLICTS: Final = "engine.receipt.conflicted.v1"
#: 2017-03-01T12:00:00Z
NOON_MS: Final = 1_488_369_600_000
_WRITER: Final = bytes(range(16))


class MadeJournal:
    """A memory log whose journal partitions were claimed, and the entries that were written to them."""

    def __init__(self, partition_count: int = 2) -> None:
        self.log = MemoryLog(clock=lambda: NOON_MS)
        self.partition_count = partition_count
        topics = [JOURNAL, *(one.name for one in INPUTS)]
        self.log.create_topics(TopicSettings(name=name, partitions=partition_count) for name in topics)
        self._own: list[OwnEntries] = []
        self._source_offsets: Counter[tuple[str, int]] = Counter()
        for partition in range(partition_count):
            claim = JournalClaim(
                epoch=1,
                writer_id=_WRITER,
                partition_count=partition_count,
                partitioner=PARTITIONER,
                topics=[one.name for one in INPUTS],
                instance="made",
            )
            self.log.append(JOURNAL, partition, Record(key=None, value=encode_claim(claim)))
            self._own.append(OwnEntries(partition, Position(next_offset=1, claim=claim)))

    def write(self, partition: int, entry: Entry, *, topic: str | None = RECEIPTS, log_time_ms: int = NOON_MS) -> int:
        """Write an entry and give its journal offset; without a topic it is a tick."""
        source = None
        if topic is not None:
            offset = self._source_offsets[topic, partition]
            self._source_offsets[topic, partition] += 1
            source = EntrySource(topic=topic, partition=partition, offset=offset, log_time_ms=log_time_ms)
        own = self._own[partition].seal(encode_entry_body(entry), source)
        place = self.log.append(JOURNAL, partition, Record(key=None, value=own.value))
        assert isinstance(place, int), place
        return place

    def findings(self) -> list[ReceiptConflicted]:
        """Give every finding of one receipt under two owners, by partition and offset."""
        found = []
        with self.log.reader() as reader:
            reader.assign({TopicPartition(CONFLICTS, p): 0 for p in range(self.partition_count)})
            for item in reader.poll(limit=1_000_000, wait_ms=0):
                if isinstance(item, StoredRecord):
                    event = decode_event(item.value).event
                    assert isinstance(event, ReceiptConflicted), event
                    found.append(event)
        return found
