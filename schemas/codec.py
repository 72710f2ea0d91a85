"""Bytes to typed records and back: Avro in both framings, and the entry's two parts.

Public topics carry Avro single-object encoding (C3 01, CRC-64 fingerprint) or Confluent framing (00, schema id); the
journal and the messages always single-object, so that no hash depends on a registry's numbers. Schemas are the
`.avsc` files beside this module; a Confluent id is turned into a schema by a resolver that the caller brings.

Stays whole: the frames of events, entries and claims are told apart by one table, and a hash depends on each of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, Final, NamedTuple

import fastavro
import fastavro.schema
import msgspec

from schemas.entry import Entry, EntryHeader, JournalClaim
from schemas.record.code import CodeActivated, CodeIssued
from schemas.record.code_message import CodeRedemptionAnswered, CodeRedemptionRequested
from schemas.record.conflict import ReceiptConflicted
from schemas.record.donation import DonationRecorded
from schemas.record.instruction import OperatorInstructed
from schemas.record.receipt import ReceiptRecorded, ReceiptReturned
from schemas.record.rule import CampaignPublished, DocumentPublished, ProgrammeChanged
from schemas.record.segment import SegmentAssigned
from schemas.wire import (
    SINGLE_OBJECT_MAGIC,
    UndecodableError,
    frame_of,
    load_schema,
    parse,
    read,
    without_logical_types,
)

__all__ = [
    "CONFLUENT_MAGIC",
    "SINGLE_OBJECT_MAGIC",
    "Decoded",
    "Event",
    "SchemaResolver",
    "UndecodableError",
    "decode_body",
    "decode_claim",
    "decode_entry",
    "decode_event",
    "decode_header",
    "encode_claim",
    "encode_confluent",
    "encode_entry",
    "encode_entry_body",
    "encode_event",
    "is_claim",
    "is_entry",
    "load_schema",
    "schema_of",
]

CONFLUENT_MAGIC: Final = b"\x00"
_SINGLE_OBJECT_FRAME_BYTES: Final = 10
_CONFLUENT_FRAME_BYTES: Final = 5
_DIGEST_BYTES: Final = 16

Event = (
    ReceiptRecorded
    | ReceiptReturned
    | CodeIssued
    | CodeActivated
    | DonationRecorded
    | CampaignPublished
    | ProgrammeChanged
    | SegmentAssigned
    | ReceiptConflicted
    | OperatorInstructed
    | DocumentPublished
    | CodeRedemptionRequested
    | CodeRedemptionAnswered
)
#: Gives the Avro schema (JSON) of a Confluent schema id, or `None` when the registry does not know it. What it
#: raises when the registry cannot be reached passes through: that is broken I/O, never an undecodable record.
SchemaResolver = Callable[[int], str | None]

#: Full schema name → file, type. The only list of what can be decoded.
_EVENTS: Final[dict[str, tuple[str, type[Any]]]] = {
    "kopilka.sales.v1.ReceiptRecorded": ("sales/receipt_recorded.v1", ReceiptRecorded),
    "kopilka.sales.v1.ReceiptReturned": ("sales/receipt_returned.v1", ReceiptReturned),
    "kopilka.promo.v1.CodeIssued": ("promo/code_issued.v1", CodeIssued),
    "kopilka.promo.v1.CodeActivated": ("promo/code_activated.v1", CodeActivated),
    "kopilka.promo.v1.CampaignPublished": ("promo/campaign_published.v1", CampaignPublished),
    "kopilka.promo.v1.ProgrammeChanged": ("promo/programme_changed.v1", ProgrammeChanged),
    "kopilka.giving.v1.DonationRecorded": ("giving/donation_recorded.v1", DonationRecorded),
    "kopilka.engine.v1.SegmentAssigned": ("engine/segment_assigned.v1", SegmentAssigned),
    "kopilka.engine.v1.ReceiptConflicted": ("engine/receipt_conflicted.v1", ReceiptConflicted),
    "kopilka.engine.v1.OperatorInstructed": ("engine/operator_instructed.v1", OperatorInstructed),
    "kopilka.engine.v1.DocumentPublished": ("engine/document_published.v1", DocumentPublished),
    "kopilka.engine.v1.CodeRedemptionRequested": (
        "engine/code_redemption_requested.v1",
        CodeRedemptionRequested,
    ),
    "kopilka.engine.v1.CodeRedemptionAnswered": (
        "engine/code_redemption_answered.v1",
        CodeRedemptionAnswered,
    ),
}
_ENTRY_FILE: Final = "engine/journal_entry.v1"
_CLAIM_FILE: Final = "engine/journal_claim.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wire:
    """A schema ready for use."""

    name: str
    #: As fastavro wants it, logical types left out: the engine computes with integers.
    parsed: Any
    #: Magic and fingerprint.
    frame: bytes
    type: type[Any]


def schema_of(name: str) -> dict[str, Any]:
    """Give the schema of an event by its full name, for producers and registries."""
    return load_schema(_EVENTS[name][0])


@cache
def _wire(name: str) -> _Wire:
    file, record_type = _EVENTS[name]
    schema = load_schema(file)
    return _Wire(
        name=name,
        parsed=parse(schema),
        frame=frame_of(schema),
        type=record_type,
    )


@cache
def _wires_by_frame() -> dict[bytes, _Wire]:
    return {_wire(name).frame: _wire(name) for name in _EVENTS}


@cache
def _wires_by_type() -> dict[type[Any], _Wire]:
    return {_wire(name).type: _wire(name) for name in _EVENTS}


class _JournalWire(NamedTuple):
    """The journal's schemas ready for use."""

    header: Any
    body: Any
    claim: Any
    entry_frame: bytes
    claim_frame: bytes


