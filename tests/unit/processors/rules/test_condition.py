"""Conditions one by one: when they hold, what they wanted and what they saw."""

import pytest

from processors.rules.campaign import Lines
from processors.rules.condition import Condition, compile_lines, whole_units
from processors.rules.occasion import Occasion, Trigger
from schemas.business_time import HOUR_MS, MINUTE_MS, parse_instant
from tests.unit.processors.made_document import Document, fixed, per_money
from tests.unit.processors.rules.made_occasion import compiled, occasion
from tests.unit.schemas.made_record import line

MILK = line(category="MILK", brand="National", sku="7")


def _condition(rule: Document, name: str) -> Condition:
    return next(condition for condition in compiled(rule)[0].conditions if condition.name == name)


def _when(**when: object) -> Document:
    return fixed(when=when)


CASES = [
    pytest.param(
        _when(segment={"set": "abc", "any_of": ["a", "b"]}),
        "segment abc",
        (occasion(segments={"abc": "b"}), "b"),
        (occasion(segments={"activity": "a"}), "none"),
        "one of a, b",
        id="segment",
    ),
    pytest.param(
        _when(receipt_total={"at_least": "5.00 USD"}),
        "receipt_total",
        (occasion(line(500)), "5.00 USD"),
        (occasion(line(499)), "4.99 USD"),
        "at least 5.00 USD",
        id="total",
    ),
    pytest.param(
        _when(receipt_total={"at_least": "5.00 USD"}),
        "receipt_total",
        (occasion(line(500)), "5.00 USD"),
        (occasion(line(500), currency="EUR"), "5.00 EUR"),
        "at least 5.00 USD",
        id="total-in-another-currency",
    ),
    pytest.param(
        _when(units={"at_least": 2}),
        "units",
        (occasion(line(quantity_milli=2_000)), "2"),
        (occasion(line(quantity_milli=1_999)), "1"),
        "at least 2 whole units",
        id="units",
    ),
    pytest.param(
        _when(store=["s1", "s2"]),
        "store",
        (occasion(), "s1"),
        (occasion(store_id="s3"), "s3"),
        "one of s1, s2",
        id="store",
    ),
    pytest.param(
        fixed(on="code", when={"batch": ["26"]}),
        "batch",
        (occasion(trigger=Trigger.CODE, batch_id="26"), "26"),
        (occasion(trigger=Trigger.CODE), "none"),
        "one of 26",
        id="batch",
    ),
    pytest.param(
        _when(window={"days_of_month": [1, 15], "from": "12:00:00", "until": "12:00:01", "zone": "America/New_York"}),
        "window",
        (occasion(), "2017-03-15T16:00:00.000Z in America/New_York"),
        (
            occasion(occurred_at_ms=parse_instant("2017-03-15T12:00:01-04:00")),
            "2017-03-15T16:00:01.000Z in America/New_York",
        ),
        "12:00:00 to before 12:00:01 on day 1, 15 of the month, America/New_York",
        id="window",
    ),
    pytest.param(
        _when(window={"from": "12:00:00", "until": "24:00:00", "zone": "store"}),
        "window",
        (occasion(), "2017-03-15T16:00:00.000Z in America/New_York"),
        (occasion(zone="America/Los_Angeles"), "2017-03-15T16:00:00.000Z in America/Los_Angeles"),
        "12:00:00 to before 24:00:00, store",
        id="window-of-each-store",
    ),
    pytest.param(
        fixed(), "member", (occasion(), ""), (occasion(member_id=None), "nobody known"), "a known member", id="member"
    ),
    pytest.param(per_money(), "currency", (occasion(), "USD"), (occasion(currency="EUR"), "EUR"), "USD", id="currency"),
    pytest.param(
        {"effect": "cause_revenue", "beneficiary": "x", "cutoff_hours": 1},
        "cutoff",
        (occasion(lateness_ms=HOUR_MS), "3600000 ms late"),
        (occasion(lateness_ms=HOUR_MS + 1), "3600001 ms late"),
        "at most 3600000 ms late",
        id="cutoff",
    ),
    pytest.param(
        {"effect": "donation", "beneficiary": "x", "collected_by": "retailer"},
        "campaign",
        (occasion(trigger=Trigger.DONATION, campaign_id="c"), "c"),
        (occasion(trigger=Trigger.DONATION, campaign_id="d"), "d"),
        "c",
        id="donation",
    ),
]


