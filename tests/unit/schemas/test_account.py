"""The chart of accounts is the table of the ledger, and an entry's postings keep to it."""

import pytest

from schemas.account import Account, AccountKind, Sign, chart
from schemas.entry import BrokenInvariantError, Posting, check_postings, check_sign

#: LEDGER, chart of accounts: kind, subaccounts, sign of the balance.
TABLE = [
    ("member", "pending available reserved", Sign.HOLDER),
    ("member", "debt", Sign.SOURCE),
    ("member", "given", Sign.SOURCE),
    ("campaign", "points_funded", Sign.SOURCE),
    ("campaign", "money_owed", Sign.EITHER),
    ("campaign", "clearing", Sign.EITHER),
    ("party", "money_owed clearing", Sign.EITHER),
    ("party", "money_paid", Sign.SOURCE),
    ("party", "collected", Sign.HOLDER),
    ("cause", "points accrued pledged funded transferred confirmed votes", Sign.HOLDER),
    ("cause", "recoverable", Sign.SOURCE),
    ("programme", "spent expired burnt donated", Sign.HOLDER),
    ("programme", "votes_cast", Sign.SOURCE),
    *((kind, "issued", Sign.SOURCE) for kind in ("certificate", "budget", "stock")),
    *((kind, "free held used", Sign.HOLDER) for kind in ("certificate", "budget", "stock")),
]
ROWS = [(kind, name, sign) for kind, names, sign in TABLE for name in names.split(" ")] + [("transit", "", Sign.EITHER)]
POINTS = "POINT:journey"


def _posting(kind: str, subaccount: str, amount_minor: int, unit: str = POINTS) -> Posting:
    return Posting(kind=kind, campaign_id="", owner="x", subaccount=subaccount, unit=unit, amount_minor=amount_minor)


@pytest.mark.parametrize(("kind", "subaccount", "sign"), ROWS)
def test_an_account_has_the_sign_of_the_ledger(kind: str, subaccount: str, sign: Sign) -> None:
    """One row of the table, one account."""
    assert chart(kind, subaccount) is sign


def test_there_is_no_account_beyond_the_ledger() -> None:
    """Every kind with every name that any kind has."""
    names = {name for _, name, _ in ROWS}
    rows = {(kind, name) for kind, name, _ in ROWS}
    assert {kind for kind, _, _ in ROWS} == {kind.value for kind in AccountKind}
    for kind in AccountKind:
        for name in names:
            if (kind.value, name) not in rows:
                with pytest.raises(KeyError):
                    chart(kind.value, name)


@pytest.mark.parametrize(
    ("sign", "balance_minor", "holds"),
    [
        (Sign.HOLDER, 1, True),
        (Sign.HOLDER, 0, True),
        (Sign.HOLDER, -1, False),
        (Sign.SOURCE, -1, True),
        (Sign.SOURCE, 0, True),
        (Sign.SOURCE, 1, False),
        (Sign.EITHER, -1, True),
        (Sign.EITHER, 1, True),
    ],
)
def test_a_balance_has_its_sign(sign: Sign, balance_minor: int, holds: bool) -> None:  # noqa: FBT001 (a column)
    """Holders are never below zero, sources never above."""
    kind, subaccount, _ = next(row for row in ROWS if row[2] is sign)
    account = Account(kind, "", "x", subaccount, POINTS)
    if holds:
        check_sign(account, balance_minor)
    else:
        with pytest.raises(BrokenInvariantError, match="must be zero or"):
            check_sign(account, balance_minor)


@pytest.mark.parametrize(
    ("postings", "told"),
    [
        pytest.param([_posting("member", "available", 5)], "sum to 5", id="one-leg"),
        pytest.param(
            [_posting("member", "available", 5), _posting("campaign", "points_funded", -5, "POINT:other")],
            "sum to 5",
            id="two-units",
        ),
        pytest.param([_posting("member", "avaliable", 0)], "no account member.avaliable", id="no-such-subaccount"),
        pytest.param([_posting("bank", "available", 0)], "no account bank.available", id="no-such-kind"),
        pytest.param([_posting("member", "available", 0)], "a posting of nothing", id="nothing"),
        pytest.param(
            [_posting("member", "available", 2**63), _posting("campaign", "points_funded", -(2**63))],
            "more than an entry can hold",
            id="more-than-64-bits",
        ),
    ],
)
def test_postings_that_do_not_balance_are_a_bug(postings: list[Posting], told: str) -> None:
    """Zero per unit, to known accounts, none of nothing, none that could not be written."""
    with pytest.raises(BrokenInvariantError, match=told):
        check_postings(postings)


def test_postings_that_balance_pass() -> None:
    """Two units side by side."""
    check_postings(
        [
            _posting("member", "available", 5),
            _posting("campaign", "points_funded", -5),
            _posting("campaign", "money_owed", -7, "USD"),
            _posting("cause", "accrued", 7, "USD"),
        ]
    )
    check_postings([])
