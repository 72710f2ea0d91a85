"""One entry decided again: the state before it from the journal, the same record, the same code, the same bytes.

Not everything before the entry is needed. A decision looks at its entity, at the adopted documents, at the numbers of
messages, and at whether its entity is parked; so of the entries before it those are folded that name the entity
anywhere in their bytes (a whole id stands there as it is written), that hold messages, or that decide a message or an
instruction. An accepted tick moves lots of many members at once: where there was one, everything is folded.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import fastavro
import msgspec

from eventlog.journal import JournalFold, Verdict
from eventlog.port import EndReached, Log, OffsetLost, StoredRecord, TopicPartition
from eventlog.position import START
from processors.context import Context, Incoming
from processors.decider import decide, park
from processors.evolution import evolve
from processors.instruction import told_context
from processors.rules.explain import BookListener, RuleTrace
from processors.tick import decide_tick
from processors.worker.owner import OPERATOR_TOPIC, load_book
from processors.worker.store import MemoryStore
from schemas.codec import (
    SchemaResolver,
    UndecodableError,
    decode_entry,
    decode_event,
    encode_entry,
    encode_entry_body,
)
from schemas.entry import BrokenInvariantError, Entry, EntryHeader, Outcome
from schemas.record.instruction import OperatorInstructed
from schemas.rejection import Reason, Rejection
from schemas.topic import JOURNAL, MESSAGES
from services.doctor.entry_place import JournalPlace
from services.failure import NotFoundError

__all__ = ["Retraced", "retrace"]

_POLL_RECORDS: Final = 1_000
_POLL_WAIT_MS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraced:
    """An entry and its decision, made again."""

    place: JournalPlace
    header: EntryHeader
    entry: Entry
    #: Whether deciding again gave the stored entry, byte for byte.
    is_same: bool
    #: Where the two differ; empty when they do not.
    differences: list[str]
    #: What each rule made of it; empty where no rule was asked.
    traces: list[RuleTrace]
    #: Entries before it that were folded, of how many.
    folded_count: int
    before_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An entry with the state before it."""

    header: EntryHeader
    value: bytes
    state: MemoryStore
    partition_count: int
    folded_count: int
    before_count: int


def retrace(log: Log, place: JournalPlace, resolver: SchemaResolver | None = None) -> Retraced:
    """Decide an entry again.

    Raises:
        NotFoundError: when no accepted entry stands there.
        BrokenLogError: when the log cannot be read just now.
    """
    entity_id = _entity_of(log, place)
    try:
        found = _find(log, place, entity_id)
    except BrokenInvariantError:
        # Something that was left out was needed after all; then nothing is left out.
        found = _find(log, place, None)
    header, entry = decode_entry(found.value)
    listener = BookListener(load_book(found.state))
    context = Context(
        partition=place.partition,
        partition_count=found.partition_count,
        clock_ms=entry.clock_ms,
        sequence=header.sequence,
        book=listener.book,
    )
    again = _decide_again(found.state, (header, entry), context, resolver)
    is_same = again is not None and encode_entry(header, encode_entry_body(again)) == found.value
    return Retraced(
        place=place,
        header=header,
        entry=entry,
        is_same=is_same,
        differences=[] if is_same else _differences(entry, again),
        traces=listener.traces(),
        folded_count=found.folded_count,
        before_count=found.before_count,
    )


def _read_at(log: Log, place: JournalPlace) -> bytes | None:
    """Give what stands at a place of the journal; `None` when nothing does."""
    journal = TopicPartition(JOURNAL, place.partition)
    try:
        bounds = log.bounds([journal])[journal]
    except KeyError:
        return None
    if not bounds.first <= place.offset < bounds.next:
        return None
    with log.reader() as reader:
        reader.assign({journal: place.offset})
        while True:
            for item in reader.poll(limit=1, wait_ms=_POLL_WAIT_MS):
                is_there = isinstance(item, StoredRecord) and item.offset == place.offset
                return item.value if isinstance(item, StoredRecord) and is_there else None


def _entity_of(log: Log, place: JournalPlace) -> str | None:
    """Give the id that entries which matter must hold; `None` when all matter."""
    value = _read_at(log, place)
    fold = JournalFold(place.partition)
    record = StoredRecord(JOURNAL, place.partition, place.offset, 0, None, value, ())
    part = fold.take(record)[1]
    if value is None or not isinstance(part, EntryHeader):
        msg = f"at {JOURNAL}/{place.partition}/{place.offset} stands no entry"
        raise NotFoundError(msg)
    entry = decode_entry(value)[1]
    if part.source is None or part.source.topic == OPERATOR_TOPIC or entry.parked is not None:
        # An instruction looks at other entities than its own.
        return None
    return entry.entity_id or None


