"""What must hold after any schedule, found from the log alone.

The rules of acceptance stand here a second time, written from the design and not from `eventlog`: what the engine
accepts is compared with what it should have accepted. Only the codec and the fold of entries are shared.

Source: DESIGN, section 4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from eventlog.memory import MemoryLog
from eventlog.port import StoredRecord, TopicPartition
from eventlog.position import START, Position
from eventlog.relay import NUMBER_HEADER, SENDER_HEADER
from processors.evolution import evolve
from processors.state import PART_TYPES
from processors.worker.store import MemoryStore, Store
from schemas.codec import decode_claim, decode_entry, is_claim, is_entry
from schemas.entry import Entry, EntryHeader
from schemas.topic import INPUTS, JOURNAL, MESSAGES

__all__ = ["Accepted", "Books", "BrokenPromiseError", "parts_of", "read_books", "read_records"]

_EVERYTHING: Final = 1_000_000_000


class BrokenPromiseError(Exception):
    """Something that must always hold does not."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry that counts."""

    offset: int
    hash: bytes
    header: EntryHeader
    entry: Entry


def read_records(log: MemoryLog, topic: str, partition: int) -> list[StoredRecord]:
    """Give everything that a partition holds."""
    return list(log.partition(TopicPartition(topic, partition)).records)


def parts_of(store: Store) -> dict[str, Any]:
    """Give every part that a store holds, by key."""
    return {key: part for letter in sorted(PART_TYPES) for key, part in store.scan(f"{letter}/", _EVERYTHING)}


def _accept(records: Iterable[StoredRecord], partition: int) -> list[Accepted]:
    """Read a journal by the rules: claims by epoch, entries by writer, chain and source."""
    epoch, writer_id = 0, b""
    accepted: list[Accepted] = []
    decided: dict[str, int] = {}
    for record in records:
        value = record.value or b""
        if is_claim(value):
            claim = decode_claim(value)
            if claim.epoch > epoch:
                epoch, writer_id = claim.epoch, claim.writer_id
        elif is_entry(value):
            header, entry = decode_entry(value)
            source = header.source
            last_hash = accepted[-1].hash if accepted else bytes(32)
            if (
                (header.epoch, header.writer_id) == (epoch, writer_id)
                and (header.sequence, header.previous_hash) == (len(accepted) + 1, last_hash)
                and (
                    source is None
                    or (source.partition, True) == (partition, source.offset > decided.get(source.topic, -1))
                )
            ):
                accepted.append(Accepted(record.offset, sha256(value).digest(), header, entry))
                if source is not None:
                    decided[source.topic] = source.offset
    return accepted


