"""Conditions and line selectors, compiled to closures. Each condition can also tell what it wanted and what it saw."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Final, NamedTuple

from processors.rules.campaign import Lines, Match, Prefix, When, Window
from processors.rules.document import Strict
from processors.rules.occasion import Occasion
from schemas.business_time import format_date, format_instant, local_time
from schemas.money import format_money
from schemas.record.receipt import ReceiptLine

__all__ = [
    "ATTRIBUTES",
    "Condition",
    "LineTest",
    "Selection",
    "compile_conditions",
    "compile_lines",
    "currency_condition",
    "cutoff_condition",
    "member_condition",
    "whole_units",
]

#: Line attributes that rules can ask for, in the order in which an index prefers them: the rarest values first.
ATTRIBUTES: Final = ("sku", "product_type", "category", "manufacturer", "brand", "department")
_MILLI: Final = 1_000
_SECONDS_PER_MINUTE: Final = 60

LineTest = Callable[[ReceiptLine], bool]


class Condition(NamedTuple):
    """One condition of a rule."""

    #: Its name in the campaign file.
    name: str
    holds: Callable[[Occasion, list[ReceiptLine]], bool]
    #: What it wants, in words.
    wanted: str
    #: What it saw, in words.
    saw: Callable[[Occasion, list[ReceiptLine]], str]


class Selection(NamedTuple):
    """Which lines a rule looks at, split for the index."""

    #: Attribute and values by which lines find the rule; `None` when every line must be asked.
    indexed: tuple[str, tuple[str, ...]] | None
    #: What remains to be asked of each line; `None` when nothing does.
    rest: LineTest | None


def whole_units(lines: list[ReceiptLine]) -> int:
    """Count whole units: floored per line.

    Source: the issue of the first path ("Quantities that are no whole units count whole units only").
    """
    return sum([line.quantity_milli // _MILLI for line in lines])


def _compile_match(attribute: str, match: Match) -> LineTest:
    get = attrgetter(attribute)
    if isinstance(match, Prefix):
        prefix = match.starts_with
        return lambda line: (value := get(line)) is not None and value.startswith(prefix)
    if isinstance(match, list):
        values = frozenset(match)
        return lambda line: get(line) in values
    return lambda line: get(line) == match


def _all(tests: list[LineTest]) -> LineTest | None:
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    return lambda line: all(test(line) for test in tests)


def _negate(test: LineTest) -> LineTest:
    return lambda line: not test(line)


def compile_lines(lines: Lines) -> Selection:
    """Compile a selector: one attribute of exact values becomes the index, the rest a test."""
    indexed: tuple[str, tuple[str, ...]] | None = None
    tests: list[LineTest] = []
    for attribute in ATTRIBUTES:
        match = getattr(lines, attribute)
        if match is None:
            continue
        if indexed is None and not isinstance(match, Prefix):
            indexed = (attribute, (match,) if isinstance(match, str) else tuple(dict.fromkeys(match)))
        else:
            tests.append(_compile_match(attribute, match))
    if lines.not_ is not None:
        tests.append(_negate(_compile_whole(lines.not_)))
    return Selection(indexed, _all(tests))


def _compile_whole(lines: Lines) -> LineTest:
    tests = [
        _compile_match(attribute, match) for attribute in ATTRIBUTES if (match := getattr(lines, attribute)) is not None
    ]
    if lines.not_ is not None:
        tests.append(_negate(_compile_whole(lines.not_)))
    test = _all(tests)
    assert test is not None, "an empty negation is refused by the model"
    return test


def compile_conditions(when: When) -> list[Condition]:
    """Compile the conditions of a rule, the cheapest first."""
    conditions = []
    if when.store is not None:
        conditions.append(_among("store", when.store, lambda occasion: occasion.store_id))
    if when.batch is not None:
        conditions.append(_among("batch", when.batch, lambda occasion: occasion.batch_id))
    if when.segment is not None:
        name = when.segment.set
        conditions.append(
            _among(f"segment {name}", when.segment.any_of, lambda occasion: occasion.segments.get(name, ""))
        )
    if when.receipt_total is not None:
        conditions.append(_total_condition(*when.receipt_total.at_least))
    if when.units is not None:
        conditions.append(_units_condition(when.units.at_least))
    if when.window is not None:
        conditions.append(_window_condition(when.window))
    return conditions


def _among(name: str, values: list[str], get: Callable[[Occasion], str]) -> Condition:
    allowed = frozenset(values)
    return Condition(
        name,
        lambda occasion, _: get(occasion) in allowed,
        f"one of {', '.join(values)}",
        lambda occasion, _: get(occasion) or "none",
    )


def _total_condition(least_minor: int, currency: str) -> Condition:
    return Condition(
        "receipt_total",
        lambda occasion, _: occasion.currency == currency and occasion.amount_minor >= least_minor,
        f"at least {format_money(least_minor, currency)}",
        lambda occasion, _: format_money(occasion.amount_minor, occasion.currency),
    )


def _units_condition(least: int) -> Condition:
    return Condition(
        "units",
        lambda _, lines: whole_units(lines) >= least,
        f"at least {least} whole units",
        lambda _, lines: str(whole_units(lines)),
    )


def _parse_clock(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    minutes_of_day = int(hours) * _SECONDS_PER_MINUTE + int(minutes)
    return (minutes_of_day * _SECONDS_PER_MINUTE + int(seconds)) * _MILLI


def _window_condition(window: Window) -> Condition:
    from_ms, until_ms = _parse_clock(window.from_), _parse_clock(window.until)
    days = None if window.days_of_month is None else frozenset(window.days_of_month)
    own_zone = None if window.zone == "store" else window.zone

    def holds(occasion: Occasion, _: list[ReceiptLine]) -> bool:
        day, time_ms = local_time(occasion.occurred_at_ms, own_zone or occasion.zone)
        return from_ms <= time_ms < until_ms and (days is None or _day_of_month(day) in days)

    shown_days = "" if days is None else f" on day {', '.join(map(str, sorted(days)))} of the month"
    return Condition(
        "window",
        holds,
        f"{window.from_} to before {window.until}{shown_days}, {window.zone}",
        lambda occasion, _: f"{format_instant(occasion.occurred_at_ms)} in {own_zone or occasion.zone}",
    )


def _day_of_month(day: int) -> int:
    return int(format_date(day)[-2:])


def member_condition() -> Condition:
    """Points need somebody to have them.

    Source: RULES, Receipts are facts (a receipt without member earns no points).
    """
    return Condition(
        "member",
        lambda occasion, _: occasion.member_id is not None,
        "a known member",
        lambda *_: "nobody known",
    )


def currency_condition(currency: str) -> Condition:
    """An amount of money is given in the currency of the receipt only."""
    return Condition(
        "currency",
        lambda occasion, _: occasion.currency == currency,
        currency,
        lambda occasion, _: occasion.currency,
    )


def cutoff_condition(limit_ms: int) -> Condition:
    """A record must not come later than the campaign's cut-off."""
    return Condition(
        "cutoff",
        lambda occasion, _: occasion.lateness_ms <= limit_ms,
        f"at most {limit_ms} ms late",
        lambda occasion, _: f"{occasion.lateness_ms} ms late",
    )


def describe(model: Strict) -> str:
    """Give a selector or setting as it stands in the file, on one line."""
    return model.model_dump_json(by_alias=True, exclude_none=True)
