"""What a rule may give: the largest receipt gets no more than any amount may be."""

import pytest

from processors.rules.book import ProgrammeBook, build_book
from processors.rules.campaign import parse_campaign
from processors.rules.document import canonical_json
from schemas.entry import BrokenInvariantError, DocumentChanged
from schemas.money import AMOUNT_LIMIT_MINOR
from schemas.record.receipt import QUANTITY_LIMIT_MILLI
from tests.unit.processors.made_document import Document, campaign, fixed, per_money, programme
from tests.unit.processors.rules.made_occasion import occasion
from tests.unit.schemas.made_record import NOON_MS, line

LARGEST = line(AMOUNT_LIMIT_MINOR, quantity_milli=QUANTITY_LIMIT_MILLI)


def _of_units(effect: str, **more: object) -> Document:
    return {"effect": effect} | more


def _book(rule: Document, points_digits: int) -> ProgrammeBook:
    documents = (programme(points_digits=points_digits), campaign("c", rule))
    changes = [
        DocumentChanged(
            programme="journey",
            campaign_id=document.get("campaign"),
            version=1,
            document=canonical_json(document),
            published_at_ms=0,
        )
        for document in documents
    ]
    book = build_book([("journey", change) for change in changes]).find("journey", "journey")
    assert book is not None
    return book


@pytest.mark.parametrize(
    ("rule", "points_digits"),
    [
        pytest.param(_of_units("points_per_unit", points=100_000), 2, id="points-per-unit"),
        pytest.param(_of_units("cause_points_per_unit", points=100_000, beneficiary="b"), 2, id="cause-points"),
        pytest.param(_of_units("cause_money_per_unit", amount="100000.00 USD", beneficiary="b"), 0, id="cause-money"),
        pytest.param(per_money(100), 0, id="points-per-money"),
        pytest.param(per_money(1), 2, id="points-per-money-with-decimals"),
    ],
)
def test_the_largest_gift_for_the_largest_receipt_is_the_largest_amount(rule: Document, points_digits: int) -> None:
    """Worked from the limits: a million units, and ten million million minor units."""
    ((_, amount),) = _book(rule, points_digits).index_at(NOON_MS).fire(occasion(LARGEST))
    assert amount == AMOUNT_LIMIT_MINOR


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        pytest.param(_of_units("points_per_unit", points=100_001), "less than or equal to 100000", id="per-unit"),
        pytest.param(
            _of_units("cause_points_per_unit", points=100_001, beneficiary="b"), "equal to 100000", id="cause-points"
        ),
        pytest.param(
            _of_units("cause_money_per_unit", amount="100000.01 USD", beneficiary="b"),
            "amount must be at most 100000.00 USD a unit",
            id="cause-money",
        ),
        pytest.param(per_money(101), "must not be above the minor units in per", id="per-money"),
        pytest.param(fixed(1_000_000_001), "less than or equal to 1000000000", id="fixed"),
        pytest.param(
            fixed(1, when={"segment": {"set": "abc", "any_of": ["a", "none"]}}), "is no segment", id="no-segment"
        ),
    ],
)
def test_a_rule_over_its_limit_is_refused(rule: Document, told: str) -> None:
    """When it is published, not at a till."""
    with pytest.raises(ValueError, match=told):
        parse_campaign(canonical_json(campaign("c", rule)))


def test_what_still_comes_to_more_is_never_posted() -> None:
    """Points with decimals on an absurd receipt: the decision raises, and the worker parks its member."""
    index = _book(per_money(2), 2).index_at(NOON_MS)
    with pytest.raises(BrokenInvariantError, match="rule 0 of c version 1 gives 20000000000000 POINT:journey"):
        index.fire(occasion(LARGEST))
