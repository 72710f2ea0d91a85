"""The fold: what accepted entries make of the state, and entries that no honest engine writes."""

import pytest

from processors.evolution import Layered, evolve
from processors.state import (
    CLOCK_KEY,
    PART_TYPES,
    LotPart,
    MemberPart,
    PointBalance,
    activation_key,
    lot_key,
    member_key,
    receipt_part_key,
    sent_key,
)
from schemas.account import Account
from schemas.entry import (
    BrokenInvariantError,
    CodeChanged,
    Entry,
    EntrySource,
    KeyTaken,
    LotChange,
    LotOpened,
    Message,
    MessageTaken,
    ParkingChanged,
    Posting,
    ReceiptChanged,
    SourceRecord,
)
from tests.unit.processors.engine import Engine
from tests.unit.processors.made_document import campaign as made_campaign
from tests.unit.processors.made_document import engine, fixed, journey_engine
from tests.unit.schemas.made_record import CODE_HASH, NOON_MS, activation, assignment, changed, donation, issue, receipt

POINTS = "POINT:journey"
SOURCE = EntrySource(topic="sales.receipt.recorded.v1", partition=0, offset=1, log_time_ms=NOON_MS)
EMPTY = Entry(
    clock_ms=NOON_MS, book_hash=bytes(32), tenant="journey", entity_kind="member", entity_id="h7", outcome="DECIDED"
)
#: Half of what does not fit into 64 bits any more.
HALF = 2**62
LOT = LotOpened(
    member_id="h7",
    lot_id="1.1",
    unit=POINTS,
    campaign_id="c",
    campaign_version=1,
    origin="receipt:x",
    amount_minor=5,
    earned_at_ms=NOON_MS,
)
CHANGE = LotChange(
    member_id="h7",
    lot_id="1.1",
    unit=POINTS,
    campaign_id="c",
    campaign_version=1,
    reason="REVERSED",
    pending_minor=0,
    available_minor=-5,
    expired_minor=0,
)
RECEIPT = ReceiptChanged(
    store_id="s1",
    till_id="1",
    receipt_number="42",
    business_date=receipt().business_date,
    programme="journey",
    member_id="h7",
    status="RETURNED",
    currency="USD",
    total_minor=499,
    occurred_at_ms=NOON_MS,
)


def _member(subaccount: str, amount_minor: int, unit: str = POINTS) -> Posting:
    return Posting(
        kind="member", campaign_id="", owner="h7", subaccount=subaccount, unit=unit, amount_minor=amount_minor
    )


def _funded(amount_minor: int, unit: str = POINTS) -> Posting:
    return Posting(
        kind="campaign", campaign_id="c", owner="1", subaccount="points_funded", unit=unit, amount_minor=amount_minor
    )


def _cause(amount_minor: int, owner: str = "c", unit: str = POINTS) -> Posting:
    return Posting(
        kind="cause", campaign_id="c", owner=owner, subaccount="accrued", unit=unit, amount_minor=amount_minor
    )


def _earned(amount_minor: int = 5) -> list[Posting]:
    return [_member("available", amount_minor), _funded(-amount_minor)]


def _with_a_lot() -> Engine:
    """Member h7 has one lot of 5, named 3.1, and one receipt."""
    made = engine(made_campaign("c", fixed(5)))
    made.send(receipt())
    return made


def _message(number: int) -> Message:
    return Message(target_kind="code", target_id="x", target_partition=0, number=number, body=b"x")


