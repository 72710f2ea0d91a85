"""The chart of accounts: which accounts there are, and which sign each may have.

Source: LEDGER, chart of accounts.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

__all__ = ["Account", "AccountKind", "Sign", "chart"]


class AccountKind(Enum):
    """Whose account it is; the value stands in entries and never changes."""

    MEMBER = "member"
    CAMPAIGN = "campaign"
    PARTY = "party"
    CAUSE = "cause"
    PROGRAMME = "programme"
    CERTIFICATE = "certificate"
    BUDGET = "budget"
    STOCK = "stock"
    TRANSIT = "transit"


class Sign(Enum):
    """What an account's balance may be."""

    #: Zero or above: it holds value.
    HOLDER = 1
    #: Zero or below: value comes from it.
    SOURCE = -1
    EITHER = 0


class Account(NamedTuple):
    """One account of a tenant. A tuple, because it is the key of every balance."""

    #: An `AccountKind` value.
    kind: str
    #: The campaign that the account belongs to (campaign, party, cause); else empty.
    campaign_id: str
    #: Member, campaign version, party, beneficiary, programme, or `sender>receiver` for transit.
    owner: str
    #: Empty for transit.
    subaccount: str
    #: `POINT:<programme>`, an ISO currency, `VOTE:<campaign>` or `PIECE`.
    unit: str


_ISSUED: Final = {"issued": Sign.SOURCE, "free": Sign.HOLDER, "held": Sign.HOLDER, "used": Sign.HOLDER}
#: Kind → subaccount → sign.
_CHART: Final[dict[str, dict[str, Sign]]] = {
    "member": {
        "pending": Sign.HOLDER,
        "available": Sign.HOLDER,
        "reserved": Sign.HOLDER,
        "debt": Sign.SOURCE,
        "given": Sign.SOURCE,
    },
    "campaign": {"points_funded": Sign.SOURCE, "money_owed": Sign.EITHER, "clearing": Sign.EITHER},
    "party": {
        "money_owed": Sign.EITHER,
        "clearing": Sign.EITHER,
        "money_paid": Sign.SOURCE,
        "collected": Sign.HOLDER,
    },
    "cause": {
        "points": Sign.HOLDER,
        "accrued": Sign.HOLDER,
        "pledged": Sign.HOLDER,
        "funded": Sign.HOLDER,
        "transferred": Sign.HOLDER,
        "confirmed": Sign.HOLDER,
        "recoverable": Sign.SOURCE,
        "votes": Sign.HOLDER,
    },
    "programme": {
        "spent": Sign.HOLDER,
        "expired": Sign.HOLDER,
        "burnt": Sign.HOLDER,
        "donated": Sign.HOLDER,
        "votes_cast": Sign.SOURCE,
    },
    "certificate": _ISSUED,
    "budget": _ISSUED,
    "stock": _ISSUED,
    "transit": {"": Sign.EITHER},
}


def chart(kind: str, subaccount: str) -> Sign:
    """Give the sign of an account.

    Raises:
        KeyError: when there is no such account.
    """
    return _CHART[kind][subaccount]
