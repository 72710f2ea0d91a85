"""What the views of `reporting` show, worked by hand."""

from datetime import UTC, date, datetime

from schemas.entry import Entry, Posting, SegmentChanged
from schemas.record.segment import PartitionOffset
from tests.integration.projections.made_entry import (
    DAY_MS,
    POINTS,
    bought,
    earned,
    effect,
    entry,
    key_of,
    lot_change,
    opened,
    posting,
    published,
    shares,
    taken_back,
)
from tests.integration.projections.made_journal import NOON_MS, MadeJournal
from tests.integration.projections.made_model import ask, project

NOON = datetime(2017, 3, 1, 12, tzinfo=UTC)


def _given(member_id: str, amount: int) -> list[Posting]:
    # LEDGER, case 9: own money, captured by the retailer's till.
    return [
        posting("member", "given", -amount, owner=member_id, unit="USD"),
        posting("party", "collected", amount, owner="retailer", campaign_id="round-up", unit="USD"),
        posting("party", "money_owed", -amount, owner="retailer", campaign_id="round-up", unit="USD"),
        posting("cause", "accrued", amount, owner="neighbours", campaign_id="round-up", unit="USD"),
    ]


def _points_to_cause(number: str, member_id: str, amount: int) -> Entry:
    # LEDGER, case 8.
    return entry(
        member_id,
        source_key=f"receipt:{key_of(number)}",
        postings=[
            posting("campaign", "points_funded", -amount, owner="1", campaign_id="pizza"),
            posting("cause", "points", amount, owner="forest", campaign_id="pizza"),
        ],
        effects=[effect("pizza", amount, number, beneficiary_id="forest")],
    )


def test_balance_sums_subaccounts_over_partitions(every_model_url: str) -> None:
    """Points only, each subaccount in its column."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 50}))
    made.write(
        0,
        entry(
            "anna",
            source_key="receipt:s1/1/2/2017-03-01",
            postings=[
                posting("campaign", "points_funded", -8, owner="1", campaign_id="base"),
                posting("member", "pending", 8, owner="anna"),
            ],
            lots_opened=[opened("anna", "2.base", "base", 8, active_from_ms=NOON_MS + DAY_MS)],
        ),
    )
    made.write(1, bought("3", "boris", {"base": 7}))
    made.write(1, entry("boris", source_key="donation:1", postings=_given("boris", 30)))
    project(made.log, every_model_url)

    assert ask(every_model_url, "SELECT * FROM reporting.member_balance ORDER BY member_id") == [
        ("shop", "anna", POINTS, 50, 8, 0, 0),
        ("shop", "boris", POINTS, 7, 0, 0, 0),
    ]


def test_statement_has_a_row_per_entry_and_campaign_with_the_balance_after_it(every_model_url: str) -> None:
    """In the order of the journal; what is pending is no line until it is active."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"extra": 7, "base": 50}, at_ms=NOON_MS - DAY_MS))
    # Pending points are no change of what is available; the tick that activates them is.
    made.write(
        0,
        entry(
            "anna",
            postings=[
                posting("campaign", "points_funded", -8, owner="1", campaign_id="base"),
                posting("member", "pending", 8, owner="anna"),
            ],
            lots_opened=[opened("anna", "2.base", "base", 8, active_from_ms=NOON_MS + DAY_MS)],
        ),
    )
    made.write(0, taken_back("1", "anna", {"base": 50, "extra": 7}))
    made.write(
        0,
        entry(
            "anna",
            clock_ms=NOON_MS + DAY_MS,
            postings=[
                posting("member", "pending", -8, owner="anna"),
                posting("member", "available", 8, owner="anna"),
            ],
            lot_changes=[lot_change("anna", "2.base", "base", pending=-8, available=8)],
        ),
        topic=None,
    )
    project(made.log, every_model_url, batch_entries=2)

    before, after = datetime(2017, 2, 28, 12, tzinfo=UTC), datetime(2017, 3, 2, 12, tzinfo=UTC)
    bought_key = f"receipt:{key_of('1')}"
    assert ask(every_model_url, "SELECT * FROM reporting.member_statement") == [
        ("shop", "anna", before, NOON, bought_key, "base", POINTS, 50, 50, 0, 1),
        ("shop", "anna", before, NOON, bought_key, "extra", POINTS, 7, 57, 0, 1),
        ("shop", "anna", NOON, NOON, "return:1", "base", POINTS, -50, 7, 0, 3),
        ("shop", "anna", NOON, NOON, "return:1", "extra", POINTS, -7, 0, 0, 3),
        ("shop", "anna", after, after, "", "base", POINTS, 8, 8, 0, 4),
    ]


