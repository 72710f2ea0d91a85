"""How rows of the Complete Journey data become input records."""

import pytest

from schemas.business_time import format_instant, parse_date, parse_instant
from schemas.record.code import CodeActivated, CodeIssued, check_activation, check_issue
from schemas.record.donation import DonationRecorded, check_donation
from schemas.record.receipt import ReceiptLine, ReceiptRecorded, check_receipt
from services.ingest.journey_record import JourneyEvent, JourneyFrames, map_journey
from services.ingest.journey_selection import Selection
from services.ingest.pack_code import hash_code
from tests.unit.services.ingest.journey_table import (
    MILK,
    NAMELESS,
    PETROL,
    PIZZA,
    Line,
    Redemption,
    make_tables,
)

KEY = b"a secret of the tests"
MORNING, NOON, EVENING = "2017-03-01 13:00:00", "2017-03-01 17:00:00", "2017-03-01 23:00:00"


def events_of(
    lines: list[Line], redemptions: list[Redemption] | None = None, *, selection: Selection | None = None
) -> list[JourneyEvent]:
    """Give the feed of made tables."""
    frames = JourneyFrames(*make_tables(lines, redemptions))
    return list(map_journey(frames, code_key=KEY, selection=selection))


def name_of(event: JourneyEvent) -> str:
    """Give a short name by which a case tells its order."""
    match event:
        case ReceiptRecorded():
            return f"receipt {event.receipt_number}"
        case DonationRecorded():
            return f"donation {event.event_id.removeprefix('round-up-')}"
        case CodeActivated():
            return f"activation {event.member_id}"
        case CodeIssued():
            return f"code {event.batch_id.removeprefix('journey-')}"


def line_of(line: Line) -> ReceiptLine:
    """Give the receipt line that one row becomes."""
    (receipt,) = events_of([line])
    assert isinstance(receipt, ReceiptRecorded)
    return receipt.lines[0]


def test_a_basket_is_a_receipt_of_its_household() -> None:
    """Every field that is not a line's; the lines keep the order of the data."""
    lines = [
        Line(41, "2017-06-01 03:59:59", 901, PIZZA, 2, 7.5),
        Line(41, "2017-06-01 03:59:59", 901, MILK, 1, 0.49),
    ]
    (receipt,) = events_of(lines)
    assert receipt == ReceiptRecorded(
        tenant="journey",
        programme="journey",
        store_id="s330",
        till_id="1",
        receipt_number="41",
        # One second to midnight in New York.
        business_date=parse_date("2017-05-31"),
        occurred_at_ms=parse_instant("2017-06-01T03:59:59Z"),
        zone="America/New_York",
        member_id="h901",
        currency="USD",
        total_minor=799,
        lines=[
            ReceiptLine(
                sku="2",
                quantity_milli=2000,
                amount_minor=750,
                department="GROCERY",
                category="FROZEN PIZZA",
                product_type="PIZZA/PREMIUM",
                brand="National",
                manufacturer="12",
            ),
            ReceiptLine(
                sku="1",
                quantity_milli=1000,
                amount_minor=49,
                department="GROCERY",
                category="FLUID MILK",
                product_type="WHITE MILK",
                brand="Private",
                manufacturer="69",
            ),
        ],
    )


@pytest.mark.parametrize(
    ("sales_value", "amount_minor"),
    [
        pytest.param(0.0, 0, id="nothing-is-kept"),
        pytest.param(0.29, 29, id="cents-that-a-float-has-not-exactly"),
        pytest.param(840.0, 84_000, id="whole-dollars"),
        pytest.param(1.005, 101, id="half-a-cent-goes-up"),
        pytest.param(1.0049, 100, id="less-than-half-goes-down"),
    ],
)
def test_an_amount_is_in_cents_rounded_half_up(sales_value: float, amount_minor: int) -> None:
    """The decimal counts that the float is written as: 1.005 goes up, though in binary it is less."""
    assert line_of(Line(1, NOON, sales_value=sales_value)).amount_minor == amount_minor


