"""The independent recomputation, on a few baskets worked by hand."""

import pytest

from tests import journey_oracle
from tests.journey_oracle import POINTS, USD, CauseKey, Journey, PartyKey, Tables, take
from tests.unit.services.ingest.journey_table import BAGS, MILK, PETROL, PIZZA, Line, Redemption, make_tables

LINES = [
    # 4.99 + 2.50 = 7.49: 7 points; rounds up by 0.51.
    Line(1, "2017-03-01 15:00:00", 20, PIZZA, 1, 4.99),
    Line(1, "2017-03-01 15:00:00", 20, MILK, 2, 2.50),
    # 17:00:00 in New York on the 1st: 30.00 with petrol, 9.99 without it: 9 points; a whole dollar, so no
    # gift.
    Line(2, "2017-03-01 22:00:00", 20, PETROL, 8_765, 20.01),
    Line(2, "2017-03-01 22:00:00", 20, BAGS, 3, 9.99),
    # 18:00:00: outside the window. 0.99: no points.
    Line(3, "2017-03-01 23:00:00", 21, MILK, 1, 0.99),
    # 17:59:59 on the 1st of April, in summer time: 5.00, 5 points.
    Line(4, "2017-04-01 21:59:59", 21, PIZZA, 2, 5.00),
]
REDEMPTIONS = [Redemption(21, 5, 26, "2017-03-01"), Redemption(22, 5, 26, "2017-04-02")]


@pytest.fixture(scope="module")
def journey() -> Journey:
    """Everything above."""
    return take(Tables(*make_tables(LINES, REDEMPTIONS)))


def test_points(journey: Journey) -> None:
    """A point per full dollar without petrol, floored per receipt; 100 per activated code."""
    assert journey_oracle.points_by_campaign(journey) == {
        "base": {"h20": 16, "h21": 5},
        "redeemed-coupon": {"h21": 100, "h22": 100},
    }
    assert journey_oracle.points_of_members(journey) == {"h20": 16, "h21": 105, "h22": 100}


def test_causes(journey: Journey) -> None:
    """3 pizzas, 30.00 and 5.00 in the window, 3 rolls of bags, 0.51 rounded up."""
    assert journey_oracle.cause_totals(journey) == {
        CauseKey("pizza-for-the-forest", "forest-animals", POINTS): 150,
        CauseKey("minute-for-life", "life-line", USD): 3500,
        CauseKey("yellow-bag", "children-surgery", USD): 15,
        CauseKey("round-up", "neighbours", USD): 51,
    }


def test_parties(journey: Journey) -> None:
    """Debts are below zero, donors' money in the tills above; LEDGER, cases 8 to 10."""
    assert journey_oracle.party_money(journey) == {
        PartyKey("retailer", "minute-for-life", "money_owed", USD): -3500,
        PartyKey("retailer", "yellow-bag", "money_owed", USD): -15,
        PartyKey("retailer", "round-up", "collected", USD): 51,
        PartyKey("retailer", "round-up", "money_owed", USD): -51,
    }
    assert journey_oracle.party_points(journey) == {
        PartyKey("retailer", "base", "points_funded", POINTS): -21,
        PartyKey("manufacturer", "pizza-for-the-forest", "points_funded", POINTS): -90,
        PartyKey("retailer", "pizza-for-the-forest", "points_funded", POINTS): -60,
        PartyKey("manufacturer", "redeemed-coupon", "points_funded", POINTS): -200,
    }


def test_sums_of_receipts(journey: Journey) -> None:
    """7.49 + 30.00 + 0.99 + 5.00."""
    assert journey_oracle.receipt_count(journey) == 4
    assert journey_oracle.spend_minor(journey) == 4348


def test_a_limit_takes_the_first_baskets_and_their_activations() -> None:
    """The activation at noon of March 1st lies before the second basket, the other after it."""
    part = take(Tables(*make_tables(LINES, REDEMPTIONS)), limit=2)
    assert journey_oracle.points_of_members(part) == {"h20": 16, "h21": 100}
    assert journey_oracle.receipt_count(part) == 2


def test_sampling_takes_every_second_basket_and_all_activations() -> None:
    """Baskets 1 and 3."""
    part = take(Tables(*make_tables(LINES, REDEMPTIONS)), every=2)
    assert journey_oracle.points_of_members(part) == {"h20": 7, "h21": 100, "h22": 100}
    assert journey_oracle.spend_minor(part) == 848


def test_abc_goes_by_the_spend_before_the_member() -> None:
    """Of 100: 80 before h3 is not below 80, 95 before h41 is not below 95; equal spends go by id as text."""
    spends = {11: 60.0, 2: 20.0, 3: 10.0, 4: 5.0, 41: 2.5, 5: 2.5}
    lines = [
        Line(number, "2017-03-01 15:00:00", household, sales_value=spend)
        for number, (household, spend) in enumerate(spends.items())
    ]
    # Spent a year and more before the latest receipt: does not count. The start of the window is open.
    lines.append(Line(90, "2016-03-01 15:00:00", 5, sales_value=500.0))
    lines.append(Line(91, "2016-02-01 15:00:00", 6, sales_value=500.0))
    assert journey_oracle.abc_of_members(take(Tables(*make_tables(lines)))) == {
        "h11": "A",
        "h2": "A",
        "h3": "B",
        "h4": "B",
        "h41": "C",
        "h5": "C",
        "h6": "C",
    }


def test_activity_counts_from_the_latest_receipt() -> None:
    """Within n days means later than n days before it, to the second."""
    lines = [
        Line(1, "2017-12-31 12:00:00", 1),
        Line(2, "2017-12-01 12:00:01", 2),
        Line(3, "2017-12-01 12:00:00", 3),
        Line(4, "2017-01-01 12:00:00", 4),
        Line(5, "2017-12-01 12:00:01", 4),
        Line(6, "2017-10-02 12:00:01", 5),
        Line(7, "2017-10-02 12:00:00", 6),
    ]
    assert journey_oracle.activity_of_members(take(Tables(*make_tables(lines)))) == {
        "h1": "new",
        "h2": "new",
        "h3": "lapsing",
        "h4": "active",
        "h5": "lapsing",
        "h6": "lost",
    }