def _find(log: Log, place: JournalPlace, entity_id: str | None) -> _Found:
    """Fold a partition up to an entry.

    Raises:
        BrokenInvariantError: when what was left out was needed.
        NotFoundError: when the entry there does not count.
    """
    fold, state = JournalFold(place.partition), MemoryStore()
    wanted = None if entity_id is None else _as_avro(entity_id)
    folded_count = before_count = 0
    with log.reader() as reader:
        reader.assign({TopicPartition(JOURNAL, place.partition): 0})
        while True:
            for item in reader.poll(limit=_POLL_RECORDS, wait_ms=_POLL_WAIT_MS):
                if isinstance(item, EndReached | OffsetLost) or item.offset > place.offset:
                    raise NotFoundError(f"at {JOURNAL}/{place.partition}/{place.offset} stands no entry")
                claim = fold.claim
                verdict, part = fold.take(item)
                if item.offset == place.offset:
                    if verdict is not Verdict.ACCEPTED or not isinstance(part, EntryHeader) or claim is None:
                        raise NotFoundError(
                            f"the record at {JOURNAL}/{place.partition}/{place.offset} does not count: {verdict.value}"
                        )
                    return _Found(
                        header=part,
                        value=item.value or b"",
                        state=state,
                        partition_count=claim.partition_count,
                        folded_count=folded_count,
                        before_count=before_count,
                    )
                if verdict is Verdict.ACCEPTED and isinstance(part, EntryHeader) and item.value is not None:
                    before_count += 1
                    if wanted is None or _matters(part, item.value, wanted):
                        folded_count += 1
                        entry = decode_entry(item.value)[1]
                        state.write(evolve(state, entry, part.source), START)


def _as_avro(text: str) -> bytes:
    """Give a text as it stands in an entry: behind its length, so that `h1` is not found in `h10`."""
    data = BytesIO()
    fastavro.schemaless_writer(data, "string", text)
    return data.getvalue()


def _matters(header: EntryHeader, value: bytes, entity_id: bytes) -> bool:
    if header.source is None:
        # A tick; its lots were opened by entries that may have been left out.
        raise BrokenInvariantError("a tick needs everything before it")
    return header.message_count > 0 or header.source.topic in (MESSAGES, OPERATOR_TOPIC) or entity_id in value


def _decide_again(
    state: MemoryStore, stored: tuple[EntryHeader, Entry], context: Context, resolver: SchemaResolver | None
) -> Entry | None:
    header, entry = stored
    if header.source is None or entry.record is None:
        return decide_tick(state, context)
    source, kept = header.source, entry.record
    record = StoredRecord(
        source.topic,
        source.partition,
        source.offset,
        source.log_time_ms,
        kept.key,
        kept.value,
        tuple((one.name, one.value) for one in kept.headers),
    )
    if entry.outcome == Outcome.UNDECODABLE.value:
        failure = "" if entry.rejection is None else entry.rejection.mend
        return decide(state, Incoming(record=record, decoded=None, failure=failure), context)
    try:
        incoming = Incoming(record=record, decoded=decode_event(kept.value, resolver))
    except UndecodableError as error:
        return decide(state, Incoming(record=record, decoded=None, failure=str(error)), context)
    if entry.outcome == Outcome.PARKED.value and entry.parked is not None and entry.parked.failure:
        return park(state, incoming, context, entry.parked.failure)
    if incoming.decoded is not None and isinstance(incoming.decoded.event, OperatorInstructed):
        if entry.rejection is not None and _is_failure(entry.rejection):
            return park(state, incoming, context, entry.rejection.mend)
        context = told_context(context, entry, incoming.decoded.event)
    return decide(state, incoming, context)


def _is_failure(rejection: Rejection) -> bool:
    """Tell whether an instruction was refused because deciding it raised, or its entry could not be written."""
    return (rejection.reason, rejection.field) == (Reason.STILL_FAILING.value, "instruction")


def _differences(entry: Entry, again: Entry | None) -> list[str]:
    if again is None:
        return ["deciding again gives no entry at all"]
    fields = [name for name in entry.__struct_fields__ if getattr(entry, name) != getattr(again, name)]
    return [
        f"{name}: stored {_shown(getattr(entry, name))}, decided again {_shown(getattr(again, name))}"
        for name in fields
    ]


def _shown(value: object) -> str:
    return msgspec.json.encode(value).decode()[:200]
