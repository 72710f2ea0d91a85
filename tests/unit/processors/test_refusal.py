"""Every documented refusal of every input, and which of two is told."""

import pytest

from eventlog.port import Record
from schemas.codec import Event, encode_entry_body, encode_event
from schemas.entry import Entry
from tests.unit.processors.engine import TOPICS
from tests.unit.processors.made_document import journey_engine
from tests.unit.schemas.made_record import (
    NOON_MS,
    activation,
    assignment,
    campaign,
    changed,
    donation,
    every_event,
    instruction,
    issue,
    line,
    programme,
    receipt,
    returned,
)

RECEIPTS = "sales.receipt.recorded.v1"
MEMBER_RECORDS: list[Event] = [receipt(), returned(receipt()), donation(), activation()]
IDS = [type(record).__name__ for record in MEMBER_RECORDS]


def reason_of(entry: Entry) -> str:
    """Give the reason of a refusal, which has no effect."""
    assert entry.rejection is not None, entry
    assert entry.outcome in {"REFUSED", "UNDECODABLE"}
    assert not entry.postings
    assert not entry.effects
    assert not entry.lots_opened
    assert not entry.receipts
    assert not entry.messages
    return entry.rejection.reason


@pytest.mark.parametrize(
    "value",
    [None, b"", b"no record", b"\xc3\x01" + bytes(20), encode_event(receipt())[:-1], encode_event(receipt()) + b"x"],
)
def test_what_cannot_be_decoded_is_told_and_belongs_to_nobody(value: bytes | None) -> None:
    """Its entry holds the bytes; the first 16 are shown."""
    made = journey_engine()
    entry = made.put(RECEIPTS, 0, Record(b"journey:h7", value), NOON_MS)
    assert reason_of(entry) == "UNDECODABLE"
    assert entry.outcome == "UNDECODABLE"
    assert (entry.tenant, entry.entity_kind, entry.entity_id, entry.source_key) == ("", "partition", "0", "")
    assert entry.record is not None
    assert entry.record.value == value
    assert entry.rejection is not None
    assert entry.rejection.value == ("" if value is None else value[:16].hex())


@pytest.mark.parametrize("event", [pytest.param(event, id=type(event).__name__) for event in every_event()])
@pytest.mark.parametrize("topic", sorted(set(TOPICS.values())))
def test_a_topic_carries_its_own_schema_only(topic: str, event: Event) -> None:
    """A message, an instruction or a finding among receipts would pass the border of trust."""
    made = journey_engine()
    value = encode_event(event)
    entry = made.put(topic, 0, Record(b"journey:h7", value), NOON_MS)
    if topic == TOPICS.get(made_schema(event)):
        assert entry.rejection is None or entry.rejection.reason != "WRONG_SCHEMA"
    else:
        assert reason_of(entry) == "WRONG_SCHEMA"
        assert entry.tenant == "", "it is not believed whose it is"
        assert not entry.adoptions


def made_schema(event: Event) -> str:
    """Give the full name of an event's schema."""
    module = type(event).__module__.rpartition(".")[2]
    domain = {
        "receipt": "sales",
        "code": "promo",
        "rule": "promo",
        "donation": "giving",
        "segment": "engine",
        "conflict": "engine",
        "instruction": "engine",
        "code_message": "engine",
    }[module]
    name = type(event).__name__
    return f"kopilka.{'engine' if name == 'DocumentPublished' else domain}.v1.{name}"


@pytest.mark.parametrize("event", MEMBER_RECORDS, ids=IDS)
def test_a_record_under_another_key_is_told_its_own(event: Event) -> None:
    """It would split a member's state in two."""
    for key in (b"journey:h8", b"h7", b"\xff\xfe", b""):
        entry = journey_engine().send(event, key=key)
        assert reason_of(entry) == "WRONG_PARTITION"
        assert entry.rejection is not None
        assert entry.rejection.mend == "key the record journey:h7"


