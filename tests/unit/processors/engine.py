"""A whole cluster as pure functions: records go in, entries come out and are folded at once, messages are carried.

Every entry is encoded and read back on its way, and every posting is added up apart from the state, so that what a test
sees is what any reader of the journal would see.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Final

from eventlog.port import Record, StoredRecord
from eventlog.position import START
from eventlog.relay import message_record
from processors.context import Context, Incoming
from processors.decider import decide
from processors.dispatch import address_of
from processors.evolution import evolve
from processors.rules.book import EMPTY_BOOK, build_book
from processors.rules.document import canonical_json
from processors.rules.programme import Programme
from processors.rules.source import parse_source
from processors.state import ADOPTION_KEYS, Delta
from processors.tick import decide_tick, next_due_ms
from processors.worker.store import MemoryStore
from schemas.account import Account
from schemas.business_time import parse_instant
from schemas.codec import (
    Event,
    UndecodableError,
    decode_entry,
    decode_event,
    encode_entry,
    encode_entry_body,
    encode_event,
)
from schemas.entry import Entry, EntryHeader, EntrySource
from schemas.ids import entity_key
from schemas.partitioner import partition_of
from schemas.record.instruction import OperatorInstructed
from schemas.record.rule import CampaignPublished, ProgrammeChanged
from schemas.topic import INPUTS, MESSAGES

#: When rules are published, unless a test says otherwise: before everything that happens.
PUBLISHED_MS: Final = parse_instant("2016-12-01T00:00:00Z")
TOPICS: Final = {topic.schema: topic.name for topic in INPUTS if topic.schema}
_TIMES: Final = ("occurred_at_ms", "issued_at_ms", "published_at_ms", "computed_at_ms")


class Desk:
    """One partition: its state, rule book and clock."""

    def __init__(self, partition: int, partition_count: int) -> None:
        self.partition = partition
        self.partition_count = partition_count
        self.store = MemoryStore()
        self.book = EMPTY_BOOK
        self.clock_ms = 0
        self.entries: list[Entry] = []
        self._offsets: Counter[str] = Counter()

    def place(self, topic: str, record: Record, log_time_ms: int) -> StoredRecord:
        """Give the record its place at the end of a topic."""
        offset = self._offsets[topic]
        self._offsets[topic] += 1
        key, value, headers = record
        return StoredRecord(topic, self.partition, offset, log_time_ms, key, value, headers)

    def context(self, clock_ms: int) -> Context:
        """Give what the next decision is told."""
        return Context(
            partition=self.partition,
            partition_count=self.partition_count,
            clock_ms=clock_ms,
            sequence=len(self.entries) + 1,
            book=self.book,
        )

    def decide(self, record: StoredRecord) -> Entry:
        """Decide a record, and then what it made due."""
        entry = decide(self.store, read(record), self.context(max(self.clock_ms, record.log_time_ms)))
        self.fold(entry, EntrySource(**{name: getattr(record, name) for name in EntrySource.__struct_fields__}))
        while (due_ms := next_due_ms(self.store)) is not None and due_ms <= self.clock_ms:
            self.tick(self.clock_ms)
        return entry

    def tick(self, clock_ms: int) -> Entry | None:
        """Write one tick at a clock, if anything is due."""
        entry = decide_tick(self.store, self.context(clock_ms))
        if entry is not None:
            self.fold(entry, None)
        return entry

    def fold(self, entry: Entry, source: EntrySource | None) -> Delta:
        """Write an entry: through its bytes, into the state."""
        header = EntryHeader(
            epoch=1, writer_id=bytes(16), sequence=len(self.entries) + 1, previous_hash=bytes(32), source=source
        )
        assert decode_entry(encode_entry(header, encode_entry_body(entry))) == (header, entry)
        delta = evolve(self.store, entry, source)
        self.store.write(delta, START)
        self.entries.append(entry)
        self.clock_ms = entry.clock_ms
        if entry.adoptions:
            adopted = self.store.scan(ADOPTION_KEYS, 10_000)
            self.book = build_book([(key.split("/")[1], document) for key, document in adopted])
        return delta


def read(record: StoredRecord) -> Incoming:
    """Read a record as far as it can be read."""
    try:
        return Incoming(record=record, decoded=decode_event(record.value))
    except UndecodableError as error:
        return Incoming(record=record, decoded=None, failure=str(error))


class Engine:
    """All partitions, and what is on its way between them."""

    def __init__(self, partition_count: int = 1) -> None:
        self.desks = [Desk(number, partition_count) for number in range(partition_count)]
        #: Every entry in the order of decision.
        self.entries: list[Entry] = []
        #: Records that carry messages, with the partition they go to.
        self.under_way: deque[tuple[int, Record]] = deque()
        self._told = [0] * partition_count

    def send(self, event: Event, *, log_time_ms: int | None = None, key: bytes | None = None) -> Entry:
        """Write a record as a producer would, decide it and carry every message; give the record's own entry.

        Args:
            event: The record.
            log_time_ms: When the log takes it; left out: when it happened.
            key: Left out: that of its entity.
        """
        entry = self.send_alone(event, log_time_ms=log_time_ms, key=key)
        self.settle()
        return entry

    def send_alone(self, event: Event, *, log_time_ms: int | None = None, key: bytes | None = None) -> Entry:
        """As `send`, but leave messages under way."""
        value = encode_event(event)
        topic = TOPICS[decode_event(value).schema]
        address = address_of(event, 0)
        keyed = entity_key(address.tenant, address.entity_id) if key is None else key
        partition = partition_of(keyed, len(self.desks))
        if isinstance(event, OperatorInstructed):
            partition, keyed = 0, b"0"
        desk = self.desks[partition]
        happened_ms = next((getattr(event, name) for name in _TIMES if hasattr(event, name)), 0)
        at_ms = max(desk.clock_ms, happened_ms) if log_time_ms is None else log_time_ms
        return self.put(topic, partition, Record(keyed, value), at_ms)

    def put(self, topic: str, partition: int, record: Record, log_time_ms: int) -> Entry:
        """Write bytes into a topic and decide them."""
        desk = self.desks[partition]
        entry = desk.decide(desk.place(topic, record, log_time_ms))
        self._tell(desk)
        return entry

    def _tell(self, desk: Desk) -> None:
        fresh = desk.entries[self._told[desk.partition] :]
        self._told[desk.partition] = len(desk.entries)
        self.entries += fresh
        for entry in fresh:
            body = b""
            for message in entry.messages:
                body = message.body or body
                record = message_record(entry.tenant, desk.partition, message, body)
                self.under_way.append((message.target_partition, record))

    def settle(self) -> None:
        """Carry every message, and those that they lead to."""
        while self.under_way:
            self.carry()

    def carry(self) -> Entry:
        """Carry the oldest message."""
        partition, record = self.under_way.popleft()
        return self.put(MESSAGES, partition, record, self.desks[partition].clock_ms)

    def advance(self, at_ms: int) -> list[Entry]:
        """Let time pass with nobody buying; give the ticks."""
        ticks = []
        for desk in self.desks:
            while (due_ms := next_due_ms(desk.store)) is not None and due_ms <= at_ms:
                entry = desk.tick(max(desk.clock_ms, at_ms))
                assert entry is not None, "something is due"
                ticks.append(entry)
            self._tell(desk)
        return ticks

    def publish(self, source: str | Mapping[str, Any], *, at_ms: int = PUBLISHED_MS) -> Entry:
        """Publish a campaign or a programme's settings, a YAML text or its data, and let every partition adopt it."""
        if isinstance(source, str):
            document = parse_source(source, "test.yaml")
            parsed, text = document.parsed, document.document
            told: dict[str, Any] = {name: getattr(parsed, name) for name in ("tenant", "programme", "version")}
            campaign_id = None if isinstance(parsed, Programme) else parsed.campaign
        else:
            text = canonical_json(source)
            told = {name: source[name] for name in ("tenant", "programme", "version")}
            campaign_id = source.get("campaign")
        told |= {"document": text, "published_at_ms": at_ms}
        if campaign_id is None:
            return self.send(ProgrammeChanged(**told), log_time_ms=at_ms)
        return self.send(CampaignPublished(campaign_id=campaign_id, **told), log_time_ms=at_ms)

    def balances(self) -> dict[Account, int]:
        """Give every balance that is not zero, added up from the postings of all entries."""
        sums: Counter[Account] = Counter()
        for entry in self.entries:
            for posting in entry.postings:
                sums[posting.account] += posting.amount_minor
        return {account: amount for account, amount in sorted(sums.items()) if amount}

    def points(self, member_id: str, subaccount: str = "available") -> int:
        """Give a member's points."""
        account = Account("member", "", member_id, subaccount, "POINT:journey")
        return self.balances().get(account, 0)