def test_receipt_effects_are_summed_and_nothing_left_is_left_out(every_model_url: str) -> None:
    """A reversal takes its row away; nobody's receipt has no member."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 50, "extra": 7}))
    made.write(0, taken_back("1", "anna", {"base": 50}))
    made.write(0, _points_to_cause("2", key_of("2"), 40))
    project(made.log, every_model_url)

    day = date(2017, 3, 1)
    question = "SELECT * FROM reporting.receipt_effect ORDER BY receipt_number"
    assert ask(every_model_url, question) == [
        ("shop", "s1", "1", "1", day, "anna", "extra", "points_per_money", POINTS, 7),
        ("shop", "s1", "1", "2", day, None, "pizza", "points_per_money", POINTS, 40),
    ]


def test_cause_totals_sum_partitions_and_count_points_as_accrued(every_model_url: str) -> None:
    """One row per campaign, beneficiary and unit."""
    made = MadeJournal()
    made.write(0, _points_to_cause("1", "anna", 40))
    made.write(1, _points_to_cause("2", "boris", 2))
    made.write(1, entry("boris", source_key="donation:1", postings=_given("boris", 30)))
    project(made.log, every_model_url)

    question = "SELECT * FROM reporting.cause_total ORDER BY campaign_id"
    assert ask(every_model_url, question) == [
        ("shop", "pizza", "forest", POINTS, 42, 0, 0, 0, 0),
        ("shop", "round-up", "neighbours", "USD", 30, 0, 0, 0, 0),
    ]


def test_party_statement_splits_totals_by_nested_floors_and_adds_own_postings(every_model_url: str) -> None:
    """Decided on totals over all partitions; the last party takes the rest."""
    made = MadeJournal()
    pizza = shares(manufacturer=6000, retailer=4000)
    made.write(0, entry("pizza", entity_kind="campaign", publications=[published("pizza", pizza)]))
    # Three parties, 101 points: 101 * 3333 // 10000 = 33, 68 * 3333 // 6667 = 33, the last takes 35.
    thirds = shares(a=3333, b=3333, c=3334)
    made.write(1, entry("thirds", entity_kind="campaign", adoptions=[published("thirds", thirds)]))
    # 40 + 1 = 41 over both partitions: 41 * 6000 // 10000 = 24, not 24 + 0.
    made.write(0, _points_to_cause("1", "anna", 40))
    made.write(1, _points_to_cause("2", "boris", 1))
    made.write(1, entry("boris", source_key="donation:1", postings=_given("boris", 30)))
    made.write(0, entry("anna", postings=earned("anna", "thirds", 101)))
    project(made.log, every_model_url)

    question = "SELECT * FROM reporting.party_statement ORDER BY campaign_id, party_id, subaccount"
    assert ask(every_model_url, question) == [
        ("shop", "manufacturer", "pizza", "points_funded", POINTS, -24),
        ("shop", "retailer", "pizza", "points_funded", POINTS, -17),
        ("shop", "retailer", "round-up", "collected", "USD", 30),
        ("shop", "retailer", "round-up", "money_owed", "USD", -30),
        ("shop", "a", "thirds", "points_funded", POINTS, -33),
        ("shop", "b", "thirds", "points_funded", POINTS, -33),
        ("shop", "c", "thirds", "points_funded", POINTS, -35),
    ]


def test_party_statement_splits_each_version_by_its_own_shares(every_model_url: str) -> None:
    """A new version does not move what an old one's parties owe."""
    made = MadeJournal()
    for version, retailer_bp in ((1, 10_000), (2, 5_000)):
        document = shares(retailer=retailer_bp, supplier=10_000 - retailer_bp)
        made.write(
            0,
            entry("base", entity_kind="campaign", publications=[published("base", document, version=version)]),
        )
        made.write(
            0,
            entry(
                "anna",
                postings=[
                    posting("campaign", "points_funded", -11, owner=str(version), campaign_id="base"),
                    posting("member", "available", 11, owner="anna"),
                ],
            ),
        )
    project(made.log, every_model_url)

    # Version 1: 11 and 0; version 2: 5 and 6.
    question = "SELECT party_id, amount FROM reporting.party_statement ORDER BY party_id"
    assert ask(every_model_url, question) == [("retailer", -16), ("supplier", -6)]


def test_segment_membership_is_the_newest_with_its_position(every_model_url: str) -> None:
    """The later entry replaces the earlier, in another batch too."""
    made = MadeJournal()
    for segment, next_offset in (("b", 3), ("a", 5)):
        position = [
            PartitionOffset(partition=0, next_offset=next_offset),
            PartitionOffset(partition=1, next_offset=2),
        ]
        fact = SegmentChanged(
            member_id="anna", segment_set="abc", segment=segment, computed_at_ms=NOON_MS, position=position
        )
        made.write(0, entry("anna", segments=[fact]))
    project(made.log, every_model_url, batch_entries=1)

    assert ask(every_model_url, "SELECT * FROM reporting.segment_membership") == [
        ("shop", "abc", "a", "anna", NOON, {"0": 5, "1": 2})
    ]


def test_every_view_and_column_has_a_comment(model_url: str) -> None:
    """Analysts find the meaning where they find the column."""
    question = """
        SELECT a.attrelid::regclass::text, a.attname
        FROM pg_attribute AS a INNER JOIN pg_class AS c ON a.attrelid = c.oid
        WHERE c.relnamespace = 'reporting'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
        AND (col_description(a.attrelid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)
    """
    assert ask(model_url, question) == []