@cache
def _journal() -> _JournalWire:
    schema = load_schema(_ENTRY_FILE)
    bare = without_logical_types(schema)
    names: dict[str, Any] = {}
    header = fastavro.parse_schema(bare["fields"][0]["type"] | {"namespace": bare["namespace"]}, names)
    # The body is the entry without its first field; Avro writes a record's fields one after another, so a header and
    # a body that were encoded apart stand together as one entry.
    body = fastavro.parse_schema(bare | {"name": "JournalEntryBody", "fields": bare["fields"][1:]}, names)
    claim = load_schema(_CLAIM_FILE)
    return _JournalWire(
        header=header,
        body=body,
        claim=parse(claim),
        entry_frame=frame_of(schema),
        claim_frame=frame_of(claim),
    )


class Decoded(NamedTuple):
    """A record that could be read."""

    event: Event
    #: Full name of its schema.
    schema: str
    #: What the journal keeps: single-object framed where the writer's schema is one of ours, else as it came.
    stored: bytes
    #: First 16 bytes of SHA-256 over the payload without its frame: what tells a duplicate from a conflict.
    digest: bytes


def _resolve(value: bytes, resolver: SchemaResolver | None) -> tuple[_Wire, Any, bytes | None]:
    """Give reader's wire, parsed writer schema, and the single-object frame if the writer's schema is ours."""
    schema_id = int.from_bytes(value[1:_CONFLUENT_FRAME_BYTES], "big")
    text = None if resolver is None else resolver(schema_id)
    if text is None:
        msg = f"Confluent schema id {schema_id} is unknown; is KOPILKA_SCHEMA_REGISTRY_URL set to its registry?"
        raise UndecodableError(msg)
    return _parse_writer_schema(text)


@lru_cache(maxsize=256)
def _parse_writer_schema(text: str) -> tuple[_Wire, Any, bytes | None]:
    try:
        schema = json.loads(text)
    except ValueError:
        msg = "the registry's schema is no Avro schema"
        raise UndecodableError(msg) from None
    name = f"{schema.get('namespace', '')}.{schema.get('name', '')}" if isinstance(schema, dict) else ""
    if name not in _EVENTS:
        msg = f"the registry's schema {name!r} is none that the engine reads"
        raise UndecodableError(msg)
    wire = _wire(name)
    try:
        parsed = parse(schema)
    except UndecodableError as error:
        msg = f"the registry's schema {name!r} cannot be used: {error}"
        raise UndecodableError(msg) from None
    if frame_of(schema) == wire.frame:
        return wire, wire.parsed, wire.frame
    return wire, parsed, None


