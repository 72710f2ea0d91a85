"""What counts in a journal: the one fold that every reader of a partition applies alike.

Atomicity comes from writing one record, exactly-once from these rules. A claim is in force if its epoch is above that
of the claim in force before it. An entry counts only if it is of the claim in force, continues sequence and hash, and
decides an input record that lies behind the last one decided of its topic. Everything else is skipped and counted.

Source: DESIGN, section 4 (Claim, Acceptance). A model of the protocol was explored with each rule left out in turn,
and each time a violation was found.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from enum import Enum

from eventlog.port import OffsetLost, StoredRecord
from eventlog.position import START, Position
from schemas.codec import UndecodableError, decode_claim, decode_header, is_claim, is_entry
from schemas.entry import EntryHeader, JournalClaim

__all__ = [
    "JournalFold",
    "JournalReplacedError",
    "Verdict",
    "check_anchor",
    "entry_hash",
    "first_offset",
    "lost_journal",
]


class Verdict(Enum):
    """What a journal record is to its readers."""

    ACCEPTED = "accepted"
    CLAIM_IN_FORCE = "claim_in_force"
    #: A claim whose epoch is not above the one in force.
    CLAIM_OUTRUN = "claim_outrun"
    #: Neither a claim nor an entry that can be read.
    UNREADABLE = "unreadable"
    #: Written under another claim than the one in force.
    STALE_WRITER = "stale_writer"
    #: Does not continue sequence and hash.
    BROKEN_CHAIN = "broken_chain"
    #: Decides a record of another partition, or one that was decided before.
    WRONG_SOURCE = "wrong_source"


def entry_hash(value: bytes) -> bytes:
    """Give the hash that the next entry must name: SHA-256 over the stored value."""
    return hashlib.sha256(value).digest()


class JournalReplacedError(Exception):
    """The log does not hold what a position was made from: it was cut, or replaced. Stop; do not go on from here."""


def first_offset(position: Position) -> int:
    """Give the offset to begin reading at: the last accepted entry if there is one, to see that it is the same."""
    return position.entry_offset if position.sequence else position.next_offset


def check_anchor(record: StoredRecord, position: Position) -> None:
    """Check that the first record read is the entry that the position was made from; only if it has one.

    Raises:
        JournalReplacedError: when it is not.
    """
    if position.sequence and (record.offset, entry_hash(record.value or b"")) != (
        position.entry_offset,
        position.hash,
    ):
        msg = (
            f"journal partition {record.partition} does not have entry {position.sequence} at offset "
            f"{position.entry_offset} as it was when the position was taken: the journal was cut or replaced"
        )
        raise JournalReplacedError(msg)


def lost_journal(lost: OffsetLost) -> JournalReplacedError:
    """Give the error for a journal that does not hold the offset to read from."""
    return JournalReplacedError(
        f"journal partition {lost.partition} holds offsets {lost.bounds.first} to {lost.bounds.next}, but reading was "
        f"to go on at {lost.wanted_offset}: the journal was cut or replaced"
    )


class JournalFold:
    """Folds one journal partition, record by record, from a position on."""

    def __init__(self, partition: int, position: Position = START) -> None:
        """Begin at `position`; `partition` is the journal's own number."""
        self.partition = partition
        self._next_offset = position.next_offset
        self._claim = position.claim
        self._sequence = position.sequence
        self._hash = position.hash
        self._entry_offset = position.entry_offset
        self._source_offsets = dict(position.source_offsets)
        #: How many records had which verdict since this fold began.
        self.counts: Counter[Verdict] = Counter()
        #: Where in its value the body of the entry taken last begins, for who decodes it next.
        self.body_at = 0

    @property
    def position(self) -> Position:
        """The position after everything folded so far."""
        return Position(
            next_offset=self._next_offset,
            claim=self._claim,
            sequence=self._sequence,
            hash=self._hash,
            entry_offset=self._entry_offset,
            source_offsets=dict(self._source_offsets),
        )

    @property
    def next_offset(self) -> int:
        """The journal offset after the last folded record."""
        return self._next_offset

    @property
    def sequence(self) -> int:
        """The sequence of the last accepted entry."""
        return self._sequence

    @property
    def last_hash(self) -> bytes:
        """The hash of the last accepted entry."""
        return self._hash

    @property
    def claim(self) -> JournalClaim | None:
        """The claim in force."""
        return self._claim

    def source_offset(self, topic: str) -> int:
        """Give the offset of the last decided record of an input topic; -1 when there is none."""
        return self._source_offsets.get(topic, -1)

    def take(self, record: StoredRecord) -> tuple[Verdict, EntryHeader | JournalClaim | None]:
        """Fold the next record of the log; give what it is, with its claim or header where it could be read."""
        verdict, part = self._take_value(record.value, record.offset)
        self._next_offset = record.offset + 1
        self.counts[verdict] += 1
        return verdict, part

    def pass_over(self, next_offset: int) -> None:
        """Note that the log holds nothing below `next_offset` that was not folded (holes at its end).

        Raises:
            JournalReplacedError: when it ends before what was folded.
        """
        if next_offset < self._next_offset:
            msg = (
                f"journal partition {self.partition} ends at offset {next_offset}, but was folded up to "
                f"{self._next_offset}: the journal was cut or replaced"
            )
            raise JournalReplacedError(msg)
        self._next_offset = next_offset

    def _take_value(self, value: bytes | None, offset: int) -> tuple[Verdict, EntryHeader | JournalClaim | None]:
        if value is None:
            return Verdict.UNREADABLE, None
        try:
            if is_claim(value):
                claim = decode_claim(value)
                return self._take_claim(claim), claim
            if not is_entry(value):
                return Verdict.UNREADABLE, None
            header, self.body_at = decode_header(value)
        except UndecodableError:
            return Verdict.UNREADABLE, None
        verdict = self.judge(header)
        if verdict is Verdict.ACCEPTED:
            self.accept(header, entry_hash(value), offset)
        return verdict, header

    def _take_claim(self, claim: JournalClaim) -> Verdict:
        if not self._is_in_force(claim):
            return Verdict.CLAIM_OUTRUN
        self._claim = claim
        return Verdict.CLAIM_IN_FORCE

    def judge(self, header: EntryHeader) -> Verdict:
        """Tell whether an entry with this header would count here; changes nothing.

        The owner asks before it sends, so that a bug never becomes a record that others skip.
        """
        if not self._is_of_writer_in_force(header):
            return Verdict.STALE_WRITER
        if not self._continues_chain(header):
            return Verdict.BROKEN_CHAIN
        if not self._has_new_source(header):
            return Verdict.WRONG_SOURCE
        return Verdict.ACCEPTED

    def accept(self, header: EntryHeader, value_hash: bytes, offset: int) -> None:
        """Take an entry that `judge` accepted; `offset` is -1 while the owner does not know it yet."""
        self._sequence = header.sequence
        self._hash = value_hash
        self._entry_offset = offset
        if header.source is not None:
            self._source_offsets[header.source.topic] = header.source.offset
        for skip in header.skipped_inputs:
            self._source_offsets[skip.topic] = max(self.source_offset(skip.topic), skip.next_offset - 1)

    # Each safeguard is a method of its own, so that a test can take exactly one out and show what then breaks.

    def _is_in_force(self, claim: JournalClaim) -> bool:
        return self._claim is None or claim.epoch > self._claim.epoch

    def _is_of_writer_in_force(self, header: EntryHeader) -> bool:
        claim = self._claim
        return claim is not None and (header.epoch, header.writer_id) == (claim.epoch, claim.writer_id)

    def _continues_chain(self, header: EntryHeader) -> bool:
        return header.sequence == self._sequence + 1 and header.previous_hash == self._hash

    def _has_new_source(self, header: EntryHeader) -> bool:
        source = header.source
        if source is None:
            return True
        return source.partition == self.partition and source.offset > self.source_offset(source.topic)
