"""What the passing of time leads to, at most so much a tick, the earliest first."""

from processors.state import DUE_KEYS, MemberPart, lot_key, natural_key
from processors.tick import TICK_LIMIT, decide_tick, next_due_ms
from schemas.business_time import DAY_MS, HOUR_MS
from tests.unit.processors.engine import Engine
from tests.unit.processors.made_document import campaign, engine, fixed, journey_engine, programme
from tests.unit.schemas.made_record import NOON_MS, TENANT, donation, issue, line, receipt, returned

ROUND_UP = {"effect": "donation", "beneficiary": "neighbours", "collected_by": "retailer"}
DAY = campaign("day", fixed(5, expires_after_days=1))


def _sell(made: Engine, number: int, **changes: object) -> None:
    made.send(receipt(line(), receipt_number=str(number), **changes))


def test_nothing_is_due_where_nothing_ends() -> None:
    """The journey has no limits."""
    made = journey_engine()
    made.send(receipt())
    desk = made.desks[0]
    assert next_due_ms(desk.store) is None
    assert decide_tick(desk.store, desk.context(2**50)) is None


def test_a_tick_decides_a_bounded_number_the_earliest_first() -> None:
    """The next tick goes on."""
    made = engine(DAY)
    for number in range(TICK_LIMIT + 10):
        _sell(made, number)
    _sell(made, 999, occurred_at_ms=NOON_MS - DAY_MS)
    ticks = made.advance(NOON_MS + 3 * DAY_MS)
    assert [len(tick.lot_changes) for tick in ticks] == [TICK_LIMIT, 11]
    assert ticks[0].lot_changes[0].lot_id == made.entries[-3].lots_opened[0].lot_id, "the day before comes first"
    assert all(tick.outcome == "TICKED" and tick.record is None for tick in ticks)
    assert made.points("h7") == 0


def test_a_tick_is_of_one_tenant() -> None:
    """An entry has one."""
    made = engine(DAY)
    made.publish(programme(tenant="other"))
    made.publish(DAY | {"tenant": "other"})
    for number, tenant in enumerate((TENANT, "other", TENANT)):
        _sell(made, number, tenant=tenant)
    ticks = made.advance(NOON_MS + 3 * DAY_MS)
    assert [(tick.tenant, len(tick.lot_changes)) for tick in ticks] == [("journey", 2), ("other", 1)]


def test_a_lot_is_touched_once_a_tick() -> None:
    """What becomes available and expires at once takes two."""
    made = engine(campaign("short", fixed(5, active_after_days=1, expires_after_days=2)))
    _sell(made, 1)
    ticks = made.advance(NOON_MS + 9 * DAY_MS)
    assert [[change.reason for change in tick.lot_changes] for tick in ticks] == [["ACTIVATED"], ["EXPIRED"]]


def test_a_tick_never_comes_early() -> None:
    """The clock must have reached it."""
    made = engine(campaign("waiting", fixed(5, active_after_days=2)))
    _sell(made, 1)
    assert next_due_ms(made.desks[0].store) == NOON_MS + 2 * DAY_MS
    assert made.advance(NOON_MS + 2 * DAY_MS - 1) == []
    assert len(made.advance(NOON_MS + 2 * DAY_MS)) == 1
    assert next_due_ms(made.desks[0].store) is None


def test_a_returned_lot_has_nothing_due() -> None:
    """No tick would find anything to do."""
    made = engine(campaign("short", fixed(5, active_after_days=1, expires_after_days=2)))
    made.send(receipt())
    made.send(returned(receipt()))
    assert made.desks[0].store.scan(DUE_KEYS, 10) == []


def test_a_key_is_kept_for_the_horizon_and_the_skew_and_then_forgotten() -> None:
    """Until the clock has passed its last moment; after that the record is too old."""
    made = engine(horizon_days=30)
    made.send(receipt(), log_time_ms=NOON_MS)
    desk = made.desks[0]
    key = natural_key("journey", "member", "h7", f"receipt:{receipt().key}")
    until_ms = NOON_MS + 30 * DAY_MS + 24 * HOUR_MS
    assert desk.store.get(key).kept_until_ms == until_ms
    assert made.advance(until_ms) == []
    (tick,) = made.advance(until_ms + 1)
    assert tick.keys_forgotten == [key.removeprefix("k/")]
    assert desk.store.get(key) is None
    assert next_due_ms(desk.store) is None


def test_no_record_is_taken_twice_however_its_clock_and_the_log_s_differ() -> None:
    """A key outlives the last moment at which its record would be taken, up to 24 hours ahead of the log included."""
    for ahead_ms in (0, HOUR_MS, 24 * HOUR_MS):
        for late_ms in range(30 * DAY_MS, 32 * DAY_MS + 1, 6 * HOUR_MS):
            for other_first in (False, True):
                made = engine(campaign("round-up", ROUND_UP), horizon_days=30)
                gift = donation(occurred_at_ms=NOON_MS + ahead_ms)
                assert made.send(gift, log_time_ms=NOON_MS).outcome == "DECIDED"
                if other_first:
                    made.send(receipt(member_id="h8"), log_time_ms=NOON_MS + late_ms)
                again = made.send(gift, log_time_ms=NOON_MS + late_ms)
                assert again.outcome == "DUPLICATE" or (again.rejection and again.rejection.reason == "TOO_OLD"), (
                    late_ms
                )


def test_a_code_stays_known_when_its_key_is_forgotten() -> None:
    """It may be on a shelf for years."""
    made = engine(horizon_days=30)
    made.send(issue(), log_time_ms=NOON_MS)
    made.advance(NOON_MS + 40 * DAY_MS)
    entry = made.send(issue(), log_time_ms=NOON_MS + 40 * DAY_MS)
    assert entry.rejection is not None
    assert entry.rejection.reason == "CODE_ALREADY_ISSUED"


def test_an_expired_lot_is_kept_for_its_receipt() -> None:
    """A return must find what became of its points."""
    made = engine(DAY)
    made.send(receipt())
    made.advance(NOON_MS + 3 * DAY_MS)
    lot_id = made.entries[-2].lots_opened[0].lot_id
    lot = made.desks[0].store.get(lot_key("journey", "h7", lot_id))
    assert (lot.pending_minor, lot.available_minor, lot.expired_minor) == (0, 0, 5)
    member: MemberPart = made.desks[0].store.get("m/journey/h7")
    assert member.points["POINT:journey"].available_minor == 0
