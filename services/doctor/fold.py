"""A journal partition read from its beginning: what counts, folded into a state in memory, with notes for the checks.

Belongs here: one pass over one partition. What is compared with what is known to `verify` and `balance`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from eventlog.journal import JournalFold, Verdict
from eventlog.port import EndReached, Log, OffsetLost, StoredRecord, TopicPartition
from eventlog.position import START, Position
from processors.evolution import evolve
from processors.worker.store import MemoryStore
from schemas.account import Account
from schemas.codec import CONFLUENT_MAGIC, SINGLE_OBJECT_MAGIC, UndecodableError, decode_entry
from schemas.entry import BrokenInvariantError, Entry, EntryHeader, Outcome
from schemas.topic import JOURNAL, MESSAGES
from services.doctor.finding import Finding

__all__ = ["FoldedPartition", "Progress", "TotalProgress", "fold_partition", "record_digest", "shift_progress"]

_POLL_RECORDS: Final = 1_000
_POLL_WAIT_MS: Final = 1_000
#: The frames that may differ between an input record and what the journal keeps of it: Confluent's and single-object.
_SINGLE_OBJECT_FRAME_BYTES: Final = 10
_CONFLUENT_FRAME_BYTES: Final = 5
_DIGEST_BYTES: Final = 16

#: Is told, after each poll, how many journal records were read.
Progress = Callable[[int], None]
#: Is told how many journal records of how many were read, over all partitions.
TotalProgress = Callable[[int, int], None]


def shift_progress(on_progress: TotalProgress, before: int, total: int) -> Progress:
    """Give what tells of one partition's records as of those after `before`."""

    def tell(done: int) -> None:
        on_progress(before + done, total)

    return tell


@dataclass(slots=True, kw_only=True)
class FoldedPartition:
    """What a partition came to."""

    partition: int
    position: Position = START
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    state: MemoryStore = field(default_factory=MemoryStore)
    #: (tenant, account) → balance, from the postings alone.
    sums: dict[tuple[str, Account], int] = field(default_factory=dict)
    #: Input topic → offset of each decided record → digest of what the entry keeps of it; empty where it keeps nothing.
    decided: dict[str, dict[int, bytes]] = field(default_factory=dict)
    #: Input topic → (first, next) offsets that an operator's instruction passed over.
    skipped: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    #: Keys of the dead letters that must be there.
    dead_letters: list[tuple[str, bytes]] = field(default_factory=list)
    #: Target partition → number → digest of a message written to it.
    sent: dict[int, dict[int, bytes]] = field(default_factory=dict)
    #: Sender partition → number → digest of a message taken from it.
    taken: dict[int, dict[int, bytes]] = field(default_factory=dict)
    #: The position at the offset that was asked for; `None` when the journal ends before it.
    marked: Position | None = None
    findings: list[Finding] = field(default_factory=list)


