"""What must hold for any campaign of this issue's language and whatever customers do."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas.account import Sign, chart
from schemas.business_time import DAY_MS
from schemas.codec import Event
from schemas.entry import Entry, check_postings, check_sign
from schemas.money import is_points
from schemas.record.receipt import ReceiptRecorded
from tests.unit.processors.drawn import campaigns, receipts
from tests.unit.processors.engine import Engine
from tests.unit.processors.made_document import Document, engine
from tests.unit.schemas.made_record import NOON_MS, activation, conflict, donation, issue, returned
from tests.unit.schemas.property import FEW


@st.composite
def days(draw: st.DrawFn) -> list[Event]:
    """Receipts, gifts, codes and segments of two members and of nobody, in any order."""
    events: list[Event] = [draw(receipts(number)) for number in range(draw(st.integers(min_value=1, max_value=5)))]
    events += [
        donation(draw(st.integers(min_value=1, max_value=99)), event_id=f"g{number}", member_id=draw(_members))
        for number in range(draw(st.integers(min_value=0, max_value=2)))
    ]
    for number in range(draw(st.integers(min_value=0, max_value=3))):
        code_hash = f"{draw(st.integers(min_value=0, max_value=1)):064x}"
        events.append(activation(code_hash=code_hash, event_id=f"a{number}", member_id=draw(_members)))
    return draw(st.permutations(events))


_members = st.sampled_from(("h1", "h2"))


def _engine(documents: list[Document], partition_count: int = 1) -> Engine:
    made = engine(*documents, partition_count=partition_count)
    for number in range(2):
        made.send(issue(code_hash=f"{number:064x}"))
    return made


def _check_entry(entry: Entry) -> None:
    check_postings(entry.postings)
    per_unit: Counter[str] = Counter()
    for posting in entry.postings:
        per_unit[posting.unit] += posting.amount_minor
    assert not any(per_unit.values())
    if entry.outcome not in {"DECIDED", "TICKED"}:
        assert not entry.postings


def _check_books(made: Engine) -> None:
    """The equations of the ledger that this issue has."""
    balances = made.balances()
    per_kind: Counter[tuple[str, str, bool]] = Counter()
    for account, amount in balances.items():
        per_kind[account.kind, account.subaccount, is_points(account.unit)] += amount
        if chart(account.kind, account.subaccount) is not Sign.EITHER:
            check_sign(account, amount)
    assert -per_kind["campaign", "points_funded", True] == (
        per_kind["member", "pending", True]
        + per_kind["member", "available", True]
        + per_kind["cause", "points", True]
        + per_kind["programme", "expired", True]
    )
    owed = per_kind["campaign", "money_owed", False] + per_kind["party", "money_owed", False]
    assert owed + per_kind["cause", "accrued", False] == 0
    assert per_kind["member", "given", False] + per_kind["party", "collected", False] == 0


@given(campaigns(), days())
@FEW
def test_every_entry_and_the_books_balance(documents: list[Document], events: list[Event]) -> None:
    """Zero per unit in each entry; every account has its sign; sources are what holders hold."""
    made = _engine(documents)
    for event in events:
        made.send(event, log_time_ms=NOON_MS + DAY_MS)
    made.advance(NOON_MS + 10 * DAY_MS)
    for entry in made.entries:
        _check_entry(entry)
    _check_books(made)


@given(campaigns(), st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=4), st.data())
@FEW
def test_what_is_earned_and_returned_leaves_nothing(
    documents: list[Document], waits: list[int], data: st.DataObject
) -> None:
    """A full return mirrors the receipt, be its points pending, available or expired by then."""
    made = _engine(documents)
    sold: list[ReceiptRecorded] = [data.draw(receipts(number)) for number in range(len(waits))]
    for one in sold:
        made.send(one, log_time_ms=NOON_MS + DAY_MS)
    for one, wait_days in zip(sold, waits, strict=True):
        made.advance(NOON_MS + wait_days * DAY_MS)
        back = returned(one)
        take_back = conflict(one) if data.draw(st.booleans()) else back
        assert made.send(take_back, log_time_ms=NOON_MS + 10 * DAY_MS).outcome == "DECIDED"
    made.advance(NOON_MS + 99 * DAY_MS)
    assert made.balances() == {}


@given(campaigns(), days(), st.data())
@FEW
def test_the_order_of_arrival_of_receipts_changes_no_balance(
    documents: list[Document], events: list[Event], data: st.DataObject
) -> None:
    """What a receipt earns is its own: only who is first with a code depends on order."""
    events = [event for event in events if not isinstance(event, type(activation()))]
    balances = []
    for order in (events, data.draw(st.permutations(events))):
        made = _engine(documents)
        for event in order:
            made.send(event, log_time_ms=NOON_MS + DAY_MS)
        made.advance(NOON_MS + 10 * DAY_MS)
        balances.append(made.balances())
    assert balances[0] == balances[1]


@given(campaigns(), days(), st.integers(min_value=2, max_value=5))
@FEW
def test_the_number_of_partitions_changes_no_balance(
    documents: list[Document], events: list[Event], partition_count: int
) -> None:
    """Shared accounts are sums over partitions."""
    balances = []
    for count in (1, partition_count):
        made = _engine(documents, count)
        for event in events:
            made.send(event, log_time_ms=NOON_MS + DAY_MS)
        for desk in made.desks:
            desk.clock_ms = NOON_MS + DAY_MS
        made.advance(NOON_MS + 10 * DAY_MS)
        balances.append(made.balances())
    assert balances[0] == balances[1]


@given(campaigns(), days())
@FEW
def test_sending_everything_twice_changes_no_balance(documents: list[Document], events: list[Event]) -> None:
    """Each second one is a duplicate."""
    made = _engine(documents)
    for event in events:
        made.send(event, log_time_ms=NOON_MS + DAY_MS)
    before = made.balances()
    for event in events:
        assert made.send(event, log_time_ms=NOON_MS + DAY_MS).outcome == "DUPLICATE"
    assert made.balances() == before
