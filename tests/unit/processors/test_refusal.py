"""Every documented refusal of every input, and which of two is told."""

import pytest

from eventlog.port import Record
from processors.context import FUTURE_LIMIT_MS
from schemas.business_time import DAY_MS
from schemas.codec import Event, encode_entry_body, encode_event
from schemas.entry import Entry
from schemas.rejection import Reason
from tests.unit.processors.engine import TOPICS, Engine
from tests.unit.processors.made_document import engine, journey_documents, journey_engine
from tests.unit.schemas.made_record import (
    NOON_MS,
    activation,
    assignment,
    campaign,
    changed,
    conflict,
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


def _reason(entry: Entry) -> str:
    assert entry.rejection is not None, entry
    assert entry.outcome in {"REFUSED", "UNDECODABLE"}
    assert not entry.postings
    assert not entry.effects
    assert not entry.lots_opened
    assert not entry.receipts
    assert not entry.messages
    return entry.rejection.reason


def _ready() -> Engine:
    """An engine with the journey's rules and a horizon of 30 days."""
    return engine(*journey_documents()[1:], horizon_days=30)


@pytest.mark.parametrize(
    "value",
    [None, b"", b"no record", b"\xc3\x01" + bytes(20), encode_event(receipt())[:-1], encode_event(receipt()) + b"x"],
)
def test_what_cannot_be_decoded_is_told_and_belongs_to_nobody(value: bytes | None) -> None:
    """Its entry holds the bytes; the first 16 are shown."""
    made = journey_engine()
    entry = made.put(RECEIPTS, 0, Record(b"journey:h7", value), NOON_MS)
    assert _reason(entry) == "UNDECODABLE"
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
        assert _reason(entry) == "WRONG_SCHEMA"
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
        assert _reason(entry) == "WRONG_PARTITION"
        assert entry.rejection is not None
        assert entry.rejection.mend == "key the record journey:h7"


def test_a_record_without_a_key_is_told_its_own() -> None:
    """A producer that sends without keys spreads a member over all partitions."""
    entry = journey_engine().put(RECEIPTS, 0, Record(None, encode_event(receipt())), NOON_MS)
    assert _reason(entry) == "WRONG_PARTITION"
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
        assert _reason(entry) == "WRONG_PARTITION"
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
        assert _reason(entry) == reason
        assert not entry.keys


@pytest.mark.parametrize("day", [-1, 2_932_897, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("member_id", ["h7", None])
def test_an_absurd_date_is_refused_and_stops_nobody(day: int, member_id: str | None) -> None:
    """Also where the date is part of the record's own key."""
    made = journey_engine()
    sold = changed(receipt(member_id=member_id), business_date=day)
    assert _reason(made.send(sold)) == "INVALID_BUSINESS_DATE"
    assert _reason(made.send(returned(sold))) == "INVALID_BUSINESS_DATE"
    assert made.send(receipt()).outcome == "DECIDED"


@pytest.mark.parametrize("at_ms", [-1, -(2**63), 2**63 - 1, 253_402_300_800_000])
@pytest.mark.parametrize("event", MEMBER_RECORDS, ids=IDS)
def test_an_absurd_time_is_refused_and_stops_nobody(event: Event, at_ms: int) -> None:
    """Its entry can be written, and says no time that no calendar has."""
    entry = journey_engine().send(changed(event, occurred_at_ms=at_ms), log_time_ms=NOON_MS)
    assert _reason(entry) == "INVALID_OCCURRED_AT"
    assert (entry.occurred_at_ms, entry.lateness_ms) == (None, None)


def test_a_long_id_does_not_make_the_entry_too_large() -> None:
    """The record stands in the entry once, whatever a producer puts into its fields."""
    long = "x" * 400_000
    event = donation(member_id=long, event_id=long, campaign_id=long)
    entry = journey_engine().send(event)
    assert _reason(entry) == "INVALID_EVENT_ID"
    assert len(encode_entry_body(entry)) < 2 * len(encode_event(event)) + 2_000


@pytest.mark.parametrize("event", MEMBER_RECORDS, ids=IDS)
def test_a_record_far_ahead_of_the_log_is_refused(event: Event) -> None:
    """More than 24 hours; up to that it is decided, and its lateness is below zero."""
    entry = journey_engine().send(event, log_time_ms=event.occurred_at_ms - FUTURE_LIMIT_MS - 1)  # type: ignore[union-attr]
    assert _reason(entry) == "OCCURRED_AT_IN_FUTURE"
    entry = journey_engine().send(event, log_time_ms=event.occurred_at_ms - FUTURE_LIMIT_MS)  # type: ignore[union-attr]
    assert entry.rejection is None or entry.rejection.reason == "UNKNOWN_RECEIPT"
    assert entry.lateness_ms == -FUTURE_LIMIT_MS


@pytest.mark.parametrize("event", [*MEMBER_RECORDS, issue()])
def test_a_programme_that_was_not_published_is_told(event: Event) -> None:
    """The same record may be taken later."""
    entry = Engine().send(event)
    assert _reason(entry) == "UNKNOWN_PROGRAMME"
    assert entry.rejection is not None
    assert entry.rejection.is_transient


@pytest.mark.parametrize("event", MEMBER_RECORDS, ids=IDS)
def test_a_record_beyond_the_horizon_is_refused(event: Event) -> None:
    """Exactly at the horizon it is taken; a millisecond later it is too old."""
    made = _ready()
    entry = made.send(event, log_time_ms=event.occurred_at_ms + 30 * DAY_MS + 1)  # type: ignore[union-attr]
    assert _reason(entry) == "TOO_OLD"
    made = _ready()
    entry = made.send(event, log_time_ms=event.occurred_at_ms + 30 * DAY_MS)  # type: ignore[union-attr]
    assert entry.rejection is None or entry.rejection.reason == "UNKNOWN_RECEIPT"
    assert entry.lateness_ms == 30 * DAY_MS


@pytest.mark.parametrize("event", [receipt(currency="EUR"), donation(currency="EUR")])
def test_another_currency_is_refused(event: Event) -> None:
    """No rate is guessed."""
    assert _reason(journey_engine().send(event)) == "UNKNOWN_UNIT"


def test_a_donation_to_a_campaign_that_takes_none_is_refused() -> None:
    """It may be published later."""
    entry = journey_engine().send(donation(campaign_id="base"))
    assert _reason(entry) == "UNKNOWN_CAMPAIGN"
    assert entry.rejection is not None
    assert entry.rejection.is_transient


def test_a_return_of_an_unknown_receipt_is_refused() -> None:
    """It is taken after the receipt, under the same event id."""
    made = journey_engine()
    entry = made.send(returned(receipt()))
    assert _reason(entry) == "UNKNOWN_RECEIPT"
    made.send(receipt())
    assert made.send(returned(receipt())).outcome == "DECIDED"


def test_a_return_under_another_member_does_not_find_the_receipt() -> None:
    """It belongs to the member it was recorded under."""
    made = journey_engine()
    made.send(receipt())
    assert _reason(made.send(returned(receipt(), member_id="h8"))) == "UNKNOWN_RECEIPT"
    assert _reason(made.send(returned(receipt(), member_id=None, event_id="r2"))) == "UNKNOWN_RECEIPT"


def test_a_returned_receipt_cannot_be_returned_again() -> None:
    """Nor one that was taken back because it stood under two members."""
    made = journey_engine()
    made.send(receipt())
    made.send(returned(receipt()))
    assert _reason(made.send(returned(receipt(), event_id="r2"))) == "RECEIPT_ALREADY_REVERSED"
    made = journey_engine()
    made.send(receipt())
    made.send(conflict(receipt()))
    assert _reason(made.send(returned(receipt()))) == "RECEIPT_ALREADY_REVERSED"


@pytest.mark.parametrize(
    ("event", "other"),
    [
        (receipt(line(100)), receipt(line(200))),
        (donation(100), donation(200)),
        (activation(), activation(zone="UTC")),
        (issue(), issue(batch_id="27")),
        (instruction(), instruction(reason="another")),
    ],
    ids=["receipt", "donation", "activation", "issue", "instruction"],
)
def test_the_same_key_again_is_a_duplicate_or_a_conflict(event: Event, other: Event) -> None:
    """By the digest of the payload; neither moves anything, and the key stays with the first."""
    made = journey_engine()
    if not isinstance(event, type(issue())):
        made.send(issue())
    first = made.send(event)
    before = made.balances()
    assert first.outcome in {"DECIDED", "PENDING"}
    assert made.send(event).outcome == "DUPLICATE"
    assert _reason(made.send(other)) == "CONFLICTING_BODY"
    assert made.send(event).outcome == "DUPLICATE"
    assert made.balances() == before


def test_a_key_is_of_its_entity() -> None:
    """One receipt under two owners is for the read model to find; the same event id of two members is two events."""
    made = journey_engine()
    assert made.send(receipt()).outcome == "DECIDED"
    assert made.send(receipt(member_id="h8")).outcome == "DECIDED"
    assert made.send(receipt(member_id=None)).outcome == "DECIDED"
    assert made.send(donation()).outcome == "DECIDED"
    assert made.send(donation(member_id="h8")).outcome == "DECIDED"


#: What is wrong with a receipt, from the first that is told to the last.
LADDER: list[tuple[str, dict[str, object]]] = [
    ("WRONG_PARTITION", {}),
    ("INVALID_TILL_ID", {"till_id": ""}),
    ("OCCURRED_AT_IN_FUTURE", {"occurred_at_ms": NOON_MS + 40 * DAY_MS}),
    ("UNKNOWN_PROGRAMME", {"programme": "other"}),
    ("UNKNOWN_UNIT", {"currency": "EUR"}),
]


@pytest.mark.parametrize("first", range(len(LADDER)))
def test_of_several_refusals_the_first_reason_is_told(first: int) -> None:
    """In the order of `Reason`: with the first wrong things mended, the next is told."""
    wrong: dict[str, object] = {}
    for _, changes in reversed(LADDER[first:]):
        wrong |= changes
    event = changed(receipt(), **wrong)
    entry = journey_engine().send(event, log_time_ms=NOON_MS, key=b"x" if first == 0 else None)
    assert _reason(entry) == LADDER[first][0]
    order = [reason.value for reason in Reason]
    assert [reason for reason, _ in LADDER] == sorted((reason for reason, _ in LADDER), key=order.index)


def test_a_conflict_is_told_before_what_the_programme_says() -> None:
    """The key is taken, whatever the second body holds."""
    made = journey_engine()
    made.send(receipt())
    other = changed(receipt(), currency="EUR", programme="other")
    assert _reason(made.send(other)) == "CONFLICTING_BODY"


def test_too_old_is_told_before_the_currency() -> None:
    """Time before unit."""
    made = _ready()
    entry = made.send(receipt(currency="EUR"), log_time_ms=NOON_MS + 31 * DAY_MS)
    assert _reason(entry) == "TOO_OLD"