def record_digest(key: bytes | None, headers: list[tuple[str, bytes]], value: bytes | None) -> bytes:
    """Give what tells a record from others: over key, headers, and the payload without its frame."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    payload = value
    if value is not None and value.startswith(SINGLE_OBJECT_MAGIC):
        payload = value[_SINGLE_OBJECT_FRAME_BYTES:]
    elif value is not None and value.startswith(CONFLUENT_MAGIC):
        payload = value[_CONFLUENT_FRAME_BYTES:]
    parts = [key, payload, *(part for name, header in headers for part in (name.encode(), header))]
    for part in parts:
        digest.update(b"-" if part is None else b"%d:" % len(part) + part)
    return digest.digest()


def fold_partition(
    log: Log, partition: int, *, mark: int | None = None, on_progress: Progress = lambda _: None
) -> FoldedPartition:
    """Read a journal partition from its beginning to its end.

    Args:
        log: Where it is; an `EndedLog` ends it earlier.
        partition: Which.
        mark: The offset whose position is wanted besides.
        on_progress: Is told how far the reading has come.

    Raises:
        BrokenLogError: when the log cannot be read just now.
    """
    pass_ = _Pass(FoldedPartition(partition=partition), mark)
    place = TopicPartition(JOURNAL, partition)
    first = log.bounds([place])[place].first
    if first > 0:
        pass_.note("journal", first, f"the journal begins at offset {first}, and must hold everything: it was cut")
        return pass_.folded
    with log.reader() as reader:
        reader.assign({place: 0})
        while not pass_.is_over:
            for item in reader.poll(limit=_POLL_RECORDS, wait_ms=_POLL_WAIT_MS):
                if not pass_.is_over:
                    pass_.take(item)
            on_progress(pass_.fold.next_offset)
    pass_.finish()
    return pass_.folded


class _Pass:
    """The one pass."""

    def __init__(self, folded: FoldedPartition, mark: int | None) -> None:
        self.folded = folded
        self.fold = JournalFold(folded.partition)
        self.is_over = False
        self._mark = mark
        # Entries of the claim in force that do not count, since the last one that does, or the last claim.
        self._broken_since: int | None = None

    def note(self, check: str, offset: int, text: str) -> None:
        place = f"{JOURNAL}/{self.folded.partition}/{offset}"
        self.folded.findings.append(Finding(check=check, place=place, text=text))

    def take(self, item: StoredRecord | EndReached | OffsetLost) -> None:
        if isinstance(item, OffsetLost):
            self.note("journal", item.wanted_offset, "the journal does not hold this offset: it was cut or replaced")
            self.is_over = True
            return
        if isinstance(item, EndReached):
            self._pass_mark(item.next_offset)
            self.fold.pass_over(item.next_offset)
            self.is_over = True
            return
        self._pass_mark(item.offset)
        verdict, part = self.fold.take(item)
        if verdict is Verdict.ACCEPTED and isinstance(part, EntryHeader) and item.value is not None:
            self._broken_since = None
            try:
                self._take_entry(item, part, decode_entry(item.value)[1])
            except UndecodableError as error:
                self.note("decoding", item.offset, f"the accepted entry cannot be decoded: {error}")
                self.is_over = True
            except (BrokenInvariantError, AssertionError, KeyError) as error:
                self.note("invariant", item.offset, f"the accepted entry breaks what must always hold: {error}")
                self.is_over = True
        elif verdict is Verdict.CLAIM_IN_FORCE:
            self._broken_since = None
        elif verdict in (Verdict.BROKEN_CHAIN, Verdict.WRONG_SOURCE) and self._broken_since is None:
            self._broken_since = item.offset

    def _pass_mark(self, offset: int) -> None:
        if self._mark is not None and offset >= self._mark:
            self.folded.marked, self._mark = self.fold.position, None

    def _take_entry(self, record: StoredRecord, header: EntryHeader, entry: Entry) -> None:
        folded = self.folded
        folded.state.write(evolve(folded.state, entry, header.source), START)
        folded.outcomes[entry.outcome] += 1
        for posting in entry.postings:
            key = entry.tenant, posting.account
            folded.sums[key] = folded.sums.get(key, 0) + posting.amount_minor
        self._take_source(header, entry)
        for skip in header.skipped_inputs:
            ranges = folded.skipped.setdefault(skip.topic, [])
            passed = [*folded.decided.get(skip.topic, ()), *(after - 1 for _, after in ranges), -1]
            ranges.append((max(passed) + 1, skip.next_offset))
        body = b""
        for message in entry.messages:
            body = message.body or body
            folded.sent.setdefault(message.target_partition, {})[message.number] = _digest(body)
        if entry.message_taken is not None and entry.record is not None:
            taken = folded.taken.setdefault(entry.message_taken.sender, {})
            taken[entry.message_taken.number] = _digest(entry.record.value or b"")
        if len(entry.messages) != header.message_count:
            self.note(
                "messages", record.offset, f"the header tells {header.message_count} messages of {len(entry.messages)}"
            )

    def _take_source(self, header: EntryHeader, entry: Entry) -> None:
        source, kept = header.source, entry.record
        if source is None or kept is None:
            return
        is_undecodable = entry.outcome == Outcome.UNDECODABLE.value
        digest = b""
        if not (is_undecodable and kept.value is None):
            digest = record_digest(kept.key, [(one.name, one.value) for one in kept.headers], kept.value)
        self.folded.decided.setdefault(source.topic, {})[source.offset] = digest
        if is_undecodable and source.topic != MESSAGES:
            letter = f"{source.topic}/{source.partition}/{source.offset}"
            self.folded.dead_letters.append((source.topic, letter.encode()))

    def finish(self) -> None:
        folded = self.folded
        folded.position = self.fold.position
        folded.verdicts = self.fold.counts
        if self._broken_since is not None:
            self.note(
                "chain",
                self._broken_since,
                "from here on entries of the claim in force do not continue the chain, and do not count: the owner "
                "wrote past a lost entry and has not claimed again, or an entry before was changed",
            )


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()
