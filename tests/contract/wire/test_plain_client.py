"""A second client, which knows only Avro and the `.avsc` files, and the engine understand each other."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from schemas.business_time import parse_date, parse_instant
from schemas.codec import (
    Event,
    decode_event,
    encode_claim,
    encode_confluent,
    encode_entry,
    encode_entry_body,
    encode_event,
)
from schemas.entry import (
    NO_HASH,
    Effect,
    Entry,
    EntryHeader,
    EntrySource,
    JournalClaim,
    Posting,
    ReceiptChanged,
    RecordHeader,
    SourceRecord,
)
from tests.contract.wire import plain_client
from tests.unit.schemas.made_record import donation, every_event, line, receipt

FILES = {
    "ReceiptRecorded": "sales/receipt_recorded.v1",
    "ReceiptReturned": "sales/receipt_returned.v1",
    "CodeIssued": "promo/code_issued.v1",
    "CodeActivated": "promo/code_activated.v1",
    "CampaignPublished": "promo/campaign_published.v1",
    "ProgrammeChanged": "promo/programme_changed.v1",
    "DonationRecorded": "giving/donation_recorded.v1",
    "SegmentAssigned": "engine/segment_assigned.v1",
    "ReceiptConflicted": "engine/receipt_conflicted.v1",
    "OperatorInstructed": "engine/operator_instructed.v1",
    "DocumentPublished": "engine/document_published.v1",
    "CodeRedemptionRequested": "engine/code_redemption_requested.v1",
    "CodeRedemptionAnswered": "engine/code_redemption_answered.v1",
}
EVENTS = [pytest.param(event, id=type(event).__name__) for event in every_event()]
CLAIM = JournalClaim(
    epoch=1, writer_id=b"w" * 16, partition_count=4, partitioner="murmur2", topics=["a", "b"], instance="worker-1"
)


@pytest.mark.parametrize(
    ("schema", "signed"),
    [
        ('"null"', 7195948357588979594),
        ('"boolean"', -6970731678124411036),
        ('"int"', 8247732601305521295),
        ('"long"', -3434872931120570953),
        ('"float"', 5583340709985441680),
        ('"double"', -8181574048448539266),
        ('"bytes"', 5746618253357095269),
        ('"string"', -8142146995180207161),
    ],
)
def test_the_client_s_fingerprint_is_avro_s(schema: str, signed: int) -> None:
    """Source: Apache Avro, `share/test/data/schema-tests.txt`."""
    assert plain_client.fingerprint(schema) == signed % 2**64


def _fields(event: Event) -> dict[str, Any]:
    """What stands in an event, as a client without our types has it: dates and instants are Python's."""
    fields: dict[str, Any] = msgspec.to_builtins(event)
    for name, value in fields.items():
        if name.endswith("_at_ms"):
            fields[name] = datetime.fromtimestamp(value // 1_000, UTC)
        elif name == "business_date":
            fields[name] = date.fromordinal(value + date(1970, 1, 1).toordinal())
    return fields


@pytest.mark.parametrize("event", EVENTS)
def test_the_engine_reads_what_the_client_writes(event: Event) -> None:
    """Byte for byte what the engine itself would write: canonical form, fingerprint and frame agree."""
    schema = plain_client.load_schema(FILES[type(event).__name__])
    value = plain_client.write(schema, _fields(event))
    assert value == encode_event(event)
    assert decode_event(value).event == event


@pytest.mark.parametrize("event", EVENTS)
def test_the_client_reads_what_the_engine_writes(event: Event) -> None:
    """With dates as dates and instants as instants."""
    schema = plain_client.load_schema(FILES[type(event).__name__])
    assert plain_client.read(schema, encode_event(event)) == _fields(event)


def test_the_engine_reads_the_client_s_confluent_frames() -> None:
    """The registry gives the very text of the file."""
    schema = plain_client.load_schema(FILES["ReceiptRecorded"])
    text = (plain_client.AVRO / "sales/receipt_recorded.v1.avsc").read_text(encoding="utf-8")
    value = plain_client.write_confluent(schema, _fields(receipt()), 12)
    assert value == encode_confluent(receipt(), 12)
    decoded = decode_event(value, {12: text}.get)
    assert decoded.event == receipt()
    assert decoded.stored == encode_event(receipt())


def test_a_receipt_written_by_hand() -> None:
    """No helper of ours: a till's programmer, the page of the schema and a Python console."""
    schema = plain_client.load_schema("sales/receipt_recorded.v1")
    value = plain_client.write(
        schema,
        {
            "tenant": "journey",
            "programme": "journey",
            "store_id": "s1",
            "till_id": "1",
            "receipt_number": "42",
            "business_date": date(2017, 3, 15),
            "occurred_at_ms": datetime(2017, 3, 15, 16, tzinfo=UTC),
            "zone": "America/New_York",
            "member_id": "h7",
            "currency": "USD",
            "total_minor": 499,
            "lines": [{"sku": "1001", "quantity_milli": 1_000, "amount_minor": 499}],
        },
    )
    assert decode_event(value).event == receipt(line(499))
    assert receipt().business_date == parse_date("2017-03-15")
    assert receipt().occurred_at_ms == parse_instant("2017-03-15T16:00:00Z")


#: A receipt that earned, a donation that was refused, a tick.
ENTRIES = [
    Entry(
        clock_ms=receipt().occurred_at_ms + 5,
        lateness_ms=5,
        book_hash=b"b" * 32,
        record=SourceRecord(
            key=b"journey:h7", headers=[RecordHeader(name="h", value=b"1")], value=encode_event(receipt())
        ),
        tenant="journey",
        entity_kind="member",
        entity_id="h7",
        source_key=f"receipt:{receipt().key}",
        occurred_at_ms=receipt().occurred_at_ms,
        outcome="DECIDED",
        postings=[
            Posting(
                kind="campaign",
                campaign_id="base",
                owner="1",
                subaccount="points_funded",
                unit="POINT:journey",
                amount_minor=-4,
            ),
            Posting(
                kind="member",
                campaign_id="",
                owner="h7",
                subaccount="available",
                unit="POINT:journey",
                amount_minor=4,
            ),
        ],
        effects=[
            Effect(
                campaign_id="base",
                campaign_version=1,
                effect="points_per_money",
                origin=f"receipt:{receipt().key}",
                beneficiary_id="",
                unit="POINT:journey",
                amount_minor=4,
            )
        ],
        receipts=[
            ReceiptChanged(
                store_id="s1",
                till_id="1",
                receipt_number="42",
                business_date=receipt().business_date,
                programme="journey",
                member_id="h7",
                status="RECORDED",
                currency="USD",
                total_minor=499,
                occurred_at_ms=receipt().occurred_at_ms,
            )
        ],
    ),
    Entry(
        clock_ms=receipt().occurred_at_ms + 6,
        book_hash=b"b" * 32,
        record=SourceRecord(key=b"journey:h7", headers=[], value=encode_event(donation())),
        tenant="journey",
        entity_kind="member",
        entity_id="h7",
        outcome="REFUSED",
    ),
    Entry(
        clock_ms=receipt().occurred_at_ms + 7,
        book_hash=b"b" * 32,
        tenant="journey",
        entity_kind="partition",
        entity_id="0",
        outcome="TICKED",
    ),
]


def _journal() -> list[bytes]:
    """A claim and the entries, chained."""
    values, last_hash = [encode_claim(CLAIM)], NO_HASH
    for sequence, entry in enumerate(ENTRIES, 1):
        source = EntrySource(
            topic="sales.receipt.recorded.v1", partition=0, offset=sequence, log_time_ms=entry.clock_ms
        )
        header = EntryHeader(
            epoch=CLAIM.epoch,
            writer_id=CLAIM.writer_id,
            sequence=sequence,
            previous_hash=last_hash,
            source=source if entry.record else None,
        )
        values.append(encode_entry(header, encode_entry_body(entry)))
        last_hash = hashlib.sha256(values[-1]).digest()
    return values


def test_the_client_reads_claims_and_entries() -> None:
    """Every figure of the journal can be had without us."""
    claim_schema = plain_client.load_schema("engine/journal_claim.v1")
    assert plain_client.read(claim_schema, _journal()[0]) == msgspec.to_builtins(CLAIM, builtin_types=(bytes,))
    first, second, tick = plain_client.read_journal(_journal())
    assert [(posting["owner"], posting["amount_minor"]) for posting in first["postings"]] == [("1", -4), ("h7", 4)]
    assert sum(posting["amount_minor"] for posting in first["postings"]) == 0
    assert first["receipts"][0]["business_date"] == date(2017, 3, 15)
    assert first["lateness_ms"] == 5
    assert second["outcome"] == "REFUSED"
    assert tick["header"]["source"] is None
    assert tick["record"] is None


def test_the_client_reads_the_record_in_an_entry() -> None:
    """The decided record is in the journal byte for byte, so inputs may be dropped."""
    entry = plain_client.read_journal(_journal())[0]
    schema = plain_client.load_schema("sales/receipt_recorded.v1")
    assert plain_client.read(schema, entry["record"]["value"]) == _fields(receipt())


def test_the_client_verifies_the_chain() -> None:
    """Each entry names the SHA-256 of the stored value before it; nothing can be changed, left out or put between."""
    claim, first, second, tick = _journal()
    changed = first.replace(b"journey:h7", b"journey:h8")
    assert len(plain_client.read_journal([claim, first, second, tick])) == 3
    assert len(plain_client.read_journal([claim, changed, second, tick])) == 1
    assert len(plain_client.read_journal([claim, second, tick])) == 0
    assert len(plain_client.read_journal([claim, first, tick])) == 1
    assert len(plain_client.read_journal([claim, first, first, second, tick])) == 3
    assert len(plain_client.read_journal([first, second, tick])) == 0


def test_a_later_claim_ends_the_writer() -> None:
    """Entries of the old writer behind it do not count; a claim that is not higher changes nothing."""
    claim, first, second, tick = _journal()
    higher = encode_claim(msgspec.structs.replace(CLAIM, epoch=2, writer_id=b"x" * 16))
    same = encode_claim(msgspec.structs.replace(CLAIM, writer_id=b"x" * 16))
    assert len(plain_client.read_journal([claim, first, higher, second, tick])) == 1
    assert len(plain_client.read_journal([claim, first, same, second, tick])) == 3


def test_the_client_knows_nothing_of_the_engine() -> None:
    """It would prove nothing otherwise."""
    text = (plain_client.AVRO.parents[1] / "tests/contract/wire/plain_client.py").read_text(encoding="utf-8")
    imports = [word for word in text.splitlines() if word.startswith(("import ", "from "))]
    assert imports == [
        "from __future__ import annotations",
        "import hashlib",
        "import json",
        "from io import BytesIO",
        "from pathlib import Path",
        "from typing import Any, Final",
        "import fastavro",
    ]
