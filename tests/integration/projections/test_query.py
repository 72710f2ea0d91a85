"""The queries of the API, over a small journal."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from projections.cause_query import load_cause_totals, load_code_batches
from projections.connection import connect
from projections.journal_query import (
    find_entries,
    find_entry_of_source,
    load_adoption,
    load_dead_letters,
    load_model_positions,
    load_outcomes,
    load_parked,
    load_refusals,
)
from projections.member_query import (
    load_activation,
    load_balances,
    load_effects,
    load_memberships,
    load_owners,
    load_statement,
)
from schemas.entry import ActivationChanged, CodeChanged, Outcome, ParkingChanged, SegmentChanged
from schemas.rejection import Reason, reject
from tests.integration.projections.made_entry import (
    POINTS,
    TENANT,
    bought,
    entry,
    key_of,
    posting,
    published,
    taken_back,
)
from tests.integration.projections.made_journal import NOON_MS, RECEIPTS, MadeJournal
from tests.integration.projections.made_model import project

NOON = datetime(2017, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def connection(every_model_url: str) -> Iterator[psycopg.Connection]:
    """A connection to the read models of a small journal."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 50, "extra": 7}))
    made.write(0, bought("2", "anna", {"base": 5}))
    made.write(0, taken_back("2", "anna", {"base": 5}))
    for partition, version in ((0, 1), (0, 2), (1, 1)):
        made.write(partition, entry("base", adoptions=[published("base", {}, version=version)]))
    for number in range(3):
        no = reject(Reason.INVALID_SKU, f"lines[{number}].sku", "", "send one")
        refused = entry("anna", outcome=Outcome.REFUSED, rejection=no, source_key=f"receipt:{number}")
        made.write(1, refused, log_time_ms=NOON_MS + number)
    made.write(1, entry("", entity_kind="partition", tenant="", outcome=Outcome.UNDECODABLE))
    parked = ParkingChanged(held=1, released=0, failure="ValueError")
    made.write(1, entry("zoe", outcome=Outcome.PARKED, parked=parked))
    codes = [
        CodeChanged(code_hash=code, programme="shop", batch_id="b1", member_id=owner)
        for code, owner in (("c1", None), ("c2", None), ("c1", "anna"))
    ]
    step = ActivationChanged(
        event_id="e1",
        member_id="anna",
        programme="shop",
        code_hash="c1",
        occurred_at_ms=NOON_MS,
        zone="UTC",
        status="AWARDED",
    )
    segment = SegmentChanged(member_id="anna", segment_set="abc", segment="a", computed_at_ms=NOON_MS, position=[])
    gift = [
        posting("campaign", "points_funded", -4, owner="1", campaign_id="pizza"),
        posting("cause", "points", 4, owner="forest", campaign_id="pizza"),
    ]
    made.write(1, entry("anna", codes=codes, activations=[step], segments=[segment], postings=gift))
    project(made.log, every_model_url)
    with connect(every_model_url) as connection:
        yield connection


def test_balance(connection: psycopg.Connection) -> None:
    """One row per unit, none for a stranger."""
    assert load_balances(connection, TENANT, "anna") == [(POINTS, 57, 0, 0, 0)]
    assert load_balances(connection, TENANT, "nobody") == []


def test_statement_comes_in_pages(connection: psycopg.Connection) -> None:
    """A page may end within an entry, and the next goes on after that very line."""
    first = load_statement(connection, TENANT, "anna", page_rows=3)
    rest = load_statement(connection, TENANT, "anna", after=first[-1].place, page_rows=3)
    assert [(line.journal_offset, line.campaign_id, line.balance_after_minor) for line in first + rest] == [
        (1, "base", 50),
        (1, "extra", 57),
        (2, "base", 62),
        (3, "base", 57),
    ]
    assert load_statement(connection, TENANT, "anna", after=rest[-1].place) == []


def test_effects_and_owners_of_a_receipt(connection: psycopg.Connection) -> None:
    """What is left of each receipt, and under whom it stands."""
    assert load_effects(connection, TENANT, key_of("1")) == [
        ("anna", "base", "points_per_money", POINTS, 50),
        ("anna", "extra", "points_per_money", POINTS, 7),
    ]
    assert load_effects(connection, TENANT, key_of("2")) == []
    assert load_owners(connection, TENANT, key_of("2")) == [("anna", "anna", "RETURNED", "USD", 1_000, NOON, NOON)]
    with pytest.raises(ValueError, match="not enough values"):
        load_effects(connection, TENANT, "no key")


def test_segments_codes_and_causes(connection: psycopg.Connection) -> None:
    """The small queries give what the journal said."""
    assert load_memberships(connection, TENANT, "anna") == [("abc", "a", NOON, {})]
    assert load_code_batches(connection, TENANT) == [("shop", "b1", 2, 1)]
    assert load_activation(connection, TENANT, "anna", "e1") == ("e1", "shop", "c1", NOON, "UTC", "AWARDED")
    assert load_activation(connection, TENANT, "anna", "e2") is None
    assert load_cause_totals(connection, TENANT) == [("pizza", "forest", POINTS, 4, 0, 0, 0, 0)]


def test_adoption_counts_a_higher_version_too(connection: psycopg.Connection) -> None:
    """A partition that has gone further need not stop at the version asked for."""
    assert load_adoption(connection, TENANT, "shop", "base", 1) == {0: 4, 1: 1}
    assert load_adoption(connection, TENANT, "shop", "base", 2) == {0: 5}
    assert load_adoption(connection, TENANT, "shop", None, 1) == {}


def test_entries_are_found_by_key_and_by_source(connection: psycopg.Connection) -> None:
    """Both ways lead to the same entry; the empty key leads nowhere."""
    places = find_entries(connection, TENANT, f"receipt:{key_of('1')}")
    assert [(place.journal_partition, place.journal_offset, place.outcome) for place in places] == [(0, 1, "DECIDED")]
    assert find_entry_of_source(connection, RECEIPTS, 0, 0) == places[0]
    assert find_entry_of_source(connection, RECEIPTS, 0, 999) is None
    assert find_entries(connection, TENANT, "") == []


def test_refusals_come_newest_first_in_pages(connection: psycopg.Connection) -> None:
    """The next page begins where the last one ended."""
    first = load_refusals(connection, TENANT, page_rows=2)
    rest = load_refusals(connection, TENANT, before=first[-1], page_rows=2)
    assert [refusal.field for refusal in first + rest] == ["lines[2].sku", "lines[1].sku", "lines[0].sku"]


def test_what_became_of_records(connection: psycopg.Connection) -> None:
    """Outcomes, held entities and dead letters can be seen, and how far the tables are."""
    assert load_outcomes(connection) == [
        (0, "DECIDED", 5),
        (1, "DECIDED", 2),
        (1, "PARKED", 1),
        (1, "REFUSED", 3),
        (1, "UNDECODABLE", 1),
    ]
    assert load_parked(connection) == [(TENANT, "member", "zoe", 1, "ValueError", 1, 6)]
    assert load_dead_letters(connection) == [(1, 5, RECEIPTS, 4, NOON)]
    newest = datetime(2017, 3, 1, 12, 0, 0, 2_000, tzinfo=UTC)
    assert load_model_positions(connection) == [(0, 6, NOON), (1, 8, newest)]