BROKEN = [
    pytest.param({"postings": _earned()[:1]}, "sum to 5", id="one-leg"),
    pytest.param({"postings": _earned()}, "lots", id="points-without-a-lot"),
    pytest.param({"lots_opened": [LOT]}, "lots", id="a-lot-without-points"),
    pytest.param({"postings": _earned(4), "lots_opened": [LOT]}, "lots", id="a-lot-of-another-amount"),
    pytest.param({"postings": [_member("pending", 5), _funded(-5)], "lots_opened": [LOT]}, "lots", id="not-pending"),
    pytest.param({"lots_opened": [changed(LOT, amount_minor=0)]}, "opened twice, or with 0", id="a-lot-of-nothing"),
    pytest.param({"postings": [*_earned(), *_earned()], "lots_opened": [LOT, LOT]}, "opened twice", id="one-lot-twice"),
    pytest.param({"lot_changes": [CHANGE]}, "does not exist", id="no-such-lot"),
    pytest.param(
        {"lot_changes": [changed(CHANGE, lot_id="5.1", unit="POINT:other")]}, "in POINT:other does not exist", id="unit"
    ),
    pytest.param(
        {"postings": _earned(-6), "lot_changes": [changed(CHANGE, lot_id="5.1", available_minor=-6)]},
        "would be|below zero",
        id="more-than-the-lot-holds",
    ),
    pytest.param(
        {"lot_changes": [changed(CHANGE, lot_id="5.1", available_minor=-5, expired_minor=5)]},
        "lots",
        id="expired-without-posting",
    ),
    pytest.param({"postings": [_member("debt", 5), _funded(-5)]}, "would be", id="debt-above-zero"),
    pytest.param({"postings": [_member("reserved", -5), _funded(5)]}, "would be", id="reserved-below-zero"),
    pytest.param(
        {"postings": [_member("given", 5, "USD"), _funded(-5, "USD")]}, "given 5 USD by causes", id="given-above-zero"
    ),
    pytest.param(
        {"postings": [_cause(HALF), _cause(HALF), _funded(-HALF), _funded(-HALF)]},
        "would come to 9223372036854775808",
        id="above-64-bits",
    ),
    pytest.param(
        {"postings": [_funded(-HALF), _funded(-HALF), _cause(HALF), _cause(HALF, "d")]},
        "would come to -",
        id="below-64-bits",
    ),
    pytest.param(
        {"postings": [_member("available", HALF), _member("available", HALF), _funded(-HALF), _cause(-HALF)]},
        "h7 would come to",
        id="points-above-64-bits",
    ),
    pytest.param(
        {
            "postings": [
                _member("given", -HALF, "USD"),
                _member("given", -HALF, "USD"),
                _cause(2 * HALF - 1, unit="USD"),
                _cause(1, "d", "USD"),
            ]
        },
        "h7 would come to",
        id="given-below-64-bits",
    ),
    pytest.param({"receipts": [changed(RECEIPT, receipt_number="43")]}, "is not there", id="return-of-no-receipt"),
    pytest.param({"receipts": [RECEIPT, RECEIPT]}, "is not there", id="returned-twice"),
    pytest.param({"messages": [_message(7)]}, "message 7 to partition 0; the next is 3", id="message-number"),
    pytest.param({"messages": [_message(3), _message(3)]}, "the next is 4", id="message-number-twice"),
    pytest.param({"message_taken": MessageTaken(sender=3, number=2)}, "out of turn", id="message-out-of-turn"),
    pytest.param({"message_taken": MessageTaken(sender=0, number=1)}, "out of turn", id="message-taken-twice"),
    pytest.param(
        {
            "outcome": "PARKED",
            "record": SourceRecord(key=b"", headers=[], value=b""),
            "parked": ParkingChanged(held=2, released=0, failure=""),
        },
        "the next is 1",
        id="held-out-of-turn",
    ),
    pytest.param({"parked": ParkingChanged(held=0, released=1, failure="")}, "1 of 0 records", id="released"),
]


@pytest.mark.parametrize(("changes", "told"), BROKEN)
def test_a_broken_entry_stops_its_reader(changes: dict[str, object], told: str) -> None:
    """A bug or a forged journal: nothing is folded."""
    made = _with_a_lot()
    assert [lot.lot_id for lot in made.entries[-1].lots_opened] == ["5.1"]
    with pytest.raises(BrokenInvariantError, match=told):
        evolve(made.desks[0].store, changed(EMPTY, **changes), SOURCE)


def test_a_code_is_used_once() -> None:
    """Not even by the same member again."""
    made = journey_engine()
    made.send(issue())
    made.send(activation())
    for member_id in ("h7", "h8", None):
        used = CodeChanged(code_hash=CODE_HASH, programme="journey", batch_id="26", member_id=member_id)
        with pytest.raises(BrokenInvariantError, match="was used by h7 before"):
            evolve(made.desks[0].store, changed(EMPTY, codes=[used]), SOURCE)


def test_an_entry_without_effect_moves_only_the_clock() -> None:
    """A refusal is an entry too."""
    assert evolve(Layered(_with_a_lot().desks[0].store), EMPTY, SOURCE) == {CLOCK_KEY: NOON_MS}


