"""The benches run, compare what they say they compare, and report it; how fast anything is, no test asks."""

from pathlib import Path

import pytest

from schemas.codec import encode_event
from schemas.entry import Effect
from schemas.ids import entity_key
from services.bench import decide
from services.bench.decide import bench_decide, check_silent
from services.bench.journal import make_journal
from services.bench.projection import bench_projection
from services.bench.report import Report, spread_of
from services.ingest.feed import FeedRecord
from tests.unit.schemas.made_record import line, receipt

_CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
_RECEIPTS = [
    receipt(line(499, category="SOFT DRINKS"), line(799, category="FROZEN PIZZA"), receipt_number=str(number))
    for number in range(30)
]


def _check(report: Report, ratios: set[str]) -> None:
    told = report.as_json()
    assert set(told) == {"machine", "commit", "data", "runs", "results", "ratios", "bounds"}
    assert set(told["ratios"]) == set(told["bounds"]) == ratios
    for spread in told["ratios"].values():
        assert 0 < spread["lowest"] <= spread["median"] <= spread["highest"]


def test_decide_reports_its_ratios(monkeypatch: pytest.MonkeyPatch) -> None:
    """With twenty campaigns, of which fourteen never fire: the bench itself checks that."""
    monkeypatch.setattr(decide, "_LONG_HISTORY", 50)
    monkeypatch.setattr(decide, "_HISTORY_SAMPLE", 10)
    told: list[int] = []
    values = [encode_event(one) for one in _RECEIPTS]
    report = bench_decide(values, _CAMPAIGNS, runs=2, on_run=told.append)
    _check(report, {"decide_vs_decode", "long_history_vs_short"})
    assert told == [0, 1, 2]


def test_a_campaign_that_should_be_silent_and_fires_stops_the_bench() -> None:
    """What would be measured then is another thing."""
    effect = Effect(
        campaign_id="milk-for-vip",
        campaign_version=1,
        effect="points_per_unit",
        origin="receipt:s1/1/42/2017-03-15",
        beneficiary_id="",
        unit="POINT:journey",
        amount_minor=5,
    )
    with pytest.raises(AssertionError, match="milk-for-vip"):
        check_silent([effect], _CAMPAIGNS)


def test_projection_reports_its_ratio(newest_database_url: str) -> None:
    """On a journal of made receipts, which goes into every table and into its bare copy."""
    feed = [
        FeedRecord("sales.receipt.recorded.v1", entity_key(one.tenant, one.member_id or ""), encode_event(one), None)
        for one in _RECEIPTS
    ]
    log = make_journal(feed, [_CAMPAIGNS / "journey"], partitions=2)
    report = bench_projection(log, newest_database_url, runs=1)
    _check(report, {"projection_vs_copy"})


def test_a_spread_has_the_median_in_the_middle() -> None:
    """Of an even number of figures, the mean of the two in the middle."""
    spread = spread_of([3.0, 1.0, 2.0, 10.0])
    assert (spread.lowest, spread.median, spread.highest) == (1.0, 2.5, 10.0)
