"""Any campaign of this issue's language and any receipt, drawn from few words so that they often meet."""

from typing import Any, Final

from hypothesis import strategies as st

from schemas.business_time import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.record.receipt import ReceiptLine, ReceiptRecorded
from tests.unit.processors.made_document import Document, campaign
from tests.unit.schemas.made_record import NOON_MS, line, receipt

ATTRIBUTES: Final = ("sku", "category", "department", "product_type", "brand", "manufacturer")
WORDS: Final = ("A", "AB", "B", "C")
STORES: Final = ("s1", "s2")
SEGMENTS: Final = ("a", "b")
HOURS: Final = ("00:00:00", "11:59:59", "12:00:00", "12:00:01", "18:00:00", "24:00:00")

_words = st.sampled_from(WORDS)
_matches = st.one_of(
    _words,
    st.lists(_words, min_size=1, max_size=3),
    st.builds(lambda word: {"starts_with": word}, _words),
)
_attributes = st.dictionaries(st.sampled_from(ATTRIBUTES), _matches, max_size=2)


def selectors() -> st.SearchStrategy[Document]:
    """Selectors, some with a negation below."""
    full = st.dictionaries(st.sampled_from(ATTRIBUTES), _matches, min_size=1, max_size=2)
    return st.one_of(_attributes, st.builds(lambda own, left_out: own | {"not": left_out}, _attributes, full))


@st.composite
def _windows(draw: st.DrawFn) -> Document:
    begin, end = sorted(draw(st.sets(st.sampled_from(HOURS), min_size=2, max_size=2)))
    days = draw(st.none() | st.lists(st.integers(min_value=14, max_value=16), min_size=1, max_size=2))
    window: Document = {"from": begin, "until": end, "zone": draw(st.sampled_from(("store", "Asia/Kathmandu")))}
    return window if days is None else window | {"days_of_month": days}


_CONDITIONS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "segment": st.builds(lambda one: {"set": "abc", "any_of": [one]}, st.sampled_from(SEGMENTS)),
    "receipt_total": st.builds(lambda cents: {"at_least": f"{cents}.50 USD"}, st.integers(min_value=0, max_value=9)),
    "units": st.builds(lambda units: {"at_least": units}, st.integers(min_value=1, max_value=4)),
    "store": st.lists(st.sampled_from(STORES), min_size=1, max_size=2),
    "window": _windows(),
    "batch": st.just(["26"]),
}


def _whens(*names: str) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries({}, optional={name: _CONDITIONS[name] for name in names})


_RECEIPT_WHEN: Final = _whens("segment", "receipt_total", "units", "store", "window")
_points = st.integers(min_value=1, max_value=9)
_lives = st.sampled_from(
    ({}, {"active_after_days": 2}, {"expires_after_days": 3}, {"active_after_days": 1, "expires_after_days": 5})
)


def _rule(
    effect: str, when: st.SearchStrategy[Document], **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries({"effect": st.just(effect), "when": when, **fields})


def _of_member(rule: st.SearchStrategy[Document]) -> st.SearchStrategy[Document]:
    return st.builds(lambda one, life: one | life, rule, _lives)


_per_money = _rule(
    "points_per_money",
    _RECEIPT_WHEN,
    points=_points,
    per=st.sampled_from(("0.50 USD", "1.00 USD", "3.00 USD", "1 EUR")),
    base=st.just("paid"),
    rounding=st.just("floor_per_receipt"),
    lines=selectors(),
)
_per_unit = _rule("points_per_unit", _RECEIPT_WHEN, points=_points, lines=selectors())
_fixed = _rule("points_fixed", _RECEIPT_WHEN, points=_points, on=st.just("receipt"), lines=selectors())
_on_code = _rule("points_fixed", _whens("segment", "window", "batch"), points=_points, on=st.just("code"))
_beneficiary = st.sampled_from(("forest", "children"))
_cause_points = _rule(
    "cause_points_per_unit", _RECEIPT_WHEN, points=_points, beneficiary=_beneficiary, lines=selectors()
)
_cause_money = _rule(
    "cause_money_per_unit",
    _RECEIPT_WHEN,
    amount=st.sampled_from(("0.05 USD", "1.00 USD")),
    beneficiary=_beneficiary,
    lines=selectors(),
)
_revenue = _rule(
    "cause_revenue",
    _whens("segment", "receipt_total", "store", "window"),
    beneficiary=_beneficiary,
    cutoff_hours=st.just("none"),
)


def rules() -> st.SearchStrategy[Document]:
    """Rules of every effect but donations."""
    member = st.one_of(_of_member(_per_money), _of_member(_per_unit), _of_member(_fixed), _of_member(_on_code))
    return st.one_of(member, _cause_points, _cause_money, _revenue)


@st.composite
def campaigns(draw: st.DrawFn, *, most: int = 3) -> list[Document]:
    """Some campaigns, the last always one that takes donations."""
    made = [
        campaign(f"c{number}", *draw(st.lists(rules(), min_size=1, max_size=3)), parties=draw(st.sampled_from(PARTIES)))
        for number in range(draw(st.integers(min_value=1, max_value=most)))
    ]
    donation = {"effect": "donation", "beneficiary": "neighbours", "collected_by": "retailer"}
    return [*made, campaign("round-up", donation)]


PARTIES: Final = (
    [{"party": "retailer", "share_bp": 10_000}],
    [{"party": "manufacturer", "share_bp": 6_000}, {"party": "retailer", "share_bp": 4_000}],
)


def lines() -> st.SearchStrategy[ReceiptLine]:
    """Lines that have some of the attributes."""
    words: dict[str, st.SearchStrategy[str | None]] = dict.fromkeys(ATTRIBUTES[1:], st.none() | _words)
    return st.builds(
        line,
        amount_minor=st.integers(min_value=0, max_value=1_000),
        quantity_milli=st.sampled_from((0, 500, 1_000, 1_999, 3_000)),
        sku=_words,
        **words,
    )


@st.composite
def receipts(draw: st.DrawFn, number: int = 1) -> ReceiptRecorded:
    """A receipt around noon of March 15th, of one of two members or of nobody."""
    return receipt(
        *draw(st.lists(lines(), min_size=1, max_size=4)),
        receipt_number=str(number),
        store_id=draw(st.sampled_from(STORES)),
        member_id=draw(st.sampled_from(("h1", "h2", None))),
        occurred_at_ms=NOON_MS + draw(st.sampled_from((-DAY_MS, -HOUR_MS, -MINUTE_MS, 0, 999, DAY_MS))),
    )
