"""An owner's own entries on their way: pipelined writes, and which of them are known accepted.

An own entry is known accepted, strictly in sequence order, when all own entries before it are, it is acknowledged,
and every journal offset from the claim up to it is accounted for: it is an own entry's, or the owner's own reading
passed it and found no claim that comes into force. Only what is known accepted may leave the worker.

Source: DESIGN, section 4 (Known accepted).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from eventlog.journal import JournalFold, Verdict, entry_hash
from eventlog.port import Delivery, EndReached, StoredRecord
from eventlog.position import Position
from schemas.codec import UndecodableError, decode_claim, decode_header, encode_entry, is_claim, is_entry
from schemas.entry import BrokenInvariantError, EntryHeader, EntrySource, JournalClaim, SkippedInput

__all__ = ["ENTRY_LIMIT_BYTES", "EntryTooLargeError", "OwnEntries", "OwnEntry", "OwnershipEnd"]

#: Largest entry that is sent: an input record of a broker's usual limit of 1 MiB and as much again for what it led
#: to. The journal's topic is made to take it.
ENTRY_LIMIT_BYTES: Final = 2_000_000


class EntryTooLargeError(Exception):
    """An entry is over the limit; it was not sent."""


class OwnershipEnd(Enum):
    """Why an owner may not go on writing."""

    #: A write failed; what became of it is found by claiming and reading again.
    WRITE_FAILED = "write_failed"
    #: A write can never succeed: the partition stops with an alarm.
    WRITE_REFUSED = "write_refused"
    #: Another claim came into force.
    CLAIMED_BY_OTHER = "claimed_by_other"


@dataclass(slots=True)
class OwnEntry:
    """An own entry on its way."""

    header: EntryHeader
    value: bytes
    value_hash: bytes
    is_acknowledged: bool = False
    #: Where it stands, once that is known.
    offset: int | None = None


class OwnEntries:
    """The entries that one ownership writes, from its claim on.

    It does no I/O: the worker sends what `seal` gives, and brings deliveries and what its reading passed.
    """

    def __init__(self, partition: int, at_claim: Position, *, claim_tag: int = 0) -> None:
        """Begin after the claim.

        Args:
            partition: Journal partition.
            at_claim: The position right behind the claim; the claim in force there is the own.
            claim_tag: Tag of the claim's write. Entries are tagged from there on, so that a delivery which belongs to
                an earlier ownership of the same worker, and comes late, is never taken for one of these.
        """
        assert at_claim.claim is not None, "an ownership begins with its claim in force"
        self._claim: JournalClaim = at_claim.claim
        # The own view runs ahead of what is known: it holds everything sealed.
        self._ahead = JournalFold(partition, at_claim)
        # What is known accepted: the only thing that stores and positions may show.
        self._known = JournalFold(partition, at_claim)
        self._pending: deque[OwnEntry] = deque()
        # Every journal offset below this one is accounted for.
        self._accounted = at_claim.next_offset
        #: Difference between an entry's tag and its sequence.
        self._tag_shift = claim_tag - at_claim.sequence
        self._claim_tag = claim_tag
        self._end: OwnershipEnd | None = None
        self._failure_text = ""

    @property
    def end(self) -> OwnershipEnd | None:
        """Why the ownership has ended; `None` while it lasts."""
        return self._end

    @property
    def failure_text(self) -> str:
        """What the log said to the write that failed."""
        return self._failure_text

    @property
    def in_flight(self) -> int:
        """How many own entries are not yet known accepted."""
        return len(self._pending)

    @property
    def position(self) -> Position:
        """The position after the last own entry that is known accepted."""
        return self._known.position

    @property
    def next_sequence(self) -> int:
        """The sequence that the next sealed entry gets."""
        return self._ahead.sequence + 1

    def tag_of(self, entry: OwnEntry) -> int:
        """Give the tag that an own entry is sent with."""
        return entry.header.sequence + self._tag_shift

    def source_offset(self, topic: str) -> int:
        """Give the offset of the last input record that a sealed entry decided; -1 when none did."""
        return self._ahead.source_offset(topic)

    def seal(
        self,
        body: bytes,
        source: EntrySource | None,
        *,
        skipped_inputs: list[SkippedInput] | None = None,
        message_count: int = 0,
    ) -> OwnEntry:
        """Give the next own entry, ready to be sent; it must be sent, in this order, or the ownership given up.

        Raises:
            EntryTooLargeError: when it is over the limit; nothing has changed then.
            BrokenInvariantError: when readers would not accept it.
        """
        header = EntryHeader(
            epoch=self._claim.epoch,
            writer_id=self._claim.writer_id,
            sequence=self._ahead.sequence + 1,
            previous_hash=self._ahead.last_hash,
            source=source,
            skipped_inputs=skipped_inputs or [],
            message_count=message_count,
        )
        value = encode_entry(header, body)
        if len(value) > ENTRY_LIMIT_BYTES:
            msg = f"the entry has {len(value)} bytes, the limit is {ENTRY_LIMIT_BYTES}"
            raise EntryTooLargeError(msg)
        verdict = self._ahead.judge(header)
        if verdict is not Verdict.ACCEPTED:
            msg = f"readers would not accept the own entry {header.sequence}: {verdict.value}"
            raise BrokenInvariantError(msg)
        entry = OwnEntry(header, value, entry_hash(value))
        self._ahead.accept(header, entry.value_hash, -1)
        self._pending.append(entry)
        return entry

    def take_delivery(self, delivery: Delivery) -> None:
        """Take what became of a write to the journal; those of before the own entries are passed over."""
        if delivery.tag <= self._claim_tag:
            return
        if delivery.error is not None:
            # Later writes may have succeeded, but readers cannot accept them: the chain has a hole.
            refused = delivery.error.is_permanent
            self._finish(OwnershipEnd.WRITE_REFUSED if refused else OwnershipEnd.WRITE_FAILED)
            self._failure_text = delivery.error.text
            return
        entry = self._find(delivery.tag - self._tag_shift)
        if entry is None:
            return
        entry.is_acknowledged = True
        if delivery.offset is not None:
            entry.offset = delivery.offset

    def take_read(self, item: StoredRecord | EndReached) -> None:
        """Take what the owner's own reading of the journal passed, in log order without leaving anything out."""
        if isinstance(item, EndReached):
            self._accounted = max(self._accounted, item.next_offset)
            return
        if item.offset < self._accounted:
            return
        self._accounted = item.offset + 1
        value = item.value
        if value is None:
            return
        try:
            if is_claim(value):
                if decode_claim(value).epoch > self._claim.epoch:
                    self._finish(OwnershipEnd.CLAIMED_BY_OTHER)
            elif is_entry(value):
                header, _ = decode_header(value)
                if (header.epoch, header.writer_id) == (self._claim.epoch, self._claim.writer_id):
                    entry = self._find(header.sequence)
                    if entry is not None:
                        entry.offset = item.offset
        except UndecodableError:
            return

    def wanted_offset(self) -> int | None:
        """Give the journal offset from which the owner must read for itself, or `None` when nothing is missing."""
        if self._end is not None or not self._pending:
            return None
        head = self._pending[0]
        is_gap = head.is_acknowledged and (head.offset is None or head.offset > self._accounted)
        return self._accounted if is_gap else None

    def take_known(self) -> list[OwnEntry]:
        """Give the own entries that became known accepted since asked last, in sequence order."""
        known: list[OwnEntry] = []
        while self._pending and self._end is None:
            entry = self._pending[0]
            if not self._is_known(entry):
                break
            offset = entry.offset
            assert offset is not None, "a known entry has a place"
            self._accounted = max(self._accounted, offset + 1)
            self._known.accept(entry.header, entry.value_hash, offset)
            self._known.pass_over(offset + 1)
            known.append(self._pending.popleft())
        return known

    def _is_known(self, entry: OwnEntry) -> bool:
        return entry.is_acknowledged and entry.offset is not None and entry.offset <= self._accounted

    def _find(self, sequence: int) -> OwnEntry | None:
        if not self._pending:
            return None
        index = sequence - self._pending[0].header.sequence
        return self._pending[index] if 0 <= index < len(self._pending) else None

    def _finish(self, end: OwnershipEnd) -> None:
        if self._end is None:
            self._end = end
