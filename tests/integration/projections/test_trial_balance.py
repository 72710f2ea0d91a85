"""The trial balance is silent on a sound ledger, and names what breaks it."""

import pytest

from projections.trial_balance import find_faults
from tests.integration.projections.made_entry import bought, effect, entry, posting, published, shares, taken_back
from tests.integration.projections.made_journal import MadeJournal
from tests.integration.projections.made_model import change, project


@pytest.fixture
def sound_url(every_model_url: str) -> str:
    """Read models of a sound journal, with every kind of account of this release."""
    made = MadeJournal()
    document = published("base", shares(retailer=10_000))
    made.write(0, entry("base", entity_kind="campaign", publications=[document]))
    made.write(0, bought("1", "anna", {"base": 50}))
    made.write(0, bought("2", "anna", {"base": 5}))
    made.write(0, taken_back("2", "anna", {"base": 5}))
    made.write(
        1,
        entry(
            "boris",
            postings=[
                posting("member", "given", -30, owner="boris", unit="USD"),
                posting("party", "collected", 30, owner="retailer", campaign_id="round-up", unit="USD"),
                posting("party", "money_owed", -30, owner="retailer", campaign_id="round-up", unit="USD"),
                posting("cause", "accrued", 30, owner="neighbours", campaign_id="round-up", unit="USD"),
                posting("campaign", "money_owed", -7, owner="1", campaign_id="base", unit="USD"),
                posting("cause", "accrued", 7, owner="forest", campaign_id="base", unit="USD"),
                posting("campaign", "points_funded", -4, owner="1", campaign_id="base"),
                posting("cause", "points", 4, owner="forest", campaign_id="base"),
            ],
            effects=[
                effect("base", 7, "3", beneficiary_id="forest", unit="USD"),
                effect("base", 4, "3", beneficiary_id="forest"),
            ],
        ),
    )
    project(made.log, every_model_url)
    return every_model_url


def test_a_sound_ledger_has_no_faults(sound_url: str) -> None:
    """Every equation is asked, and none is broken."""
    balance = find_faults(sound_url)
    assert balance.faults == []
    assert balance.position == {0: 5, 1: 2}
    assert len(balance.equations) == 17


def _account(kind: str, owner: str, subaccount: str, unit: str, amount: int) -> str:
    values = f"'shop', '{kind}', '', '{owner}', '{subaccount}', '{unit}', 0, {amount}"
    return f"INSERT INTO account VALUES ({values})"  # noqa: S608 (values from the table below)


@pytest.mark.parametrize(
    ("statements", "equations"),
    [
        pytest.param(
            ["UPDATE account SET amount_minor = amount_minor + 1 WHERE owner = 'anna'"],
            {"partition_zero", "whole_zero", "points_funded", "lot_sum", "statement_balance"},
            id="a-point-out-of-nowhere",
        ),
        pytest.param(
            [
                "UPDATE account SET amount_minor = amount_minor + 1 WHERE owner = 'forest' AND unit = 'USD'",
                "UPDATE account SET amount_minor = amount_minor - 1 WHERE owner = 'boris'",
            ],
            {"money_owed", "given_collected", "effect_cause"},
            id="a-cent-between-the-wrong-accounts",
        ),
        pytest.param(
            ["UPDATE lot SET available_minor = available_minor - 1 WHERE lot_id = '1.base'"],
            {"lot_sum"},
            id="a-point-lost-from-a-lot",
        ),
        pytest.param(["DELETE FROM lot WHERE lot_id = '1.base'"], {"lot_sum", "effect_lot"}, id="a-lot-lost"),
        pytest.param(
            ["UPDATE member_statement SET balance_after_minor = 7"],
            {"statement_balance", "statement_chain"},
            id="a-wrong-statement",
        ),
        pytest.param(
            ["UPDATE member_statement SET amount_minor = 49 WHERE source_key = 'receipt:s1/1/1/2017-03-01'"],
            {"statement_chain"},
            id="a-wrong-amount-in-a-statement",
        ),
        pytest.param(
            ["DELETE FROM member_statement WHERE source_key = 'receipt:s1/1/1/2017-03-01'"],
            {"statement_chain"},
            id="a-row-lost-from-a-statement",
        ),
        pytest.param(
            ["UPDATE receipt_effect SET amount_minor = 51 WHERE receipt_number = '1'"],
            {"effect_points", "effect_lot"},
            id="a-receipt-that-gave-too-much",
        ),
        pytest.param(
            ["UPDATE receipt_effect SET member_id = 'boris' WHERE receipt_number = '1'"],
            {"effect_lot"},
            id="a-receipt-that-gave-to-somebody-else",
        ),
        pytest.param(
            ["DELETE FROM receipt_effect WHERE unit = 'USD'"], {"effect_cause"}, id="a-receipt-s-gift-forgotten"
        ),
        pytest.param(
            ["UPDATE receipt_effect SET campaign_id = 'other' WHERE beneficiary_id <> '' AND unit = 'POINT:shop'"],
            {"effect_cause", "effect_points"},
            id="a-gift-of-another-campaign",
        ),
        pytest.param(
            [_account("party", "r", "clearing", "USD", 5), _account("transit", "0>1", "", "USD", -5)],
            {"clearing_zero", "transit_zero", "money_owed"},
            id="clearing-and-transit-at-rest",
        ),
        pytest.param(
            [_account("party", "r", "money_paid", "USD", -5), _account("party", "r", "money_owed", "USD", 5)],
            {"agency_money"},
            id="paid-and-nowhere-funded",
        ),
        pytest.param(
            [_account("programme", "shop", "spent", "PIECE", -5), _account("stock", "s", "free", "PIECE", 5)],
            {"account_sign"},
            id="a-holder-below-zero",
        ),
        pytest.param(["DELETE FROM campaign_party"], {"version_payer", "document_party"}, id="nobody-pays"),
        pytest.param(
            ["UPDATE campaign_party SET share_bp = 9999"],
            {"version_payer", "document_party"},
            id="shares-that-are-no-whole",
        ),
        pytest.param(["UPDATE campaign_party SET party_id = 'bank'"], {"document_party"}, id="somebody-else-pays"),
    ],
)
def test_a_fault_is_found_by_its_equations(sound_url: str, statements: list[str], equations: set[str]) -> None:
    """Each made-up fault breaks the equations it should, and no other."""
    for statement in statements:
        change(sound_url, statement)
    assert {fault.equation for fault in find_faults(sound_url).faults} == equations


def test_a_fault_is_told_in_a_sentence(sound_url: str) -> None:
    """A person can act on it without reading SQL."""
    change(sound_url, "UPDATE lot SET available_minor = 49 WHERE lot_id = '1.base'")
    assert find_faults(sound_url).faults == [
        ("lot_sum", "shop", "member anna has 50 POINT:shop available, but its lots have 49")
    ]
