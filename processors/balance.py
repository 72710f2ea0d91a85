"""Balances in the fold: adding postings up, and what a balance may be."""

from __future__ import annotations

from typing import Final

import msgspec

from processors.state import PointBalance
from schemas.entry import BrokenInvariantError, Posting

__all__ = ["add_points", "check_balance", "within_range"]

#: What a signed integer of 64 bits holds: stores and read models hold no more, and an entry over it must not pass.
_BALANCE_LIMIT_MINOR: Final = 2**63 - 1


def within_range(balance_minor: int, owner: object) -> int:
    """Give a balance that every store and the read models can hold.

    Raises:
        BrokenInvariantError: when it is none, naming `owner`.
    """
    if abs(balance_minor) > _BALANCE_LIMIT_MINOR:
        msg = f"{owner} would come to {balance_minor}, more than {_BALANCE_LIMIT_MINOR} on either side"
        raise BrokenInvariantError(msg)
    return balance_minor


def add_points(balance: PointBalance, posting: Posting) -> PointBalance:
    """Give a member's points with a posting added."""
    amount = posting.amount_minor
    match posting.subaccount:
        case "available":
            return msgspec.structs.replace(balance, available_minor=balance.available_minor + amount)
        case "pending":
            return msgspec.structs.replace(balance, pending_minor=balance.pending_minor + amount)
        case "reserved":
            return msgspec.structs.replace(balance, reserved_minor=balance.reserved_minor + amount)
        case "debt":
            return msgspec.structs.replace(balance, debt_minor=balance.debt_minor + amount)
        case other:
            msg = f"a member has no points in {other}"
            raise BrokenInvariantError(msg)


def check_balance(member_id: str, unit: str, balance: PointBalance) -> None:
    """Check that no part of a member's points has the wrong sign or is too large.

    Raises:
        BrokenInvariantError: when one has or is.
    """
    if min(balance.pending_minor, balance.available_minor, balance.reserved_minor, -balance.debt_minor) < 0:
        msg = f"the points of member {member_id} in {unit} would be {balance}"
        raise BrokenInvariantError(msg)
    within_range(
        max(balance.pending_minor, balance.available_minor, balance.reserved_minor, -balance.debt_minor), member_id
    )
