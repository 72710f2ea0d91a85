"""From a rule in a file to what runs: trigger, unit, amount."""

import pytest

from processors.rules.campaign import parse_campaign
from processors.rules.compiler import compile_campaign
from processors.rules.document import canonical_json
from processors.rules.occasion import Occasion, Trigger
from processors.rules.programme import parse_programme
from schemas.business_time import HOUR_MS
from tests.unit.processors.made_document import Document, campaign, fixed, per_money, programme
from tests.unit.processors.rules.made_occasion import amounts, compiled, occasion
from tests.unit.schemas.made_record import line

CAUSE_POINTS = {"effect": "cause_points_per_unit", "points": 50, "beneficiary": "forest"}
CAUSE_MONEY = {"effect": "cause_money_per_unit", "amount": "0.05 USD", "beneficiary": "forest"}
REVENUE = {"effect": "cause_revenue", "beneficiary": "forest", "cutoff_hours": 48}
DONATION = {"effect": "donation", "beneficiary": "forest", "collected_by": "retailer"}


@pytest.mark.parametrize(
    ("rule", "trigger", "unit", "beneficiary", "collector"),
    [
        pytest.param(per_money(), "receipt", "POINT:journey", "", "", id="per-money"),
        pytest.param({"effect": "points_per_unit", "points": 1}, "receipt", "POINT:journey", "", "", id="per-unit"),
        pytest.param(fixed(), "receipt", "POINT:journey", "", "", id="fixed"),
        pytest.param(fixed(on="code"), "code", "POINT:journey", "", "", id="fixed-on-code"),
        pytest.param(CAUSE_POINTS, "receipt", "POINT:journey", "forest", "", id="cause-points"),
        pytest.param(CAUSE_MONEY, "receipt", "USD", "forest", "", id="cause-money"),
        pytest.param(REVENUE, "receipt", "USD", "forest", "", id="revenue"),
        pytest.param(DONATION, "donation", "USD", "forest", "retailer", id="donation"),
    ],
)
def test_an_effect_answers_one_kind_of_record(
    rule: Document, trigger: str, unit: str, beneficiary: str, collector: str
) -> None:
    """And gives in one unit."""
    made = compiled(rule)[0]
    assert (made.trigger, made.unit, made.beneficiary_id, made.collector) == (trigger, unit, beneficiary, collector)
    assert (made.campaign, made.number, made.effect) == (("c", 1), 0, rule["effect"])


@pytest.mark.parametrize(
    ("rule", "asked", "given"),
    [
        pytest.param(per_money(2, "3.00 USD"), occasion(line(599)), [2], id="per-money"),
        pytest.param(per_money(), occasion(line(99)), [], id="nothing-of-less"),
        pytest.param(per_money(1, "100 JPY"), occasion(line(599)), [], id="another-currency"),
        pytest.param(
            {"effect": "points_per_unit", "points": 3}, occasion(line(quantity_milli=2_999)), [6], id="per-unit"
        ),
        pytest.param(fixed(9), occasion(line(0)), [9], id="fixed"),
        pytest.param(fixed(9, on="code"), occasion(line()), [], id="a-receipt-is-no-code"),
        pytest.param(fixed(9), occasion(line(), member_id=None), [], id="nobody-has-points"),
        pytest.param(CAUSE_POINTS, occasion(line(), member_id=None), [50], id="causes-take-from-nobody"),
        pytest.param(CAUSE_MONEY, occasion(line(quantity_milli=3_000)), [15], id="cause-money"),
        pytest.param(REVENUE, occasion(line(499), line(1)), [500], id="revenue"),
        pytest.param(REVENUE, occasion(line(0)), [], id="revenue-of-nothing"),
        pytest.param(
            DONATION, occasion(trigger=Trigger.DONATION, campaign_id="c", amount_minor=370), [370], id="donation"
        ),
    ],
)
def test_an_effect_gives_its_amount(rule: Document, asked: Occasion, given: list[int]) -> None:
    """In minor units; what would be nothing does not fire."""
    assert amounts(asked, rule) == given


def test_points_have_the_digits_of_the_programme() -> None:
    """50 points are 5000 hundredths."""
    settings = parse_programme(canonical_json(programme(points_digits=2)))
    rules = compile_campaign(parse_campaign(canonical_json(campaign("c", fixed(50), CAUSE_POINTS))), settings)
    assert [rule.amount(occasion(line()), [line()]) for rule in rules] == [5_000, 5_000]


def test_a_lot_and_a_cut_off_keep_their_limits() -> None:
    """What the file says, in the unit of the engine."""
    waiting, revenue, always = compiled(
        fixed(active_after_days=14, expires_after_days=30), REVENUE, REVENUE | {"cutoff_hours": "none"}
    )
    assert (waiting.active_after_days, waiting.expires_after_days, waiting.cutoff_ms) == (14, 30, None)
    assert (revenue.cutoff_ms, always.cutoff_ms) == (48 * HOUR_MS, None)
    assert (revenue.active_after_days, revenue.expires_after_days) == (None, None)


def test_rules_stand_in_the_order_of_the_file() -> None:
    """Their number is their place."""
    assert [rule.number for rule in compiled(fixed(1), fixed(2), fixed(3))] == [0, 1, 2]
    assert amounts(occasion(line()), fixed(3), CAUSE_POINTS, fixed(1)) == [3, 50, 1]
