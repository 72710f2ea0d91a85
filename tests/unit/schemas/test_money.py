"""Units, texts of amounts, and exact splits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.money import (
    WHOLE_BP,
    currency_digits,
    distribute,
    format_money,
    is_currency,
    is_points,
    parse_money,
    points_unit,
    split_nested,
)
from tests.unit.schemas.property import MANY

AMOUNTS = st.integers(min_value=0, max_value=10**15)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=8).filter(any)


@st.composite
def shares(draw: st.DrawFn) -> list[int]:
    """Basis points of one to six parties, in any order, coming to the whole; some may have nothing."""
    cuts = sorted(draw(st.lists(st.integers(min_value=0, max_value=WHOLE_BP), max_size=5)))
    return [until - begin for begin, until in zip([0, *cuts], [*cuts, WHOLE_BP], strict=True)]


@pytest.mark.parametrize(
    ("text", "amount_minor", "currency"),
    [
        ("0.05 USD", 5, "USD"),
        ("1 USD", 100, "USD"),
        ("1.5 RUB", 150, "RUB"),
        ("500 JPY", 500, "JPY"),
        ("0.001 KWD", 1, "KWD"),
        ("0.0001 CLF", 1, "CLF"),
        ("9999999999999 USD", 999_999_999_999_900, "USD"),
    ],
)
def test_an_amount_is_read_in_minor_units(text: str, amount_minor: int, currency: str) -> None:
    """By the digits of ISO 4217."""
    assert parse_money(text) == (amount_minor, currency)
    assert parse_money(format_money(amount_minor, currency)) == (amount_minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "5USD",
        "5 usd",
        "5 US",
        "5  USD",
        "-5 USD",
        "5.001 USD",
        "0.5 JPY",
        "5. USD",
        "1e3 USD",
        "5 USD ",
        "\N{ARABIC-INDIC DIGIT FIVE} USD",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Never guessed, never rounded."""
    with pytest.raises(ValueError, match=r"is no amount|more than the"):
        parse_money(text)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (-1_230, "USD", "-12.30 USD"),
        (5, "USD", "0.05 USD"),
        (0, "USD", "0.00 USD"),
        (5, "JPY", "5 JPY"),
        (5, "KWD", "0.005 KWD"),
    ],
)
def test_an_amount_is_written_as_people_write_it(amount_minor: int, currency: str, text: str) -> None:
    """Every digit of the minor unit, the sign in front."""
    assert format_money(amount_minor, currency) == text


def test_units() -> None:
    """Points have a programme, money has three capital letters."""
    assert points_unit("journey") == "POINT:journey"
    assert is_points("POINT:journey")
    assert not is_points("USD")
    assert is_currency("USD")
    assert not any(map(is_currency, ("usd", "US", "USDT", "", "US1", "ÜSD")))
    assert [currency_digits(currency) for currency in ("USD", "JPY", "TND", "UYI", "UYW")] == [2, 0, 3, 0, 4]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        pytest.param(100, [1, 1, 1], [34, 33, 33], id="ties-to-the-first"),
        pytest.param(10, [0, 3, 0, 1], [0, 8, 0, 2], id="half-and-half-to-the-first"),
        pytest.param(7, [60, 40], [4, 3], id="4.2-and-2.8-the-larger-remainder-gets-it"),
        pytest.param(0, [0, 0], [0, 0], id="nothing"),
        pytest.param(1, [1], [1], id="one"),
        pytest.param(2, [0, 5], [0, 2], id="no-weight-no-part"),
    ],
)
def test_a_split_gives_its_remainder_by_the_largest(amount: int, weights: list[int], parts: list[int]) -> None:
    """Floors first; what is left goes to the largest remainders, ties to the first."""
    assert distribute(amount, weights) == parts


@given(AMOUNTS, WEIGHTS)
@MANY
def test_a_split_is_exact_and_fair(amount: int, weights: list[int]) -> None:
    """The parts come to the amount, and none is a whole unit away from its share."""
    parts = distribute(amount, weights)
    whole = sum(weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - amount * weight) < whole
        assert weight or not part


@pytest.mark.parametrize(
    ("amount", "shares_bp", "parts"),
    [
        pytest.param(50, [6_000, 4_000], [30, 20], id="even"),
        pytest.param(1, [6_000, 4_000], [0, 1], id="one-point-the-last-takes-the-rest"),
        pytest.param(1_000, [6_000, 4_000], [600, 400], id="a-thousand-single-points-do-not-drift"),
        pytest.param(-51, [6_000, 4_000], [-30, -21], id="the-sign-is-put-back"),
        pytest.param(10, [3_333, 3_333, 3_334], [3, 3, 4], id="three"),
        pytest.param(10, [WHOLE_BP, 0], [10, 0], id="nothing-left-for-the-second"),
        pytest.param(10, [0, WHOLE_BP], [0, 10], id="nothing-for-the-first"),
        pytest.param(7, [WHOLE_BP], [7], id="alone"),
    ],
)
def test_parties_share_a_total_by_nested_floors(amount: int, shares_bp: list[int], parts: list[int]) -> None:
    """LEDGER, "Who pays"."""
    assert split_nested(amount, shares_bp) == parts


@given(st.integers(min_value=-(10**15), max_value=10**15), shares())
@MANY
def test_a_nested_split_is_exact(amount: int, shares_bp: list[int]) -> None:
    """The parts come to the total; each is within the number of parties of its share."""
    parts = split_nested(amount, shares_bp)
    assert sum(parts) == amount
    for part, share_bp in zip(parts, shares_bp, strict=True):
        assert abs(part * WHOLE_BP - amount * share_bp) <= len(parts) * WHOLE_BP


@given(AMOUNTS, st.integers(min_value=0, max_value=10**6), shares())
@MANY
def test_a_growing_total_never_takes_back_from_a_party(amount: int, more: int, shares_bp: list[int]) -> None:
    """What a party was told it owes only grows while the campaign accrues."""
    before, after = split_nested(amount, shares_bp), split_nested(amount + more, shares_bp)
    assert all(late >= early for early, late in zip(before, after, strict=True))


@given(AMOUNTS, shares())
@MANY
def test_a_split_of_a_debt_mirrors_that_of_a_credit(amount: int, shares_bp: list[int]) -> None:
    """The sign is taken off and put back."""
    assert split_nested(-amount, shares_bp) == [-part for part in split_nested(amount, shares_bp)]
