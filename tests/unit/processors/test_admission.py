"""What a well-formed record must pass: its time, its programme, its key; and which of two refusals is told."""

import pytest

from processors.context import FUTURE_LIMIT_MS
from schemas.business_time import DAY_MS
from schemas.codec import Event
from schemas.rejection import Reason
from tests.unit.processors.engine import Engine
from tests.unit.processors.made_document import engine, journey_documents, journey_engine
from tests.unit.processors.test_refusal import IDS, MEMBER_RECORDS, reason_of
from tests.unit.schemas.made_record import (
    NOON_MS,
    activation,
    changed,
    conflict,
    donation,
    issue,
    line,
    receipt,
    returned,
)


def _ready() -> Engine:
    """An engine with the journey's rules and a horizon of 30 days."""
    return engine(*journey_documents()[1:], horizon_days=30)


@pytest.mark.parametrize("event", MEMBER_RECORDS, ids=IDS)
def test_a_record_far_ahead_of_the_log_is_refused(event: Event) -> None:
    """More than 24 hours; up to that it is decided, and its lateness is below zero."""
    entry = journey_engine().send(event, log_time_ms=event.occurred_at_ms - FUTURE_LIMIT_MS - 1)  # type: ignore[union-attr]
    assert reason_of(entry) == "OCCURRED_AT_IN_FUTURE"
    entry = journey_engine().send(event, log_time_ms=event.occurred_at_ms - FUTURE_LIMIT_MS)  # type: ignore[union-attr]
    assert entry.rejection is None or entry.rejection.reason == "UNKNOWN_RECEIPT"
    assert entry.lateness_ms == -FUTURE_LIMIT_MS


@pytest.mark.parametrize("event", [*MEMBER_RECORDS, issue()])
def test_a_programme_that_was_not_published_is_told(event: Event) -> None:
    """The same record may be taken later."""
    entry = Engine().send(event)
    assert reason_of(entry) == "UNKNOWN_PROGRAMME"
    assert entry.rejection is not None
    assert entry.rejection.is_transient


@pytest.mark.parametrize("event", MEMBER_RECORDS, ids=IDS)
def test_a_record_beyond_the_horizon_is_refused(event: Event) -> None:
    """Exactly at the horizon it is taken; a millisecond later it is too old."""
    made = _ready()
    entry = made.send(event, log_time_ms=event.occurred_at_ms + 30 * DAY_MS + 1)  # type: ignore[union-attr]
    assert reason_of(entry) == "TOO_OLD"
    made = _ready()
    entry = made.send(event, log_time_ms=event.occurred_at_ms + 30 * DAY_MS)  # type: ignore[union-attr]
    assert entry.rejection is None or entry.rejection.reason == "UNKNOWN_RECEIPT"
    assert entry.lateness_ms == 30 * DAY_MS


@pytest.mark.parametrize("event", [receipt(currency="EUR"), donation(currency="EUR")])
def test_another_currency_is_refused(event: Event) -> None:
    """No rate is guessed."""
    assert reason_of(journey_engine().send(event)) == "UNKNOWN_UNIT"


def test_a_donation_to_a_campaign_that_takes_none_is_refused() -> None:
    """It may be published later."""
    entry = journey_engine().send(donation(campaign_id="base"))
    assert reason_of(entry) == "UNKNOWN_CAMPAIGN"
    assert entry.rejection is not None
    assert entry.rejection.is_transient


def test_a_return_of_an_unknown_receipt_is_refused() -> None:
    """It is taken after the receipt, under the same event id."""
    made = journey_engine()
    entry = made.send(returned(receipt()))
    assert reason_of(entry) == "UNKNOWN_RECEIPT"
    made.send(receipt())
    assert made.send(returned(receipt())).outcome == "DECIDED"


def test_a_return_under_another_member_does_not_find_the_receipt() -> None:
    """It belongs to the member it was recorded under."""
    made = journey_engine()
    made.send(receipt())
    assert reason_of(made.send(returned(receipt(), member_id="h8"))) == "UNKNOWN_RECEIPT"
    assert reason_of(made.send(returned(receipt(), member_id=None, event_id="r2"))) == "UNKNOWN_RECEIPT"


def test_a_returned_receipt_cannot_be_returned_again() -> None:
    """Nor one that was taken back because it stood under two members."""
    made = journey_engine()
    made.send(receipt())
    made.send(returned(receipt()))
    assert reason_of(made.send(returned(receipt(), event_id="r2"))) == "RECEIPT_ALREADY_REVERSED"
    made = journey_engine()
    made.send(receipt())
    made.send(conflict(receipt()))
    assert reason_of(made.send(returned(receipt()))) == "RECEIPT_ALREADY_REVERSED"


@pytest.mark.parametrize(
    ("event", "other"),
    [
        (receipt(line(100)), receipt(line(200))),
        (donation(100), donation(200)),
        (activation(), activation(zone="UTC")),
        (issue(), issue(batch_id="27")),
    ],
    ids=["receipt", "donation", "activation", "issue"],
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
    assert reason_of(made.send(other)) == "CONFLICTING_BODY"
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
    assert reason_of(entry) == LADDER[first][0]
    order = [reason.value for reason in Reason]
    assert [reason for reason, _ in LADDER] == sorted((reason for reason, _ in LADDER), key=order.index)


def test_a_conflict_is_told_before_what_the_programme_says() -> None:
    """The key is taken, whatever the second body holds."""
    made = journey_engine()
    made.send(receipt())
    other = changed(receipt(), currency="EUR", programme="other")
    assert reason_of(made.send(other)) == "CONFLICTING_BODY"


def test_too_old_is_told_before_the_currency() -> None:
    """Time before unit."""
    made = _ready()
    entry = made.send(receipt(currency="EUR"), log_time_ms=NOON_MS + 31 * DAY_MS)
    assert reason_of(entry) == "TOO_OLD"
