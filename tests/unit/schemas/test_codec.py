"""Framing, evolution and damage: what is read, and what is refused as no record."""

import hashlib
import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given

from schemas.codec import (
    CONFLUENT_MAGIC,
    SINGLE_OBJECT_MAGIC,
    Event,
    UndecodableError,
    decode_claim,
    decode_entry,
    decode_event,
    decode_header,
    encode_claim,
    encode_confluent,
    encode_entry,
    encode_entry_body,
    encode_event,
    is_claim,
    is_entry,
    load_schema,
    schema_of,
)
from schemas.entry import Entry, EntryHeader, JournalClaim
from tests.unit.schemas.avro_value import values_of
from tests.unit.schemas.made_record import activation, every_event, receipt
from tests.unit.schemas.property import FEW, SOME

EVENTS = [pytest.param(event, id=type(event).__name__) for event in every_event()]
RECEIPT_SCHEMA = "kopilka.sales.v1.ReceiptRecorded"
ENTRY = Entry(clock_ms=5, book_hash=bytes(32), tenant="t", entity_kind="member", entity_id="m", outcome="DECIDED")
HEADER = EntryHeader(epoch=1, writer_id=bytes(16), sequence=1, previous_hash=bytes(32))


def _schema_name(event: Event) -> str:
    return decode_event(encode_event(event)).schema


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_comes_back_from_either_framing(event: Event) -> None:
    """Both framings carry the same payload: the same event, digest and stored bytes."""
    single = encode_event(event)
    confluent = encode_confluent(event, 70_000)
    schema = json.dumps(schema_of(_schema_name(event)))
    decoded = decode_event(single)
    assert decoded.event == event
    assert decode_event(confluent, {70_000: schema}.get) == decoded
    assert decoded.stored == single
    assert single[:2] == SINGLE_OBJECT_MAGIC
    assert confluent[:5] == CONFLUENT_MAGIC + (70_000).to_bytes(4, "big")
    assert confluent[5:] == single[10:]


@pytest.mark.parametrize("event", EVENTS)
def test_the_digest_leaves_out_the_frame(event: Event) -> None:
    """The first 16 bytes of SHA-256 over the payload: a change of framing makes no conflict of a duplicate."""
    single = encode_event(event)
    assert decode_event(single).digest == hashlib.sha256(single[10:]).digest()[:16]


@pytest.mark.parametrize("event", EVENTS)
def test_cut_bytes_are_no_record(event: Event) -> None:
    """Whatever is missing at the end is found, be it in the last text."""
    value = encode_event(event)
    for size in range(len(value)):
        with pytest.raises(UndecodableError):
            decode_event(value[:size])


@pytest.mark.parametrize("event", EVENTS)
def test_bytes_left_over_are_no_record(event: Event) -> None:
    """What follows a record cannot be kept and not be decided."""
    with pytest.raises(UndecodableError, match="2 bytes are left over"):
        decode_event(encode_event(event) + b"xy")


def test_bytes_left_over_in_a_confluent_frame_are_no_record() -> None:
    """The same in the other framing."""
    schema = json.dumps(schema_of(RECEIPT_SCHEMA))
    with pytest.raises(UndecodableError, match="1 bytes are left over"):
        decode_event(encode_confluent(receipt(), 7) + b"x", lambda _: schema)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        pytest.param(None, "has no value", id="nothing"),
        pytest.param(b"", "begins with nothing; expected c301", id="empty"),
        pytest.param(b'{"a":1}', "begins with 7b22", id="json"),
        pytest.param(b"\xc3", "begins with c3", id="half-a-magic"),
        pytest.param(b"\x00\x00", "begins with 0000", id="confluent-cut"),
        pytest.param(
            b"\xc3\x01" + bytes(8), "no schema has the fingerprint 0000000000000000", id="unknown-fingerprint"
        ),
        pytest.param(b"\xc3\x01\x07", "no schema has the fingerprint 07", id="fingerprint-cut"),
    ],
)
def test_what_is_no_frame_is_told(value: bytes | None, told: str) -> None:
    """The text says what was found and what was expected."""
    with pytest.raises(UndecodableError, match=told):
        decode_event(value)


def test_a_text_of_negative_length_is_no_record() -> None:
    """A length below zero must not read to the end of the bytes."""
    value = encode_event(activation(zone="Europe/Moscow"))
    forged = value[:-14] + b"\x01" + value[-13:]
    with pytest.raises(UndecodableError, match="do not fit"):
        decode_event(forged)


def test_a_text_that_is_no_utf_8_is_no_record() -> None:
    """Avro texts are UTF-8."""
    value = encode_event(activation(zone="Europe/Moscow"))
    with pytest.raises(UndecodableError, match="UnicodeDecodeError"):
        decode_event(value[:-1] + b"\xff")


