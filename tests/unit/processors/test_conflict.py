"""A receipt that is lost to another owner, before and after its return."""

import pytest

from processors.state import receipt_part_key
from schemas.business_time import HOUR_MS
from schemas.entry import BrokenInvariantError
from tests.unit.processors.engine import Engine
from tests.unit.processors.made_document import campaign, engine, per_money
from tests.unit.schemas.made_record import NOON_MS, changed, conflict, line, receipt, returned

_SOLD = receipt(line(500))
_LATE_MS = NOON_MS + 2 * HOUR_MS


def _engine() -> Engine:
    """Points for the member, and money for a cause that a return takes back within an hour only."""
    gift = {
        "effect": "cause_revenue",
        "beneficiary": "forest",
        "cutoff_hours": 1,
        "when": {
            "window": {"days_of_month": [15], "from": "11:00:00", "until": "13:00:00", "zone": "America/New_York"}
        },
    }
    made = engine(campaign("base", per_money()), campaign("gift", gift))
    made.send(_SOLD)
    return made


def _accrued(made: Engine) -> int:
    return sum(amount for account, amount in made.balances().items() if account.kind == "cause")


@pytest.mark.parametrize("is_returned", [False, True])
def test_who_loses_a_receipt_keeps_nothing_of_it(*, is_returned: bool) -> None:
    """What a late return had to leave is taken back as well; found again, nothing happens."""
    made = _engine()
    assert (_accrued(made), made.points("h7")) == (500, 5)
    if is_returned:
        made.send(returned(_SOLD), log_time_ms=_LATE_MS)
        assert (_accrued(made), made.points("h7")) == (500, 0)
    lost = made.send(conflict(_SOLD), log_time_ms=_LATE_MS)
    assert [one.status for one in lost.receipts] == ["CONFLICTED"]
    assert made.balances() == {}
    again = made.send(conflict(_SOLD), log_time_ms=_LATE_MS)
    assert [*again.receipts, *again.effects, *again.postings, *again.lot_changes] == []


def test_the_state_remembers_what_a_return_left() -> None:
    """Only effects that still stand are kept; a lot that was emptied is not emptied again."""
    made = _engine()
    made.send(returned(_SOLD), log_time_ms=_LATE_MS)
    part = made.desks[0].store.get(receipt_part_key("journey", "h7", _SOLD.key))
    assert (part.status, [effect.campaign_id for effect in part.effects], part.lot_ids) == ("RETURNED", ["gift"], [])


def test_a_return_of_a_lost_receipt_is_refused() -> None:
    """There is nothing left to return."""
    made = _engine()
    made.send(conflict(_SOLD))
    refused = made.send(returned(_SOLD), log_time_ms=_LATE_MS)
    assert refused.rejection is not None
    assert refused.rejection.reason == "RECEIPT_ALREADY_REVERSED"


def test_an_entry_cannot_take_back_what_does_not_stand() -> None:
    """The fold asserts it: a receipt is lost once, and an effect mirrored once."""
    made = _engine()
    entry = made.send(conflict(_SOLD), log_time_ms=_LATE_MS)
    bare = changed(entry, postings=[], effects=[], lot_changes=[])
    with pytest.raises(BrokenInvariantError, match="is not there to be taken back"):
        made.desks[0].fold(bare, None)
    other = _engine()
    other.send(returned(_SOLD), log_time_ms=_LATE_MS)
    with pytest.raises(BrokenInvariantError, match="has no effect of base"):
        other.desks[0].fold(changed(bare, effects=entry.effects), None)