@pytest.mark.parametrize(
    ("product_id", "quantity", "quantity_milli"),
    [
        pytest.param(MILK, 3, 3_000, id="units"),
        pytest.param(MILK, 0, 0, id="nothing-is-kept"),
        pytest.param(PETROL, 10_296, 10_296, id="petrol-is-in-thousandths-already"),
        pytest.param(NAMELESS, 2, 2_000, id="no-product-type"),
    ],
)
def test_a_quantity_is_in_thousandths(product_id: int, quantity: int, quantity_milli: int) -> None:
    """Of units, or of gallons where the product type begins GASOLINE."""
    assert line_of(Line(1, NOON, product_id=product_id, quantity=quantity)).quantity_milli == quantity_milli


def test_what_the_data_does_not_know_of_a_product_is_absent() -> None:
    """No category and no type in the table; or no such product in the table at all."""
    nameless = line_of(Line(1, NOON, product_id=NAMELESS))
    assert (nameless.category, nameless.product_type) == (None, None)
    assert (nameless.department, nameless.brand, nameless.manufacturer) == ("MISCELLANEOUS", "National", "3")
    assert line_of(Line(1, NOON, product_id=404)) == ReceiptLine(sku="404", quantity_milli=1000, amount_minor=100)


def test_a_redemption_is_a_code_issued_first_and_activated_at_local_noon() -> None:
    """The code's hash is its only name, and the activation's event id."""
    code_hash = hash_code("26-51380041013-1029-2017-07-04", KEY)
    issued, activated = events_of([], [Redemption(1029, 51_380_041_013, 26, "2017-07-04")])
    assert issued == CodeIssued(
        tenant="journey",
        programme="journey",
        code_hash=code_hash,
        batch_id="journey-26",
        issued_at_ms=parse_instant("2017-01-01T00:00:00-05:00"),
    )
    assert activated == CodeActivated(
        tenant="journey",
        programme="journey",
        event_id=code_hash,
        member_id="h1029",
        code_hash=code_hash,
        occurred_at_ms=parse_instant("2017-07-04T12:00:00-04:00"),
        zone="America/New_York",
    )


@pytest.mark.parametrize(
    ("day", "noon"),
    [
        pytest.param("2017-03-11", "2017-03-11T17:00:00.000Z", id="winter"),
        pytest.param("2017-03-12", "2017-03-12T16:00:00.000Z", id="the-day-clocks-go-forward"),
        pytest.param("2017-11-05", "2017-11-05T17:00:00.000Z", id="the-day-clocks-go-back"),
    ],
)
def test_noon_is_what_the_clock_on_the_wall_shows(day: str, noon: str) -> None:
    """Not half of the day's hours after midnight."""
    activated = events_of([], [Redemption(1, 2, 3, day)])[-1]
    assert isinstance(activated, CodeActivated)
    assert format_instant(activated.occurred_at_ms) == noon


@pytest.mark.parametrize(
    ("household_id", "sales_value", "given_minor"),
    [
        pytest.param(20, 486.30, 70, id="up-to-the-next-dollar"),
        pytest.param(20, 0.01, 99, id="a-cent-gives-ninety-nine"),
        pytest.param(20, 3.0, None, id="a-whole-dollar-gives-nothing"),
        pytest.param(20, 0.0, None, id="an-empty-receipt-gives-nothing"),
        pytest.param(21, 486.30, None, id="another-household-gives-nothing"),
    ],
)
def test_every_tenth_household_rounds_its_receipts_up(
    household_id: int, sales_value: float, given_minor: int | None
) -> None:
    """The gift stands right behind its receipt and has its time."""
    _, *gifts = events_of([Line(41, NOON, household_id, sales_value=sales_value)])
    expected = DonationRecorded(
        tenant="journey",
        programme="journey",
        event_id="round-up-41",
        member_id=f"h{household_id}",
        campaign_id="round-up",
        currency="USD",
        amount_minor=given_minor or 0,
        occurred_at_ms=parse_instant("2017-03-01T17:00:00Z"),
        zone="America/New_York",
    )
    assert gifts == ([] if given_minor is None else [expected])


