"""Journal records made by hand: claims, and chains of entries whose bodies mean nothing."""

from __future__ import annotations

from dataclasses import dataclass

from eventlog.journal import entry_hash
from eventlog.port import StoredRecord
from schemas.codec import encode_claim, encode_entry
from schemas.entry import NO_HASH, EntryHeader, EntrySource, JournalClaim, SkippedInput
from schemas.topic import JOURNAL

__all__ = ["PARTITION", "TOPIC", "MadeJournal", "claim", "source"]

PARTITION = 3
TOPIC = "sales.receipt.recorded.v1"


def claim(epoch: int, writer: bytes = b"one") -> JournalClaim:
    """Give a claim; the writer's name is filled up to an id."""
    return JournalClaim(
        epoch=epoch,
        writer_id=writer.ljust(16, b"."),
        partition_count=4,
        partitioner="murmur2",
        topics=["a", "b"],
        instance=writer.decode(),
    )


def source(offset: int, *, topic: str = TOPIC, partition: int = PARTITION) -> EntrySource:
    """Give where an input record lies."""
    return EntrySource(topic=topic, partition=partition, offset=offset, log_time_ms=1)


@dataclass(slots=True)
class MadeJournal:
    """Makes records of one journal partition, one offset after the other."""

    next_offset: int = 0
    #: What the next entry continues.
    sequence: int = 0
    hash: bytes = NO_HASH

    def record(self, value: bytes | None) -> StoredRecord:
        """Give a record of any bytes."""
        self.next_offset += 1
        return StoredRecord(JOURNAL, PARTITION, self.next_offset - 1, 1, None, value, ())

    def claim(self, epoch: int, writer: bytes = b"one") -> StoredRecord:
        """Give the record of a claim."""
        return self.record(encode_claim(claim(epoch, writer)))

    def entry(
        self,
        epoch: int = 1,
        writer: bytes = b"one",
        *,
        origin: EntrySource | None = None,
        skipped: list[SkippedInput] | None = None,
        body: bytes = b"",
    ) -> StoredRecord:
        """Give the record of an entry that continues the last one."""
        header = EntryHeader(
            epoch=epoch,
            writer_id=writer.ljust(16, b"."),
            sequence=self.sequence + 1,
            previous_hash=self.hash,
            source=origin,
            skipped_inputs=skipped or [],
        )
        value = encode_entry(header, body)
        self.sequence += 1
        self.hash = entry_hash(value)
        return self.record(value)

    def fork(self) -> MadeJournal:
        """Give another writer's view: the same end of the log, and the same entry to continue."""
        return MadeJournal(self.next_offset, self.sequence, self.hash)
