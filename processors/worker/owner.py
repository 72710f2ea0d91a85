"""One partition in the hands of its owner: takes inputs in order, decides, seals; keeps what is known accepted.

Does no I/O but its store: the loop brings records and deliveries, and sends what stands in `outbox`.

Stays whole: that a record has exactly one entry, and that nothing of it can end the worker, is seen by reading from its
taking to its sealing.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from typing import Final

import msgspec

from eventlog.port import Delivery, EndReached, OffsetLost, StoredRecord
from eventlog.position import Position
from eventlog.writer import EntryTooLargeError, OwnEntries, OwnEntry, OwnershipEnd
from processors.context import Context, Incoming
from processors.decider import decide, park
from processors.evolution import evolve
from processors.rules.book import Book, build_book
from processors.state import ADOPTION_KEYS, CLOCK_KEY, DUE_KEYS, BrokenStateError, Delta
from processors.tick import decide_tick, next_due_ms
from processors.worker.ahead import StateAhead
from processors.worker.dead_letter import DeadLetters
from processors.worker.merge import InputMerge
from processors.worker.store import Store
from schemas.business_time import DAY_MS, format_instant
from schemas.codec import SchemaResolver, UndecodableError, decode_event, encode_entry_body
from schemas.entry import BrokenInvariantError, Entry, EntrySource, Outcome, SkippedInput
from schemas.record.instruction import OperatorInstructed
from schemas.topic import INPUTS, JOURNAL, MESSAGES

__all__ = [
    "INSTRUCTIONS_LOST",
    "OPERATOR_TOPIC",
    "NotAcceptedError",
    "PartitionOwner",
    "Rules",
    "Standstill",
    "load_book",
]

OPERATOR_TOPIC: Final = INPUTS[0].name
#: Counted beside the outcomes of entries when instructions were cut before they were decided: an alarm for a person.
INSTRUCTIONS_LOST: Final = "INSTRUCTIONS_LOST"
#: Own entries that may be on their way at a time: enough to fill batches, few enough to drop without regret.
IN_FLIGHT_LIMIT: Final = 2_000
#: How often a record that fails is tried before its entity is parked. A decision depends on nothing but its
#: arguments, so the second try only rules out a passing lack of memory.
_TRIES: Final = 2
#: A record of more than this (key, headers and value) cannot stand in an entry whole; it is a dead letter. A broker's
#: usual limit.
RECORD_LIMIT_BYTES: Final = 1_048_576
#: How far a log time may lie ahead of wall time.
_CLOCK_LIMIT_MS: Final = DAY_MS
#: Adopted documents of one partition; bounds the scan.
_DOCUMENT_LIMIT: Final = 1_000_000


class Standstill(Enum):
    """Why a partition stands still although it is owned: an alarm for a person."""

    #: An input topic does not hold the offset to go on at.
    INPUT_LOST = "input_lost"
    #: A record's log time lies far ahead of wall time.
    CLOCK_AHEAD = "clock_ahead"
    #: An entry or a dead letter can never be written.
    WRITE_REFUSED = "write_refused"


class NotAcceptedError(BrokenInvariantError):
    """Readers would not accept the own entry: a bug of the worker, never of the record, so nothing is parked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an owner is set up with."""

    partition_count: int
    #: Turns Confluent schema ids into schemas; `None` without a registry.
    resolver: SchemaResolver | None
    #: Wall time, UTC milliseconds: only to compare log times with, and for ticks when nothing comes.
    now_ms: Callable[[], int]
    #: Tags of dead letters, over all partitions and ownerships.
    letter_tags: Iterator[int] = field(default_factory=count)


def load_book(store: Store | StateAhead) -> Book:
    """Compile the rule book that a partition has adopted."""
    adopted = store.scan(ADOPTION_KEYS, _DOCUMENT_LIMIT)
    return build_book([(key.split("/")[1], document) for key, document in adopted])


class PartitionOwner:
    """The decisions of one ownership, from its claim to its end."""

    def __init__(self, partition: int, store: Store, at_claim: Position, rules: Rules, claim_tag: int = 0) -> None:
        """Begin behind the own claim, whose write had the tag `claim_tag`; the store holds everything before it."""
        self.partition = partition
        self.own = OwnEntries(partition, at_claim, claim_tag=claim_tag)
        self.merge = InputMerge(
            tuple(topic.name for topic in INPUTS),
            {topic.name: at_claim.source_offsets.get(topic.name, -1) + 1 for topic in INPUTS},
        )
        #: Journal records to send, in order.
        self.outbox: list[OwnEntry] = []
        self.dead_letters = DeadLetters(rules.letter_tags)
        self.standstill: Standstill | None = None
        self.standstill_text = ""
        #: Known accepted entries by outcome, and by reason of refusal, since this ownership began.
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        #: Topics to read anew, because an operator skipped a loss.
        self.reassign: set[str] = set()
        self._rules = rules
        self._state = StateAhead(store)
        self._book = load_book(store)
        self._clock_ms: int = store.get(CLOCK_KEY) or 0
        self._next_due_ms = next_due_ms(store)
        self._sealed: deque[tuple[str, str]] = deque()
        #: Offset of the last instruction for which the bounds of its lost topic were asked again.
        self._asked_for = -1

    @property
    def clock_ms(self) -> int:
        """The partition clock, with everything sealed."""
        return self._clock_ms

    def take_input(self, item: StoredRecord | EndReached | OffsetLost) -> None:
        """Take what an input topic of this partition delivered."""
        self.merge.put(item)

    def work(self, limit: int) -> int:
        """Decide up to `limit` records and ticks, as far as inputs and room on the way allow; give how many."""
        done = 0
        while done < limit and self.own.end is None and self.own.in_flight < IN_FLIGHT_LIMIT:
            if self.dead_letters.is_waiting() or not self._step():
                break
            done += 1
        return done

    def _step(self) -> bool:
        if self.standstill is Standstill.WRITE_REFUSED:
            return False
        if self._next_due_ms is not None and self._next_due_ms <= self._clock_ms:
            return self._seal_tick(self._clock_ms)
        record = self._next_record()
        if record is None:
            return self._tick_idle()
        if record.log_time_ms > self._rules.now_ms() + _CLOCK_LIMIT_MS:
            self._stand_still(
                Standstill.CLOCK_AHEAD,
                f"{record.topic}/{record.partition}/{record.offset} has log time {format_instant(record.log_time_ms)}",
            )
            return False
        incoming = self._read(record)
        if incoming.decoded is None and record.topic != MESSAGES:
            self.dead_letters.put(incoming, record)
            return False
        return not self._awaits_bounds(incoming) and self._decide(incoming)

    def _next_record(self) -> StoredRecord | None:
        self._pass_lost_instructions()
        lost = self.merge.blocking_loss()
        if lost is None:
            if self.standstill is not None:
                self.standstill, self.standstill_text = None, ""
            return self.merge.peek()
        self._stand_still(
            Standstill.INPUT_LOST,
            f"{lost.topic}/{lost.partition} holds offsets {lost.bounds.first} to {lost.bounds.next}, the next to "
            f"decide is {lost.wanted_offset}; `kopilka doctor skip-lost` goes on past the loss",
        )
        # Nothing but an operator's instruction may be decided now: anything else could overtake what is lost.
        return self.merge.peek_of(OPERATOR_TOPIC)

    def _pass_lost_instructions(self) -> None:
        """Go on past a cut of the operator's own topic; an instruction to do so could never be read.

        It is the only topic for which that is safe: an instruction that nobody decided changed nothing, and whoever
        gave it did not see it take effect. A topic that ends before what was decided is not cut, and stays lost.
        """
        lost = self.merge.losses().get(OPERATOR_TOPIC)
        if lost is not None and lost.wanted_offset < lost.bounds.first:
            self.merge.skip_to(OPERATOR_TOPIC, lost.bounds.first)
            self.reassign.add(OPERATOR_TOPIC)
            self.outcomes[INSTRUCTIONS_LOST] += 1

    def _awaits_bounds(self, incoming: Incoming) -> bool:
        """Tell whether a skip waits to know what the log holds by now.

        While a partition stands still its log is cut further; without asking again, a skip to what is left of it would
        be refused.
        """
        event = None if incoming.decoded is None else incoming.decoded.event
        skip = event.skip_lost_input if isinstance(event, OperatorInstructed) else None
        lost = None if skip is None else self.merge.losses().get(skip.topic)
        if skip is None or lost is None:
            return False
        if skip.next_offset > lost.bounds.first and self._asked_for != incoming.record.offset:
            self._asked_for = incoming.record.offset
            self.merge.ask_again(skip.topic)
            self.reassign.add(skip.topic)
        return self.merge.is_asked(skip.topic)

    def _stand_still(self, standstill: Standstill, text: str) -> None:
        self.standstill, self.standstill_text = standstill, text

    def _read(self, record: StoredRecord) -> Incoming:
        size_bytes = len(record.value or b"") + len(record.key or b"")
        size_bytes += sum(len(name) + len(value) for name, value in record.headers)
        if size_bytes > RECORD_LIMIT_BYTES:
            # A message keeps its headers: they tell its sender and number.
            cut = record._replace(key=None, value=None, headers=record.headers if record.topic == MESSAGES else ())
            failure = f"has {size_bytes} bytes, at most {RECORD_LIMIT_BYTES} are taken; the dead letter holds it"
            return Incoming(record=cut, decoded=None, failure=failure)
        try:
            return Incoming(record=record, decoded=decode_event(record.value, self._rules.resolver))
        except UndecodableError as error:
            return Incoming(record=record, decoded=None, failure=str(error))

    def take_delivery(self, delivery: Delivery) -> None:
        """Take what became of a write to the journal, or of a dead letter."""
        if delivery.topic == JOURNAL:
            self.own.take_delivery(delivery)
            if self.own.end is OwnershipEnd.WRITE_REFUSED:
                self._stand_still(Standstill.WRITE_REFUSED, self.own.failure_text)
            return
        incoming = self.dead_letters.take_delivery(delivery)
        if incoming is not None:
            if self.own.end is None:
                self._decide(incoming)
        elif self.dead_letters.refusal_text:
            self._stand_still(Standstill.WRITE_REFUSED, self.dead_letters.refusal_text)

    def _context(self, clock_ms: int) -> Context:
        return Context(
            partition=self.partition,
            partition_count=self._rules.partition_count,
            clock_ms=clock_ms,
            sequence=self.own.next_sequence,
            book=self._book,
            lost={topic: (lost.wanted_offset, lost.bounds) for topic, lost in self.merge.losses().items()},
        )

    def _decide(self, incoming: Incoming) -> bool:
        record = incoming.record
        context = self._context(max(self._clock_ms, record.log_time_ms))
        source = EntrySource(
            topic=record.topic, partition=record.partition, offset=record.offset, log_time_ms=record.log_time_ms
        )
        entry = self._seal_decision(incoming, context, source)
        if entry is None:
            return False
        head = self.merge.peek_of(record.topic)
        assert head is not None, "the head that was decided"
        self.merge.take(head)
        for skip in _skipped(entry):
            # Not to an offset that was decided before, whatever the instruction says.
            self.merge.skip_to(skip.topic, self.own.source_offset(skip.topic) + 1)
            self.reassign.add(skip.topic)
        return True

    def _seal_decision(self, incoming: Incoming, context: Context, source: EntrySource) -> Entry | None:
        """Decide a record and seal its entry; what has no entry that can be written is parked.

        Nothing that a record can hold may end the worker: it would meet the same record again, for ever. Gives `None`
        when not even a parking can be written; the partition stands still then.
        """
        failure, tries = "", 0
        while tries < _TRIES:
            try:
                entry = decide(self._state, incoming, context)
                change = self._make(entry, source)
            except (BrokenStateError, NotAcceptedError):
                raise
            except EntryTooLargeError as error:
                # One sender's record must not stop the others of its partition; the record alone fits.
                failure = str(error)
                if not _is_retry(incoming) or context.retry_limit == 1:
                    break
                context = msgspec.structs.replace(context, retry_limit=context.retry_limit // 2)
            except Exception as error:  # noqa: BLE001 (whatever a bug raises: the entity is parked, others go on)
                failure = f"{type(error).__name__}: {error}"
                tries += 1
            else:
                self._keep(entry, *change)
                return entry
        try:
            entry = park(self._state, incoming, context, failure)
            change = self._make(entry, source)
        except (BrokenStateError, NotAcceptedError):
            raise
        except Exception as error:  # noqa: BLE001 (an alarm that stays is better than a worker that begins anew for ever)
            place = f"{source.topic}/{source.partition}/{source.offset}"
            text = f"{place} can be neither decided nor parked: {failure}; {type(error).__name__}: {error}"
            self._stand_still(Standstill.WRITE_REFUSED, text)
            return None
        self._keep(entry, *change)
        return entry

    def _make(self, entry: Entry, source: EntrySource | None) -> tuple[Delta, OwnEntry]:
        """Give what an entry changes, and its bytes; when either cannot be, nothing has happened."""
        delta = evolve(self._state, entry, source)
        skips = [] if source is None else _skipped(entry)
        body = encode_entry_body(entry)
        try:
            sealed = self.own.seal(body, source, skipped_inputs=skips, message_count=len(entry.messages))
        except BrokenInvariantError as error:
            raise NotAcceptedError(*error.args) from error
        return delta, sealed

    def _keep(self, entry: Entry, delta: Delta, sealed: OwnEntry) -> None:
        self._state.push(delta)
        self._clock_ms = entry.clock_ms
        self.outbox.append(sealed)
        self._sealed.append((entry.outcome, "" if entry.rejection is None else entry.rejection.reason))
        if entry.adoptions:
            self._book = load_book(self._state)
        if any(key.startswith(DUE_KEYS) for key in delta):
            self._next_due_ms = next_due_ms(self._state)

    def _tick_idle(self) -> bool:
        """When nothing comes, wall time moves the clock, so that what is due is decided without a customer."""
        if self._next_due_ms is None or not self.merge.is_idle():
            return False
        clock_ms = max(self._clock_ms, self._rules.now_ms())
        return self._next_due_ms <= clock_ms and self._seal_tick(clock_ms)

    def _seal_tick(self, clock_ms: int) -> bool:
        entry = decide_tick(self._state, self._context(clock_ms))
        if entry is None:
            self._next_due_ms = next_due_ms(self._state)
            return False
        self._keep(entry, *self._make(entry, None))
        return True

    def keep_known(self) -> int:
        """Write what became known accepted to the store; give how many entries that were."""
        known = self.own.take_known()
        if known:
            self._state.commit(len(known), self.own.position)
            for _ in known:
                outcome, reason = self._sealed.popleft()
                self.outcomes[outcome] += 1
                if reason:
                    self.reasons[reason] += 1
        return len(known)


def _is_retry(incoming: Incoming) -> bool:
    event = None if incoming.decoded is None else incoming.decoded.event
    return isinstance(event, OperatorInstructed) and event.retry_parked_entity is not None


def _skipped(entry: Entry) -> list[SkippedInput]:
    """Give what an accepted instruction skips."""
    if entry.outcome != Outcome.DECIDED.value or not entry.source_key.startswith("instruction:"):
        return []
    assert entry.record is not None, "an instruction is a record"
    event = decode_event(entry.record.value).event
    assert isinstance(event, OperatorInstructed), "its source key says so"
    skip = event.skip_lost_input
    return [] if skip is None else [SkippedInput(topic=skip.topic, next_offset=skip.next_offset)]
