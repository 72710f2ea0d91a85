"""Units, amounts, and exact splits of integers.

An amount is an integer in the minor unit of a named unit. There is no float and no decimal in the engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = [
    "AMOUNT_LIMIT_MINOR",
    "WHOLE_BP",
    "currency_digits",
    "distribute",
    "format_money",
    "is_currency",
    "is_points",
    "parse_money",
    "points_unit",
    "split_nested",
]

#: Basis points in a whole.
WHOLE_BP: Final = 10_000
#: No single amount at the edge may be larger: a hundred thousand million in a currency of two digits. Far above any
#: receipt, and far enough below 2^63 that a sum over every receipt of a programme cannot overflow a `bigint`.
AMOUNT_LIMIT_MINOR: Final = 10_000_000_000_000
_CURRENCY_LETTERS: Final = 3
#: Digits of the minor unit where it is not two. Source: ISO 4217, list one.
_DIGITS: Final[dict[str, int]] = (
    dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    )
    | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
    | dict.fromkeys(("CLF", "UYW"), 4)
)
_USUAL_DIGITS: Final = 2
_MONEY: Final = re.compile(r"[0-9]{1,13}(\.[0-9]{1,4})?", re.ASCII)


def points_unit(programme: str) -> str:
    """Give the unit of a programme's points."""
    return f"POINT:{programme}"


def is_points(unit: str) -> bool:
    """Tell whether `unit` counts points."""
    return unit.startswith("POINT:")


def is_currency(unit: str) -> bool:
    """Tell whether `unit` has the form of an ISO 4217 code: three capital letters."""
    return len(unit) == _CURRENCY_LETTERS and unit.isascii() and unit.isalpha() and unit.isupper()


def currency_digits(currency: str) -> int:
    """Give how many decimal digits the minor unit of a currency has."""
    return _DIGITS.get(currency, _USUAL_DIGITS)


def parse_money(text: str) -> tuple[int, str]:
    """Give amount in minor units and currency of a text such as `0.05 USD`.

    Raises:
        ValueError: when it is no such text, or has more decimals than the currency.
    """
    number, blank, currency = text.partition(" ")
    if not (blank and is_currency(currency) and _MONEY.fullmatch(number)):
        msg = f"{text!r} is no amount; write it like 0.05 USD"
        raise ValueError(msg)
    whole, _, decimals = number.partition(".")
    digits = currency_digits(currency)
    if len(decimals) > digits:
        msg = f"{text!r} has more than the {digits} decimals of {currency}"
        raise ValueError(msg)
    return int(whole + decimals.ljust(digits, "0")), currency


def format_money(amount_minor: int, currency: str) -> str:
    """Give an amount as people write it, such as `-12.30 USD`."""
    digits = currency_digits(currency)
    text = str(abs(amount_minor)).rjust(digits + 1, "0")
    shown = f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return f"{'-' if amount_minor < 0 else ''}{shown} {currency}"


def distribute(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` in proportion to `weights`, exactly.

    Args:
        amount: Not negative.
        weights: Not negative, at least one above zero unless `amount` is 0.

    Returns:
        One part per weight, summing to `amount`: floors first, the rest by largest remainder, ties to the first.

    Source: DESIGN, section 3 (largest remainder).
    """
    whole = sum(weights)
    if amount == 0:
        return [0] * len(weights)
    parts, remainders = [], []
    for weight in weights:
        part, remainder = divmod(amount * weight, whole)
        parts.append(part)
        remainders.append(remainder)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[: amount - sum(parts)]:
        parts[index] += 1
    return parts


def split_nested(amount: int, shares_bp: Sequence[int]) -> list[int]:
    """Split what a campaign version accrued between its parties, by nested floors.

    Unlike a largest remainder it never takes back from a party what a smaller total had given it.

    Args:
        amount: With its sign; the sign is put back on the parts.
        shares_bp: Basis points in the order of the campaign file, summing to 10,000.

    Returns:
        One part per share, summing to `amount`; the last takes the rest.

    Source: LEDGER, "Who pays".
    """
    sign, rest, rest_bp = (-1 if amount < 0 else 1), abs(amount), WHOLE_BP
    parts = []
    for share_bp in shares_bp[:-1]:
        part = rest * share_bp // rest_bp if rest_bp else 0
        parts.append(sign * part)
        rest -= part
        rest_bp -= share_bp
    parts.append(sign * rest)
    return parts
