"""Who must give up a receipt that stands under several owners."""

import pytest

from projections.conflict import find_losers
from projections.receipt_row import ReceiptRef, ReceiptState

RECEIPT = ReceiptRef("shop", 17_226, "s1", "1", "42")


def owner(
    name: str | None, *, at_ms: int = 0, partition: int = 0, offset: int = 0, status: str = "RECORDED"
) -> ReceiptState:
    """The receipt under a member, or under its own key when nobody was known."""
    return ReceiptState(RECEIPT, name or "s1/1/42/2017-03-01", name, status, at_ms, partition, offset)


@pytest.mark.parametrize(
    ("owners", "losers"),
    [
        pytest.param([owner("anna")], [], id="one-owner"),
        pytest.param([owner("anna", at_ms=2), owner("boris", at_ms=1)], ["anna"], id="the-earlier-stands"),
        pytest.param([owner("anna", partition=1), owner("boris")], ["anna"], id="then-the-lower-partition"),
        pytest.param([owner("anna", offset=1), owner("boris")], ["anna"], id="then-the-lower-offset"),
        pytest.param([owner(None, at_ms=1), owner("anna", at_ms=2)], [None], id="anonymous-yields"),
        pytest.param(
            [owner(None, at_ms=1), owner("anna", at_ms=2), owner("boris", at_ms=3)],
            ["boris", None],
            id="only-one-stands",
        ),
        pytest.param([owner("anna", status="RETURNED"), owner("boris", at_ms=1)], ["boris"], id="returned-is-in"),
        pytest.param(
            [owner("anna"), owner("boris", at_ms=1, status="RETURNED")], ["boris"], id="returned-loses-as-well"
        ),
        pytest.param([owner("anna", status="CONFLICTED"), owner(None)], [], id="conflicted-is-out"),
    ],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_losers(owners: list[ReceiptState], losers: list[str | None], *, is_reversed: bool) -> None:
    """One stands, the others are given in order, whatever was met first."""
    met = owners[::-1] if is_reversed else owners
    # However many of them the database held already.
    for split in range(len(met)):
        found = find_losers([RECEIPT], met[:split], met[split:])
        assert [state.member_id for state in found] == losers


def test_what_the_batch_makes_of_a_receipt_goes_before_what_the_database_held() -> None:
    """What was lost in this batch is lost already."""
    held = [owner("anna")]
    changed = [owner("anna", status="CONFLICTED"), owner("boris", at_ms=1)]
    assert find_losers([RECEIPT], held, changed) == []


def test_a_return_ranks_where_its_receipt_was_recorded() -> None:
    """The batch knows only the return's place; the database the receipt's."""
    changed = [owner("anna", at_ms=9, status="RETURNED"), owner("boris", at_ms=1)]
    assert [loser.member_id for loser in find_losers([RECEIPT], [owner("anna")], changed)] == ["boris"]


def test_a_receipt_that_came_to_nobody_in_this_batch_is_not_looked_at() -> None:
    """A conflict is found when the second owner comes, and not again."""
    assert find_losers([], [owner("anna")], [owner("boris", at_ms=1, status="RECORDED")]) == []
