"""What the passing of time leads to: lots that become available or expire, natural keys that are forgotten.

The owner of a partition writes a tick between records as soon as the partition clock has passed something due.
"""

from __future__ import annotations

from typing import Final

from processors.context import Context
from processors.draft import Draft
from processors.evolution import KEY_OVER, LOT_ACTIVE, LOT_EXPIRED
from processors.ledger.award import activate_lot, expire_lot
from processors.state import DUE_KEYS, DuePart, LotPart, State, lot_key
from schemas.entry import Entry, Outcome

__all__ = ["TICK_LIMIT", "decide_tick", "next_due_ms"]

#: Items that one tick decides: enough to keep up with a day's expiry, few enough for a small entry.
TICK_LIMIT: Final = 200
#: Digits of the time in a due key.
_TIME_DIGITS: Final = 15


def next_due_ms(state: State) -> int | None:
    """Give when the next item falls due, or `None` when nothing is waiting."""
    first = state.scan(DUE_KEYS, 1)
    return int(first[0][0][len(DUE_KEYS) : len(DUE_KEYS) + _TIME_DIGITS]) if first else None


def decide_tick(state: State, context: Context) -> Entry | None:
    """Give the entry for what is due at the clock: at most `TICK_LIMIT` items of one tenant, the earliest first.

    Each lot is touched once; what else is due of it comes with the next tick. `None` when nothing is due.
    """
    draft = Draft(state, context)
    draft.outcome = Outcome.TICKED
    touched: set[tuple[str, str]] = set()
    limit_key = f"{DUE_KEYS}{context.clock_ms + 1:0{_TIME_DIGITS}d}"
    for key, due in state.scan(DUE_KEYS, TICK_LIMIT):
        if key >= limit_key:
            break
        item: DuePart = due
        if draft.tenant not in {"", item.tenant}:
            break
        draft.tenant = item.tenant
        if item.kind == KEY_OVER:
            draft.keys_forgotten.append(item.item)
        elif (item.owner, item.item) not in touched:
            touched.add((item.owner, item.item))
            _decide_lot(draft, item)
    return draft.entry(None) if draft.tenant else None


def _decide_lot(draft: Draft, due: DuePart) -> None:
    lot: LotPart | None = draft.state.get(lot_key(due.tenant, due.owner, due.item))
    assert lot is not None, "a lot is kept while something of it is due"
    if due.kind == LOT_ACTIVE:
        activate_lot(draft, lot, member_id=due.owner, lot_id=due.item)
    elif due.kind == LOT_EXPIRED:
        expire_lot(draft, lot, member_id=due.owner, lot_id=due.item)
    else:
        msg = f"nothing falls due as {due.kind}"
        raise AssertionError(msg)