@pytest.mark.parametrize(
    ("resolved", "told"),
    [
        pytest.param(None, "Confluent schema id 7 is unknown", id="unknown-id"),
        pytest.param("no json", "is no Avro schema", id="protobuf-in-the-same-registry"),
        pytest.param('"string"', "is none that the engine reads", id="primitive"),
        pytest.param('{"type": "record", "name": "Other", "fields": []}', "'.Other' is none", id="another-record"),
        pytest.param(
            '{"type": "record", "name": "ReceiptRecorded", "namespace": "kopilka.sales.v1", "fields": [{"name": 5}]}',
            "cannot be used",
            id="our-name-but-no-schema",
        ),
        pytest.param(
            '{"type": "record", "name": "ReceiptRecorded", "namespace": "kopilka.sales.v1", "fields": []}',
            "do not fit",
            id="our-name-without-its-fields",
        ),
    ],
)
def test_what_a_registry_gives_may_be_no_schema_of_ours(resolved: str | None, told: str) -> None:
    """A producer may name any id: it gets a dead letter and stops nobody."""
    with pytest.raises(UndecodableError, match=re.escape(told)):
        decode_event(encode_confluent(receipt(), 7), lambda _: resolved)


def test_without_a_registry_a_confluent_frame_is_undecodable() -> None:
    """The text names the setting."""
    with pytest.raises(UndecodableError, match="KOPILKA_SCHEMA_REGISTRY_URL"):
        decode_event(encode_confluent(receipt(), 7))


def test_a_registry_that_cannot_be_reached_is_broken_input_and_output() -> None:
    """It must never make a dead letter of a good record."""

    def unreachable(schema_id: int) -> str | None:
        msg = f"no answer for {schema_id}"
        raise ConnectionError(msg)

    with pytest.raises(ConnectionError):
        decode_event(encode_confluent(receipt(), 7), unreachable)


def _evolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A later version as a producer may have it: one field more, one optional field less."""
    fields = [field for field in schema["fields"] if field["name"] != "tenders"]
    return schema | {"fields": [*fields, {"name": "cashier", "type": "string", "default": "", "doc": "Who sold it."}]}


def test_a_later_schema_of_the_writer_is_read_through_the_registry() -> None:
    """Unknown fields are passed over, missing ones take their default; the bytes are kept as they came."""
    writer = json.dumps(_evolved(schema_of(RECEIPT_SCHEMA)))
    payload = encode_event(receipt())[10:]
    assert payload.endswith(b"\x00"), "an empty array of tenders is one byte"
    value = CONFLUENT_MAGIC + (9).to_bytes(4, "big") + payload[:-1] + b"\x06Ann"
    decoded = decode_event(value, lambda _: writer)
    assert decoded.event == receipt()
    assert decoded.stored == value
    assert decoded.digest == hashlib.sha256(value[5:]).digest()[:16]


def test_a_record_without_a_needed_field_is_undecodable() -> None:
    """A field that has no default cannot be made up."""
    schema = schema_of("kopilka.promo.v1.CodeActivated")
    short = schema | {"fields": schema["fields"][:-1]}
    payload = encode_event(activation(zone=""))[10:-1]
    with pytest.raises(UndecodableError, match="do not fit"):
        decode_event(CONFLUENT_MAGIC + (9).to_bytes(4, "big") + payload, lambda _: json.dumps(short))


@given(values_of(load_schema("engine/journal_entry.v1")))
@FEW
def test_an_entry_comes_back_as_it_was_written(fields: dict[str, Any]) -> None:
    """Any entry that the schema allows; the header decoded alone is that of the whole."""
    header = msgspec.convert(fields.pop("header"), EntryHeader)
    entry = msgspec.convert(fields, Entry)
    value = encode_entry(header, encode_entry_body(entry))
    assert decode_entry(value) == (header, entry)
    assert decode_header(value)[0] == header
    assert is_entry(value)
    assert not is_claim(value)


@given(values_of(load_schema("sales/receipt_recorded.v1")))
@SOME
def test_any_receipt_that_the_schema_allows_can_be_read(fields: dict[str, Any]) -> None:
    """Whether it is a good one is for its checks to say."""
    record = msgspec.convert(fields, type(receipt()))
    assert decode_event(encode_event(record)).event == record


def test_entries_have_no_bytes_left_over() -> None:
    """An entry with a tail would have a hash of its own."""
    value = encode_entry(HEADER, encode_entry_body(ENTRY))
    with pytest.raises(UndecodableError, match="1 bytes are left over"):
        decode_entry(value + b"\x00")


def test_a_cut_entry_is_told() -> None:
    """Header and body are both looked at."""
    value = encode_entry(HEADER, encode_entry_body(ENTRY))
    for size in range(10, len(value)):
        with pytest.raises(UndecodableError):
            decode_entry(value[:size])


def test_a_claim_comes_back_and_is_no_entry() -> None:
    """Claims and entries are told apart by their frames."""
    claim = JournalClaim(
        epoch=3, writer_id=b"w" * 16, partition_count=4, partitioner="murmur2", topics=["a", "b"], instance="w1"
    )
    value = encode_claim(claim)
    assert decode_claim(value) == claim
    assert is_claim(value)
    assert not is_entry(value)
    assert not is_claim(None)
    assert not is_entry(None)