@pytest.mark.parametrize(("rule", "name", "holds", "fails", "wanted"), CASES)
def test_a_condition_says_what_it_wanted_and_saw(
    rule: Document, name: str, holds: tuple[Occasion, str], fails: tuple[Occasion, str], wanted: str
) -> None:
    """Why a rule fired, or did not, can be told to a customer."""
    condition = _condition(rule, name)
    assert condition.wanted == wanted
    assert condition.holds(holds[0], holds[0].lines)
    assert not condition.holds(fails[0], fails[0].lines)
    assert not holds[1] or condition.saw(holds[0], holds[0].lines) == holds[1]
    assert condition.saw(fails[0], fails[0].lines) == fails[1]


def test_no_condition_is_no_condition() -> None:
    """A cause effect without `when` holds always."""
    assert compiled({"effect": "cause_points_per_unit", "points": 1, "beneficiary": "x"})[0].conditions == ()


def test_conditions_stand_in_the_order_of_their_cost() -> None:
    """A look-up before a sum, a sum before a calendar."""
    rule = fixed(
        when={
            "window": {"from": "12:00:00", "until": "13:00:00", "zone": "store"},
            "units": {"at_least": 1},
            "receipt_total": {"at_least": "1.00 USD"},
            "segment": {"set": "abc", "any_of": ["a"]},
            "store": ["s1"],
        }
    )
    names = [condition.name for condition in compiled(rule)[0].conditions]
    assert names == ["member", "store", "segment abc", "receipt_total", "units", "window"]


@pytest.mark.parametrize(
    ("quantities", "units"),
    [([1_000], 1), ([999], 0), ([1_500, 1_500], 2), ([0], 0), ([], 0), ([8_765_000], 8_765)],
)
def test_whole_units_are_floored_per_line(quantities: list[int], units: int) -> None:
    """Two halves on two lines are no unit."""
    assert whole_units([line(quantity_milli=quantity) for quantity in quantities]) == units


@pytest.mark.parametrize(
    ("lines", "indexed", "asks_more"),
    [
        pytest.param({}, None, False, id="every-line"),
        pytest.param({"category": "MILK"}, ("category", ("MILK",)), False, id="one-value"),
        pytest.param({"category": ["A", "B", "A"]}, ("category", ("A", "B")), False, id="values-once-each"),
        pytest.param({"category": "MILK", "sku": "7"}, ("sku", ("7",)), True, id="the-rarest-attribute"),
        pytest.param({"sku": {"starts_with": "7"}}, None, True, id="a-prefix-asks-every-line"),
        pytest.param(
            {"sku": {"starts_with": "7"}, "brand": "National"}, ("brand", ("National",)), True, id="prefix-and-value"
        ),
        pytest.param({"not": {"category": "MILK"}}, None, True, id="negation"),
    ],
)
def test_one_attribute_of_exact_values_becomes_the_index(
    lines: Document,
    indexed: tuple[str, tuple[str, ...]] | None,
    asks_more: bool,  # noqa: FBT001 (a column)
) -> None:
    """The rest is asked of the lines that the index finds."""
    selection = compiled(fixed(lines=lines))[0].selection
    assert selection is not None
    assert selection.indexed == indexed
    assert (selection.rest is not None) is asks_more


@pytest.mark.parametrize(
    ("not_", "is_left"),
    [
        pytest.param({"category": "MILK"}, False, id="it-is-milk"),
        pytest.param({"category": "BREAD"}, True, id="it-is-no-bread"),
        pytest.param({"category": "MILK", "brand": "Private"}, True, id="not-both"),
        pytest.param({"manufacturer": "69"}, True, id="it-has-no-maker"),
        pytest.param({"not": {"category": "MILK"}}, True, id="twice-not"),
        pytest.param({"category": "MILK", "not": {"brand": "National"}}, True, id="milk-but-not-of-this-brand"),
    ],
)
def test_a_negation_leaves_out_what_holds_below_it(not_: Document, is_left: bool) -> None:  # noqa: FBT001 (a column)
    """A condition on an attribute that a line lacks is false, its negation true."""
    rule = compiled(fixed(lines={"not": not_}))[0]
    assert rule.selection is not None
    assert rule.selection.rest is not None
    assert rule.selection.rest(MILK) is is_left


def test_an_empty_selector_asks_nothing() -> None:
    """Every line, without a call for each."""
    empty = compile_lines(Lines())
    assert (empty.indexed, empty.rest) == (None, None)


def test_a_window_is_as_long_as_the_clock_says() -> None:
    """From its first millisecond to the last before its end, on a day of 24 hours."""
    condition = _condition(_when(window={"from": "12:00:00", "until": "12:01:00", "zone": "store"}), "window")
    noon_ms = parse_instant("2017-03-15T12:00:00-04:00")
    inside = [
        offset_ms
        for offset_ms in (-1, 0, 1, MINUTE_MS - 1, MINUTE_MS)
        if condition.holds(occasion(occurred_at_ms=noon_ms + offset_ms), [])
    ]
    assert inside == [0, 1, MINUTE_MS - 1]