def test_a_record_without_a_key_is_told_its_own() -> None:
    """A producer that sends without keys spreads a member over all partitions."""
    entry = journey_engine().put(RECEIPTS, 0, Record(None, encode_event(receipt())), NOON_MS)
    assert reason_of(entry) == "WRONG_PARTITION"
    assert entry.rejection is not None
    assert entry.rejection.value == "none"


def test_a_record_in_another_partition_is_told_the_partitioner() -> None:
    """Librdkafka's default is another."""
    made = journey_engine(3)
    partition = next(
        number
        for number, desk in enumerate(made.desks)
        if desk.decide(desk.place(RECEIPTS, Record(b"journey:h7", encode_event(receipt())), NOON_MS)).outcome
        == "DECIDED"
    )
    for other in {0, 1, 2} - {partition}:
        entry = made.put(RECEIPTS, other, Record(b"journey:h7", encode_event(receipt())), NOON_MS)
        assert reason_of(entry) == "WRONG_PARTITION"
        assert entry.rejection is not None
        assert entry.rejection.mend.startswith(f"this key belongs to partition {partition};")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (receipt(line(-1, quantity_milli=-1)), "INVALID_QUANTITY"),
        (receipt(total_minor=1), "INVALID_TOTAL"),
        (returned(receipt(), event_id=""), "INVALID_EVENT_ID"),
        (donation(0), "INVALID_AMOUNT"),
        (activation(code_hash="x"), "INVALID_CODE_HASH"),
        (issue(batch_id=""), "INVALID_BATCH_ID"),
        (assignment(segment="a b"), "INVALID_SEGMENT"),
        (instruction(skip_lost_input=None), "INVALID_INSTRUCTION"),
        (campaign(version=0), "INVALID_VERSION"),
        (campaign("{}"), "INVALID_DOCUMENT"),
        (programme("["), "INVALID_DOCUMENT"),
        (changed(receipt(), tenant=""), "INVALID_TENANT"),
        (changed(receipt(), programme="J"), "INVALID_PROGRAMME"),
    ],
)
def test_a_malformed_record_is_refused_and_does_not_take_its_key(event: Event, reason: str) -> None:
    """It can be sent again when it is mended."""
    made = journey_engine()
    for _ in range(2):
        entry = made.send(event)
        assert reason_of(entry) == reason
        assert not entry.keys


@pytest.mark.parametrize("day", [-1, 2_932_897, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("member_id", ["h7", None])
def test_an_absurd_date_is_refused_and_stops_nobody(day: int, member_id: str | None) -> None:
    """Also where the date is part of the record's own key."""
    made = journey_engine()
    sold = changed(receipt(member_id=member_id), business_date=day)
    assert reason_of(made.send(sold)) == "INVALID_BUSINESS_DATE"
    assert reason_of(made.send(returned(sold))) == "INVALID_BUSINESS_DATE"
    assert made.send(receipt()).outcome == "DECIDED"


@pytest.mark.parametrize("at_ms", [-1, -(2**63), 2**63 - 1, 253_402_300_800_000])
@pytest.mark.parametrize("event", MEMBER_RECORDS, ids=IDS)
def test_an_absurd_time_is_refused_and_stops_nobody(event: Event, at_ms: int) -> None:
    """Its entry can be written, and says no time that no calendar has."""
    entry = journey_engine().send(changed(event, occurred_at_ms=at_ms), log_time_ms=NOON_MS)
    assert reason_of(entry) == "INVALID_OCCURRED_AT"
    assert (entry.occurred_at_ms, entry.lateness_ms) == (None, None)


def test_a_long_id_does_not_make_the_entry_too_large() -> None:
    """The record stands in the entry once, whatever a producer puts into its fields."""
    long = "x" * 400_000
    event = donation(member_id=long, event_id=long, campaign_id=long)
    entry = journey_engine().send(event)
    assert reason_of(entry) == "INVALID_EVENT_ID"
    assert len(encode_entry_body(entry)) < 2 * len(encode_event(event)) + 2_000
