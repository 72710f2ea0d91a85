"""Segments by the letter: exact edges, ties, and only what differs."""

import pytest

from projections.connection import connect
from projections.member_query import load_memberships
from projections.segment.membership import (
    AbcThresholds,
    ActivityThresholds,
    SegmentThresholds,
    compute_segments,
    load_programmes,
    load_thresholds,
)
from schemas.entry import SegmentChanged
from schemas.record.segment import PartitionOffset
from tests.integration.projections.made_entry import DAY_MS, bought, entry, published, receipt, taken_back
from tests.integration.projections.made_journal import NOON_MS, MadeJournal
from tests.integration.projections.made_model import ask, project

#: Member → receipts as (time, spend).
Purchases = dict[str, list[tuple[int, int]]]


def _compute(
    database_url: str, purchases: Purchases, thresholds: SegmentThresholds | None = None
) -> dict[str, dict[str, str]]:
    made = MadeJournal()
    number = 0
    for member, receipts in purchases.items():
        for at_ms, spend in receipts:
            number += 1
            made.write(number % 2, bought(str(number), member, {"base": 1}, total=spend, at_ms=at_ms))
    project(made.log, database_url)
    return _segments(database_url, thresholds)


def _segments(database_url: str, thresholds: SegmentThresholds | None = None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {"abc": {}, "activity": {}}
    with compute_segments(database_url, "shop", thresholds or SegmentThresholds()) as computation:
        for change in computation.changes:
            found[change.segment_set][change.member_id] = change.segment
    return found


def _days_ago(days: int, *, less_ms: int = 0) -> int:
    return NOON_MS - days * DAY_MS + less_ms


@pytest.mark.parametrize(
    ("receipts", "segment"),
    [
        pytest.param([_days_ago(30, less_ms=1)], "new", id="first-just-within-30-days"),
        pytest.param([_days_ago(30)], "lapsing", id="first-and-last-exactly-30-days"),
        pytest.param([_days_ago(200), _days_ago(30, less_ms=1)], "active", id="last-just-within-30-days"),
        pytest.param([_days_ago(200), _days_ago(30)], "lapsing", id="last-exactly-30-days"),
        pytest.param([_days_ago(200), _days_ago(90, less_ms=1)], "lapsing", id="last-just-within-90-days"),
        pytest.param([_days_ago(200), _days_ago(90)], "lost", id="last-exactly-90-days"),
        pytest.param([_days_ago(90)], "lost", id="one-receipt-90-days-ago"),
    ],
)
def test_activity_counts_from_the_latest_receipt(model_url: str, receipts: list[int], segment: str) -> None:
    """Within n days means later than the tenant's latest less n days, to the millisecond."""
    found = _compute(model_url, {"anna": [(at_ms, 1) for at_ms in receipts], "zoe": [(NOON_MS, 1)]})
    assert found["activity"] == {"anna": segment, "zoe": "new"}


def test_activity_thresholds_are_settings(every_model_url: str) -> None:
    """The programme's own days decide."""
    thresholds = SegmentThresholds(activity=ActivityThresholds(new_days=5, active_days=10, lapsing_days=20))
    purchases = {f"m{days}": [(_days_ago(days), 1)] for days in (0, 5, 10, 20)}
    found = _compute(every_model_url, purchases, thresholds)
    assert found["activity"] == {"m0": "new", "m5": "active", "m10": "lapsing", "m20": "lost"}


@pytest.mark.parametrize(
    ("spend", "segments"),
    [
        pytest.param({"a": 80, "b": 15, "c": 5}, {"a": "A", "b": "B", "c": "C"}, id="exactly-at-80-and-95"),
        pytest.param({"a": 79, "b": 16, "c": 5}, {"a": "A", "b": "A", "c": "C"}, id="just-below-80"),
        pytest.param({"a": 80, "b": 14, "c": 6}, {"a": "A", "b": "B", "c": "B"}, id="just-below-95"),
        pytest.param({"a": 100}, {"a": "A"}, id="one-member"),
        pytest.param({"a": 0, "b": 0}, {"a": "C", "b": "C"}, id="nobody-spent"),
        # 25 each: before the members 0, 25, 50, 75 of 100; a tie is by id, capitals first, bytes deciding.
        pytest.param({"b": 25, "a": 25, "B": 25, "Z": 25}, dict.fromkeys("bBaZ", "A"), id="tie-within-one-segment"),
        pytest.param(
            {"b": 20, "a": 20, "B": 20, "Z": 20, "_": 20},
            {"B": "A", "Z": "A", "_": "A", "a": "A", "b": "B"},
            id="tie-over-the-edge",
        ),
    ],
)
def test_abc_is_pareto_by_spend(model_url: str, spend: dict[str, int], segments: dict[str, str]) -> None:
    """The edge itself belongs to the next segment, and ties are by id."""
    found = _compute(model_url, {member: [(NOON_MS, amount)] for member, amount in spend.items()})
    assert found["abc"] == segments


def test_abc_counts_the_window_without_its_beginning(every_model_url: str) -> None:
    """Who bought only before the window has spent nothing in it, and comes last."""
    purchases = {
        "in": [(_days_ago(365, less_ms=1), 1)],
        "out": [(_days_ago(365), 1_000)],
        "now": [(NOON_MS, 98), (NOON_MS - 1, 1)],
    }
    # now: 0 of 100 before it; in: 99 of 100; out has spent nothing in the window: 100 of 100.
    assert _compute(every_model_url, purchases)["abc"] == {"now": "A", "in": "C", "out": "C"}


def test_abc_thresholds_are_settings(model_url: str) -> None:
    """The programme's own window and shares decide."""
    thresholds = SegmentThresholds(abc=AbcThresholds(window_days=1, a_percent=50, b_percent=60))
    purchases = {"a": [(NOON_MS, 50)], "b": [(NOON_MS, 50)], "c": [(_days_ago(1), 70)]}
    assert _compute(model_url, purchases, thresholds)["abc"] == {"a": "A", "b": "B", "c": "C"}


def test_receipts_taken_back_and_those_of_nobody_do_not_count_as_spend(model_url: str) -> None:
    """Only what stands under a member counts for the member."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 1}, total=100))
    made.write(0, bought("2", "boris", {"base": 1}, total=900))
    made.write(0, taken_back("2", "boris", {"base": 1}))
    made.write(1, bought("3", "carol", {"base": 1}, total=900))
    made.write(1, taken_back("3", "carol", {"base": 1}, status="CONFLICTED"))
    # Nobody's receipt is the tenant's latest all the same: anna's is 40 days older.
    made.write(1, entry("s1/1/4/2017-03-01", receipts=[receipt("4", None, at_ms=NOON_MS + 40 * DAY_MS)]))
    project(made.log, model_url)
    assert _segments(model_url) == {"abc": {"anna": "A"}, "activity": {"anna": "lapsing"}}


def test_only_memberships_that_differ_are_given_at_the_position_they_were_computed(model_url: str) -> None:
    """One snapshot holds positions and members, whatever is projected meanwhile."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 1}, total=80))
    made.write(1, bought("2", "boris", {"base": 1}, total=20))
    for member, segment in (("anna", "A"), ("boris", "A")):
        fact = SegmentChanged(member_id=member, segment_set="abc", segment=segment, computed_at_ms=NOON_MS, position=[])
        made.write(0, entry(member, segments=[fact]))
    project(made.log, model_url)
    with compute_segments(model_url, "shop", SegmentThresholds()) as computation:
        # What is projected meanwhile is not seen.
        made.write(0, bought("3", "zoe", {"base": 1}, total=10_000))
        project(made.log, model_url)
        assert computation.position == [
            PartitionOffset(partition=0, next_offset=4),
            PartitionOffset(partition=1, next_offset=2),
        ]
        assert list(computation.changes) == [
            ("boris", "abc", "B"),
            ("anna", "activity", "new"),
            ("boris", "activity", "new"),
        ]


def test_a_member_without_a_receipt_leaves_both_sets_once(every_model_url: str) -> None:
    """A segment that no receipt stands for any more is no segment; a member that has left is not told again."""
    made = MadeJournal()

    def assign(member: str, segment_set: str, segment: str) -> None:
        fact = SegmentChanged(
            member_id=member, segment_set=segment_set, segment=segment, computed_at_ms=NOON_MS, position=[]
        )
        made.write(0, entry(member, segments=[fact]))
        project(made.log, every_model_url)

    made.write(0, bought("1", "anna", {"base": 1}, total=100))
    made.write(0, taken_back("1", "anna", {"base": 1}))
    assign("anna", "abc", "A")
    assign("anna", "activity", "new")
    assert _segments(every_model_url) == {"abc": {"anna": "none"}, "activity": {"anna": "none"}}
    assign("anna", "abc", "none")
    assign("anna", "activity", "none")
    assert _segments(every_model_url) == {"abc": {}, "activity": {}}
    assert ask(every_model_url, "SELECT * FROM reporting.segment_membership") == []
    with connect(every_model_url) as connection:
        assert load_memberships(connection, "shop", "anna") == []


def test_thresholds_come_from_the_newest_settings(model_url: str) -> None:
    """By version, not by order of arrival; the defaults where nothing is said."""
    made = MadeJournal()
    newest = {"segments": {"activity": {"new_days": 7}, "abc": {"a_percent": 50}}, "zone": "UTC"}
    made.write(0, entry("shop", publications=[published(None, newest, version=2)]))
    made.write(0, entry("shop", publications=[published(None, {}, version=1)]))
    project(made.log, model_url)
    with connect(model_url) as connection:
        assert load_programmes(connection) == [("shop", "shop")]
        assert load_thresholds(connection, "shop", "shop") == SegmentThresholds(
            activity=ActivityThresholds(new_days=7), abc=AbcThresholds(a_percent=50)
        )
        assert load_thresholds(connection, "shop", "other") == SegmentThresholds()