@dataclass(slots=True)
class Books:
    """The accepted entries of all partitions, and what follows from them."""

    log: MemoryLog
    journals: list[list[Accepted]]
    #: By tenant and account, without those that came to nothing.
    balances: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    #: Public input topic, partition and place in it → outcome and reason.
    outcomes: dict[tuple[str, int, int], tuple[str, str]] = field(default_factory=dict)

    def check(self) -> None:
        """Check what one log must hold: every input decided once, messages dense, carried and taken.

        Raises:
            BrokenPromiseError: telling what does not hold.
        """
        for partition, journal in enumerate(self.journals):
            for topic in INPUTS:
                self._check_inputs(topic.name, partition, journal)
        self._check_messages()

    def _check_inputs(self, topic: str, partition: int, journal: Sequence[Accepted]) -> None:
        wanted = [record.offset for record in read_records(self.log, topic, partition)]
        sources = [one.header.source for one in journal]
        decided = [source.offset for source in sources if source is not None and source.topic == topic]
        if wanted != decided:
            missing, surplus = Counter(wanted) - Counter(decided), Counter(decided) - Counter(wanted)
            msg = (
                f"{topic}/{partition}: each record is decided once, in order; but {sorted(missing)} never, "
                f"{sorted(surplus.elements())} too often"
            )
            raise BrokenPromiseError(msg)

    def _check_messages(self) -> None:
        sent: dict[tuple[int, int], list[int]] = {}
        taken: dict[tuple[int, int], list[int]] = {}
        for partition, journal in enumerate(self.journals):
            for one in journal:
                for message in one.entry.messages:
                    sent.setdefault((partition, message.target_partition), []).append(message.number)
                if one.entry.message_taken is not None:
                    taken.setdefault((one.entry.message_taken.sender, partition), []).append(
                        one.entry.message_taken.number
                    )
        for pair, numbers in sent.items():
            if numbers != list(range(1, len(numbers) + 1)):
                msg = f"messages of partition {pair[0]} to {pair[1]} are numbered {numbers}"
                raise BrokenPromiseError(msg)
        if sent != taken:
            msg = f"messages were sent as {sent}, and took effect as {taken}"
            raise BrokenPromiseError(msg)
        for target in range(len(self.journals)):
            for record in read_records(self.log, MESSAGES, target):
                headers = dict(record.headers)
                sender, number = int(headers[SENDER_HEADER]), int(headers[NUMBER_HEADER])
                if number > len(sent.get((sender, target), ())):
                    msg = f"partition {target} got message {number} of {sender}, which no entry that counts has sent"
                    raise BrokenPromiseError(msg)

    def check_position(self, partition: int, position: Position, whose: str) -> None:
        """Check that a position lies on the accepted chain, whatever was accepted since.

        Raises:
            BrokenPromiseError: when it does not.
        """
        if position == START or not position.sequence:
            return
        journal = self.journals[partition]
        one = journal[position.sequence - 1] if position.sequence <= len(journal) else None
        if one is None or (one.hash, one.offset) != (position.hash, position.entry_offset):
            msg = (
                f"{whose} stands at entry {position.sequence} of partition {partition}, at offset "
                f"{position.entry_offset}, which is not the accepted one"
            )
            raise BrokenPromiseError(msg)

    def check_stores(self, partition: int, stores: Mapping[str, Store]) -> None:
        """Check that each store of a partition holds exactly what a fold from the start gives.

        Raises:
            BrokenPromiseError: naming the first part that differs.
        """
        for whose, store in stores.items():
            self.check_position(partition, store.position(), whose)
        fold = MemoryStore()
        sequence = 0
        for whose, store in sorted(stores.items(), key=lambda one: one[1].position().sequence):
            for one in self.journals[partition][sequence : store.position().sequence]:
                fold.write(evolve(fold, one.entry, one.header.source), START)
            sequence = store.position().sequence
            held, folded = parts_of(store), parts_of(fold)
            for key in sorted(held.keys() | folded.keys()):
                if held.get(key) != folded.get(key):
                    msg = f"{whose} holds {held.get(key)} as {key}, a fold up to {sequence} gives {folded.get(key)}"
                    raise BrokenPromiseError(msg)


def read_books(log: MemoryLog, partition_count: int) -> Books:
    """Read all journals of a log.

    Raises:
        BrokenPromiseError: when an entry has no source record, or another than the log holds.
    """
    journals = [_accept(read_records(log, JOURNAL, partition), partition) for partition in range(partition_count)]
    books = Books(log, journals)
    for partition, journal in enumerate(journals):
        places = {
            topic.name: {record.offset: at for at, record in enumerate(read_records(log, topic.name, partition))}
            for topic in INPUTS
        }
        for one in journal:
            for posting in one.entry.postings:
                books.balances[one.entry.tenant, *posting.account] += posting.amount_minor
            source = one.header.source
            if source is None or source.topic == MESSAGES:
                continue
            rejection = one.entry.rejection
            at = places[source.topic][source.offset]
            books.outcomes[source.topic, partition, at] = (
                one.entry.outcome,
                "" if rejection is None else rejection.reason,
            )
    for account in [account for account, amount in books.balances.items() if not amount]:
        del books.balances[account]
    return books