def test_evolve_changes_nothing_but_what_it_gives() -> None:
    """The state before is the state before: a fold can be thrown away."""
    made = _with_a_lot()
    store = made.desks[0].store
    before = [store.get(key) for key in ("m/journey/h7", "l/journey/h7/5.1", CLOCK_KEY)]
    evolve(store, changed(EMPTY, postings=_earned(), lots_opened=[changed(LOT, lot_id="9.1")]), SOURCE)
    assert [store.get(key) for key in ("m/journey/h7", "l/journey/h7/5.1", CLOCK_KEY)] == before


def test_the_parts_of_a_receipt() -> None:
    """The member's header with its sums, the lot, the receipt with what it gave, and the balance of the campaign."""
    store = _with_a_lot().desks[0].store
    assert store.get(member_key("journey", "h7")) == MemberPart(points={POINTS: PointBalance(available_minor=5)})
    lot: LotPart = store.get(lot_key("journey", "h7", "5.1"))
    assert (lot.available_minor, lot.origin, lot.earned_at_ms) == (5, f"receipt:{receipt().key}", NOON_MS)
    part = store.get(receipt_part_key("journey", "h7", receipt().key))
    assert (part.status, part.lot_ids, [effect.amount_minor for effect in part.effects]) == ("RECORDED", ["5.1"], [5])
    assert store.get("a/journey/campaign/c/1/points_funded/POINT:journey") == -5


def test_every_part_is_of_the_type_that_its_key_says() -> None:
    """A store reads parts back by the first letter of their key."""
    made = journey_engine()
    for event in (issue(), activation(), receipt(), donation(), assignment()):
        made.send(event)
    store = made.desks[0].store
    parts = {key: part for letter in PART_TYPES for key, part in store.scan(f"{letter}/", 1_000)}
    assert {key[0] for key in parts} >= set("aclmrkxstv")
    for key, part in parts.items():
        assert isinstance(part, PART_TYPES[key[0]]), key


def test_a_member_s_segments_attempts_and_gifts_stand_side_by_side() -> None:
    """A change of one leaves the others."""
    made = journey_engine()
    for event in (assignment(), donation(), activation(), assignment(segment_set="activity", segment="new")):
        made.send(event)
    member = made.desks[0].store.get(member_key("journey", "h7"))
    assert member == MemberPart(
        given_minor={"USD": -370},
        segments={"abc": "a", "activity": "new"},
        code_attempts=1,
        segment_times_ms={"abc": NOON_MS, "activity": NOON_MS},
    )
    assert made.desks[0].store.get(activation_key("journey", "h7", CODE_HASH)).status == "UNKNOWN_CODE"


def test_a_layered_state_shows_its_changes_over_what_is_below() -> None:
    """Also in order, within the limit, and where something was removed."""
    store = _with_a_lot().desks[0].store
    below = store.scan("b/", 10)
    layered = Layered(store)
    assert layered.scan("b/", 10) == below
    layered.delta |= {below[0][0]: None, "b/zzz": below[0][1]}
    assert [key for key, _ in layered.scan("b/", 10)] == [*(key for key, _ in below[1:]), "b/zzz"]
    assert [key for key, _ in layered.scan("b/", 1)] == [below[1][0]]
    assert layered.get(below[0][0]) is None
    assert layered.get(CLOCK_KEY) == store.get(CLOCK_KEY)


def test_balances_of_shared_accounts_are_sums() -> None:
    """Kept per partition, without a limit on either side: the trial balance looks at the sum."""
    made = journey_engine()
    for number in range(3):
        made.send(donation(100, event_id=f"g{number}"))
    account = Account("cause", "round-up", "neighbours", "accrued", "USD")
    assert made.balances()[account] == 300
    assert made.desks[0].store.get("a/journey/cause/round-up/neighbours/accrued/USD") == 300


def test_a_key_is_taken_for_ever_where_no_end_is_said() -> None:
    """And nothing falls due."""
    delta = evolve(
        Layered(_with_a_lot().desks[0].store), changed(EMPTY, keys=[KeyTaken(key="k", digest=bytes(16))]), SOURCE
    )
    assert [key for key in delta if key.startswith("d/")] == []
    assert delta["k/journey/member/h7/k"] is not None
    assert sent_key(0) not in delta