REDEEMED = [Redemption(8, 1, 26, "2017-03-01"), Redemption(9, 1, 3, "2017-03-02")]


@pytest.mark.parametrize(
    ("lines", "order"),
    [
        pytest.param(
            [Line(5, EVENING), Line(6, MORNING)],
            ["receipt 6", "activation h8", "receipt 5", "activation h9"],
            id="time-before-number-and-activations-between",
        ),
        pytest.param(
            [Line(10, NOON), Line(9, NOON)],
            ["receipt 9", "receipt 10", "activation h8", "activation h9"],
            id="number-as-a-number-and-activations-after-receipts-of-their-time",
        ),
        pytest.param(
            [Line(10, NOON, 20, sales_value=0.5), Line(9, NOON, 30, sales_value=0.5)],
            ["receipt 9", "donation 9", "receipt 10", "donation 10", "activation h8", "activation h9"],
            id="a-donation-right-after-its-receipt",
        ),
    ],
)
def test_the_feed_is_in_order_of_time(lines: list[Line], order: list[str]) -> None:
    """Behind all codes, in the order of the activations."""
    names = [name_of(event) for event in events_of(lines, REDEEMED)]
    assert names == ["code 26", "code 3", *order]


FOUR = [Line(number, stamp) for number, stamp in enumerate((MORNING, NOON, NOON, EVENING), start=1)]


@pytest.mark.parametrize(
    ("selection", "order"),
    [
        pytest.param(Selection(limit=1), ["receipt 1"], id="before-the-first-activation"),
        pytest.param(
            Selection(limit=2),
            ["receipt 1", "receipt 2", "activation h8"],
            id="an-activation-at-the-last-time",
        ),
        pytest.param(
            Selection(limit=9),
            ["receipt 1", "receipt 2", "receipt 3", "activation h8", "receipt 4"],
            id="a-limit-beyond-the-data-ends-with-the-last-basket",
        ),
        pytest.param(
            Selection(every=2),
            ["receipt 1", "receipt 3", "activation h8", "activation h9"],
            id="every-second",
        ),
        pytest.param(
            Selection(every=3, limit=2),
            ["receipt 1", "activation h8", "receipt 4"],
            id="the-first-two-of-every-third",
        ),
    ],
)
def test_a_selection_takes_whole_baskets_and_all_codes(selection: Selection, order: list[str]) -> None:
    """With a limit, activations end with the last basket; without one all come."""
    names = [name_of(event) for event in events_of(FOUR, REDEEMED, selection=selection)]
    assert names == ["code 26", "code 3", *order]


def test_a_donation_comes_with_the_last_basket_of_a_limit() -> None:
    """The limit counts baskets, not records."""
    lines = [Line(1, MORNING, 20, sales_value=0.5), Line(2, NOON, 20, sales_value=0.5)]
    assert [name_of(event) for event in events_of(lines, selection=Selection(limit=1))] == [
        "receipt 1",
        "donation 1",
    ]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"every": 0}, {"limit": -1}])
def test_a_selection_of_nothing_is_refused(wrong: dict[str, int]) -> None:
    """Nothing to feed is a mistake in the call."""
    with pytest.raises(ValueError, match="from 1"):
        Selection(**wrong)


def test_every_record_passes_the_check_of_its_kind() -> None:
    """Zero quantities and amounts, unknown products and petrol included."""
    lines = [
        Line(1, NOON, 20, MILK, 0, 0.0),
        Line(1, NOON, 20, 404, 2, 1.5),
        Line(2, EVENING, 30, PETROL, 9_999, 25.37),
    ]
    for event in events_of(lines, REDEEMED):
        match event:
            case ReceiptRecorded():
                assert check_receipt(event) is None
            case DonationRecorded():
                assert check_donation(event) is None
            case CodeActivated():
                assert check_activation(event) is None
            case CodeIssued():
                assert check_issue(event) is None
