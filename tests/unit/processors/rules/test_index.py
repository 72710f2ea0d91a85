"""The index finds exactly the rules that asking each of them in turn would find."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from processors.rules.book import RuleIndex
from processors.rules.campaign import parse_campaign
from processors.rules.compiler import compile_campaign
from processors.rules.document import canonical_json
from processors.rules.occasion import Occasion
from processors.rules.programme import parse_programme
from schemas.business_time import format_date, local_time
from schemas.money import parse_money
from schemas.record.receipt import ReceiptLine, ReceiptRecorded
from tests.unit.processors.drawn import campaigns, receipts
from tests.unit.processors.made_document import Document, fixed, programme
from tests.unit.processors.rules.made_occasion import compiled, occasion
from tests.unit.schemas.made_record import line
from tests.unit.schemas.property import SOME

SETTINGS = parse_programme(canonical_json(programme()))


def _holds(match: Any, value: str | None) -> bool:  # noqa: ANN401 (any YAML)
    if value is None:
        return False
    if isinstance(match, dict):
        return value.startswith(match["starts_with"])
    return value in match if isinstance(match, list) else value == match


def _is_selected(selector: Document, one: ReceiptLine) -> bool:
    return all(
        not _is_selected(match, one) if name == "not" else _holds(match, getattr(one, name))
        for name, match in selector.items()
    )


def _clock(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000


def _condition_holds(name: str, wanted: Any, asked: Occasion, units: int) -> bool:  # noqa: ANN401 (any YAML)
    if name == "segment":
        return asked.segments.get(wanted["set"]) in wanted["any_of"]
    if name == "receipt_total":
        least_minor, currency = parse_money(wanted["at_least"])
        return asked.currency == currency and asked.amount_minor >= least_minor
    if name == "units":
        return units >= int(wanted["at_least"])
    if name == "store":
        return asked.store_id in wanted
    if name == "batch":
        return asked.batch_id in wanted
    zone = asked.zone if wanted["zone"] == "store" else wanted["zone"]
    day, time_ms = local_time(asked.occurred_at_ms, zone)
    is_day = int(format_date(day)[-2:]) in wanted.get("days_of_month", range(32))
    return is_day and _clock(wanted["from"]) <= time_ms < _clock(wanted["until"])


def _gives(rule: Document, asked: Occasion) -> int:
    """Give what a rule gives, read off its file: the language a second time, without compilation or index."""
    effect = rule["effect"]
    trigger = "donation" if effect == "donation" else rule.get("on", "receipt")
    if trigger != asked.trigger:
        return 0
    selected = [one for one in asked.lines if _is_selected(rule.get("lines", {}), one)]
    units = sum(one.quantity_milli // 1_000 for one in selected)
    is_to_member = "beneficiary" not in rule
    if is_to_member and asked.member_id is None:
        return 0
    if not all(_condition_holds(name, wanted, asked, units) for name, wanted in rule.get("when", {}).items()):
        return 0
    if effect == "cause_revenue":
        return asked.amount_minor
    if not selected and trigger == "receipt":
        return 0
    if effect == "points_fixed":
        return int(rule["points"])
    if effect == "points_per_money":
        per_minor, currency = parse_money(rule["per"])
        total = sum(one.amount_minor for one in selected)
        return total // per_minor * int(rule["points"]) if currency == asked.currency else 0
    amount_minor, currency = parse_money(rule["amount"]) if "amount" in rule else (rule["points"], asked.currency)
    return units * int(amount_minor) if currency == asked.currency else 0


@given(campaigns(), receipts(), st.sampled_from(({}, {"abc": "a"}, {"abc": "b"})))
@SOME
def test_the_index_equals_asking_every_rule(
    documents: list[Document], sold: ReceiptRecorded, segments: dict[str, str]
) -> None:
    """Same rules, same amounts, same order; also against the language read off the file a second time."""
    asked = occasion(
        *sold.lines,
        occurred_at_ms=sold.occurred_at_ms,
        member_id=sold.member_id,
        store_id=sold.store_id,
        segments=segments,
    )
    parsed = [parse_campaign(canonical_json(document)) for document in documents]
    every = [rule for one in parsed for rule in compile_campaign(one, SETTINGS)]
    fired = [(rule.campaign_id, rule.number, amount) for rule, amount in RuleIndex(every).fire(asked)]
    naive = [
        (document["campaign"], number, amount)
        for document in documents
        for number, rule in enumerate(document["rules"])
        if (amount := _gives(rule, asked)) > 0
    ]
    assert fired == naive


def test_rules_fire_in_their_order_however_they_are_found() -> None:
    """By index, by asking every line, and without lines."""
    rules = compiled(
        fixed(1, lines={"brand": "B"}),
        {"effect": "cause_revenue", "beneficiary": "x", "cutoff_hours": "none"},
        fixed(2, lines={"not": {"brand": "C"}}),
        fixed(3, lines={"category": "A"}),
        fixed(4),
    )
    sold = line(7, category="A", brand="B")
    assert [amount for _, amount in RuleIndex(rules).fire(occasion(sold))] == [1, 7, 2, 3, 4]


def test_lines_come_to_a_rule_once_and_in_their_order() -> None:
    """A value that stands twice in a list finds a line once."""
    first, second, third = line(1, category="A"), line(2, category="B"), line(4, category="A")
    index = RuleIndex(compiled(fixed(lines={"category": ["A", "B", "A"]})))
    assert index.match_lines([first, second, third]) == {0: [first, second, third]}
    assert index.match_lines([line(category=None)]) == {}


def test_an_index_of_no_rules_gives_nothing() -> None:
    """A programme without campaigns."""
    assert RuleIndex([]).fire(occasion(line())) == []