def decode_event(value: bytes | None, resolver: SchemaResolver | None = None) -> Decoded:
    """Give the typed record in `value`.

    Args:
        value: A framed record.
        resolver: Turns a Confluent schema id into a schema; without one, Confluent frames are undecodable.

    Raises:
        UndecodableError: when the bytes are not framed, the schema is unknown, or they do not fit it.
    """
    if value is None:
        msg = "the record has no value"
        raise UndecodableError(msg)
    data = BytesIO(value)
    stored = value
    frame_bytes = _SINGLE_OBJECT_FRAME_BYTES
    wire = _wires_by_frame().get(value[:_SINGLE_OBJECT_FRAME_BYTES])
    if wire is not None:
        data.seek(frame_bytes)
        fields = read(data, wire.parsed)
    elif value[:2] == SINGLE_OBJECT_MAGIC:
        msg = f"no schema has the fingerprint {value[2:_SINGLE_OBJECT_FRAME_BYTES].hex()}"
        raise UndecodableError(msg)
    elif value[:1] == CONFLUENT_MAGIC and len(value) >= _CONFLUENT_FRAME_BYTES:
        frame_bytes = _CONFLUENT_FRAME_BYTES
        wire, writer_schema, frame = _resolve(value, resolver)
        data.seek(frame_bytes)
        fields = read(data, writer_schema, None if frame else wire.parsed)
        if frame:
            stored = frame + value[frame_bytes:]
    else:
        msg = f"begins with {value[:2].hex() or 'nothing'}; expected c301 (single-object) or 00 (Confluent)"
        raise UndecodableError(msg)
    if data.tell() != len(value):
        msg = f"{len(value) - data.tell()} bytes are left over after the record"
        raise UndecodableError(msg)
    digest = hashlib.sha256(memoryview(value)[frame_bytes:]).digest()[:_DIGEST_BYTES]
    try:
        event = msgspec.convert(fields, wire.type)
    except msgspec.ValidationError as error:
        # Only a writer's schema that promotes a type into one of ours comes here.
        msg = f"the fields do not fit: {error}"
        raise UndecodableError(msg) from None
    return Decoded(event, wire.name, stored, digest)


def encode_event(event: Event) -> bytes:
    """Give a record in single-object framing."""
    wire = _wires_by_type()[type(event)]
    data = BytesIO()
    data.write(wire.frame)
    fastavro.schemaless_writer(data, wire.parsed, _fields(event))
    return data.getvalue()


def encode_confluent(event: Event, schema_id: int) -> bytes:
    """Give a record in Confluent framing, under the id that a registry gave to its schema."""
    single = encode_event(event)
    return CONFLUENT_MAGIC + schema_id.to_bytes(4, "big") + single[_SINGLE_OBJECT_FRAME_BYTES:]


def _fields(record: msgspec.Struct) -> Any:  # noqa: ANN401 (Avro's own types)
    return msgspec.to_builtins(record, builtin_types=(bytes,))


def encode_claim(claim: JournalClaim) -> bytes:
    """Give the stored value of a claim."""
    journal = _journal()
    data = BytesIO()
    data.write(journal.claim_frame)
    fastavro.schemaless_writer(data, journal.claim, _fields(claim))
    return data.getvalue()


def is_claim(value: bytes | None) -> bool:
    """Tell whether a journal record is framed as a claim."""
    return value is not None and value.startswith(_journal().claim_frame)


def is_entry(value: bytes | None) -> bool:
    """Tell whether a journal record is framed as an entry."""
    return value is not None and value.startswith(_journal().entry_frame)


def decode_claim(value: bytes) -> JournalClaim:
    """Give the claim in a journal record.

    Raises:
        UndecodableError: when the bytes do not fit.
    """
    data = BytesIO(value)
    data.seek(_SINGLE_OBJECT_FRAME_BYTES)
    return msgspec.convert(read(data, _journal().claim), JournalClaim)


def encode_entry_body(entry: Entry) -> bytes:
    """Give the part of an entry that is decided, without the writer's header."""
    data = BytesIO()
    fastavro.schemaless_writer(data, _journal().body, _fields(entry))
    return data.getvalue()


def encode_entry(header: EntryHeader, body: bytes) -> bytes:
    """Give the stored value of an entry; `body` is from `encode_entry_body`."""
    journal = _journal()
    data = BytesIO()
    data.write(journal.entry_frame)
    fastavro.schemaless_writer(data, journal.header, _fields(header))
    data.write(body)
    return data.getvalue()


def decode_header(value: bytes) -> tuple[EntryHeader, int]:
    """Give only the header of an entry, all that acceptance needs, and where the body begins.

    Raises:
        UndecodableError: when the bytes do not fit.
    """
    data = BytesIO(value)
    data.seek(_SINGLE_OBJECT_FRAME_BYTES)
    return msgspec.convert(read(data, _journal().header), EntryHeader), data.tell()


def decode_body(value: bytes, body_at: int) -> Entry:
    """Give the decided part of an entry whose header `decode_header` gave before.

    Raises:
        UndecodableError: when the bytes do not fit.
    """
    data = BytesIO(value)
    data.seek(body_at)
    body = msgspec.convert(read(data, _journal().body), Entry)
    if data.tell() != len(value):
        msg = f"{len(value) - data.tell()} bytes are left over after the entry"
        raise UndecodableError(msg)
    return body


def decode_entry(value: bytes) -> tuple[EntryHeader, Entry]:
    """Give header and decided part of an entry.

    Raises:
        UndecodableError: when the bytes do not fit.
    """
    header, body_at = decode_header(value)
    return header, decode_body(value, body_at)
