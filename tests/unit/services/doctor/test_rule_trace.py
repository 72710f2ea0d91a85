"""What a rule wanted and saw, for each kind of reason that it did not fire."""

import msgspec
import pytest

from processors.rules.book import ProgrammeBook, build_book
from processors.rules.document import canonical_json
from processors.rules.explain import RuleTrace, explain
from processors.rules.occasion import Occasion, Trigger
from schemas.business_time import parse_instant
from schemas.entry import DocumentChanged
from schemas.record.receipt import ReceiptLine
from tests.unit.processors.made_document import campaign, fixed, per_money, programme

NOON = parse_instant("2017-03-02T12:00:00Z")
LINES = [
    ReceiptLine(sku="bread", quantity_milli=2_000, amount_minor=150),
    ReceiptLine(sku="milk", quantity_milli=500, amount_minor=99),
]
OCCASION = Occasion(
    trigger=Trigger.RECEIPT,
    occurred_at_ms=NOON,
    zone="UTC",
    lateness_ms=0,
    member_id="h1",
    segments={"abc": "b"},
    store_id="s1",
    currency="USD",
    amount_minor=249,
    lines=LINES,
)


def _book(*campaigns: dict[str, object]) -> ProgrammeBook:
    documents = [(None, programme()), *((str(one["campaign"]), one) for one in campaigns)]
    adopted = [
        DocumentChanged(
            programme="journey", campaign_id=name, version=1, document=canonical_json(document), published_at_ms=0
        )
        for name, document in documents
    ]
    book = build_book([("journey", one) for one in adopted]).find("journey", "journey")
    assert book is not None
    return book


def _explain(rule: dict[str, object], **changes: object) -> RuleTrace:
    (trace,) = explain(_book(campaign("c", rule)), msgspec.structs.replace(OCCASION, **changes))
    return trace


def test_a_rule_that_fires_shows_every_step() -> None:
    """All hold; the last is what it came to."""
    trace = _explain(per_money(when={"segment": {"set": "abc", "any_of": ["a", "b"]}}))
    assert (trace.is_fired, trace.amount_minor) == (True, 2)
    assert [(step.name, step.holds) for step in trace.steps] == [
        ("trigger", True),
        ("lines", True),
        ("member", True),
        ("currency", True),
        ("segment abc", True),
        ("amount", True),
    ]
    assert trace.steps[1].saw == "2 of 2 lines, 2.49 USD, 2 whole units"


@pytest.mark.parametrize(
    ("rule", "changes", "step", "wanted", "saw"),
    [
        pytest.param(fixed(on="code"), {}, "trigger", "a code", "a receipt", id="another-occasion"),
        pytest.param(
            per_money(lines={"sku": "tea"}), {}, "lines", 'lines with {"sku":"tea"}', "0 of 2 lines", id="no-line"
        ),
        pytest.param(per_money(), {"member_id": None}, "member", "a known member", "nobody known", id="nobody"),
        pytest.param(per_money(per="1.00 EUR"), {}, "currency", "EUR", "USD", id="currency"),
        pytest.param(
            fixed(when={"segment": {"set": "abc", "any_of": ["a"]}}), {}, "segment abc", "one of a", "b", id="segment"
        ),
        pytest.param(
            fixed(when={"receipt_total": {"at_least": "5.00 USD"}}),
            {},
            "receipt_total",
            "at least 5.00 USD",
            "2.49 USD",
            id="total",
        ),
        pytest.param(
            fixed(when={"units": {"at_least": 3}}, lines={"sku": "bread"}),
            {},
            "units",
            "at least 3 whole units",
            "2",
            id="units",
        ),
        pytest.param(
            per_money(lines={"sku": "milk"}),
            {},
            "amount",
            "more than nothing",
            "0 POINT:journey from lines of 0.99 USD",
            id="too-little",
        ),
    ],
)
def test_the_first_thing_that_failed_is_last(
    rule: dict[str, object], changes: dict[str, object], step: str, wanted: str, saw: str
) -> None:
    """With what it wanted and what it saw; nothing after it was asked."""
    trace = _explain(rule, **changes)
    assert not trace.is_fired
    last = trace.steps[-1]
    assert (last.name, last.wanted, last.saw, last.holds) == (step, wanted, saw, False)
    assert all(one.holds for one in trace.steps[:-1])


@pytest.mark.parametrize(
    ("dates", "wanted"),
    [
        pytest.param({"valid_from": "2018-01-01T00:00:00Z"}, "2018-01-01T00:00:00.000Z without end", id="not-yet"),
        pytest.param(
            {"valid_until": "2017-01-01T00:00:00Z"},
            "2016-01-01T00:00:00.000Z to before 2017-01-01T00:00:00.000Z",
            id="over",
        ),
    ],
)
def test_a_campaign_that_is_not_in_force_says_when_it_is(dates: dict[str, object], wanted: str) -> None:
    """It comes after the rules in force, without a rule."""
    first, absent = explain(_book(campaign("a", per_money()), campaign("b", per_money(), **dates)), OCCASION)
    assert (first.campaign_id, first.is_fired) == ("a", True)
    assert (absent.campaign_id, absent.number, absent.is_fired) == ("b", None, False)
    (step,) = absent.steps
    assert (step.name, step.wanted, step.saw) == ("in_force", wanted, "2017-03-02T12:00:00.000Z")
