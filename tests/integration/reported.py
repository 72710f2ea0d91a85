"""What the `reporting` views hold for the journey tenant, and that it is what the independent recomputation gives."""

from collections.abc import Mapping
from typing import Any, Final, LiteralString

import psycopg

from tests import journey_oracle
from tests.journey_oracle import POINTS, CauseKey, Journey, PartyKey

__all__ = ["assert_totals", "load_causes", "load_effects", "load_pairs", "load_parties", "load_points"]

_BALANCES: Final = """
SELECT member_id, available, pending, reserved, debt FROM reporting.member_balance
WHERE tenant = 'journey' AND unit = 'POINT:journey'
"""
_STATEMENT_SUMS: Final = """
SELECT campaign_id, member_id, sum(amount)::bigint FROM reporting.member_statement
WHERE tenant = 'journey' AND unit = 'POINT:journey' GROUP BY campaign_id, member_id
"""
#: Rows whose balance is not that of the row before, in the order that the issue states, and their own amount.
_BROKEN_STATEMENTS: Final = """
SELECT member_id, journal_partition, journal_offset, campaign_id, balance_after, running FROM (
    SELECT *, sum(amount) OVER (
        PARTITION BY tenant, member_id, unit ORDER BY journal_partition, journal_offset, campaign_id
    ) AS running FROM reporting.member_statement
) AS stepped WHERE balance_after <> running OR amount = 0
"""
_LAST_BALANCES: Final = """
SELECT DISTINCT ON (member_id) member_id, balance_after FROM reporting.member_statement WHERE tenant = 'journey'
ORDER BY member_id, journal_partition DESC, journal_offset DESC, campaign_id DESC
"""
_CAUSES: Final = """
SELECT campaign_id, beneficiary_id, unit, accrued, pledged, funded, transferred, confirmed
FROM reporting.cause_total WHERE tenant = 'journey'
"""
_PARTIES: Final = """
SELECT party_id, campaign_id, subaccount, unit, amount FROM reporting.party_statement
WHERE tenant = 'journey' AND amount <> 0
"""
_EFFECTS: Final = """
SELECT campaign_id, unit, sum(amount)::bigint FROM reporting.receipt_effect WHERE tenant = 'journey'
GROUP BY campaign_id, unit
"""
_SEGMENTS: Final = """
SELECT segment_set, member_id, segment FROM reporting.segment_membership WHERE tenant = 'journey'
"""
#: Receipts that stand, and what they come to.
_RECEIPTS: Final = """
SELECT count(*), coalesce(sum(total_minor), 0)::bigint FROM read_model.receipt
WHERE tenant = 'journey' AND status = 'RECORDED'
"""


def assert_totals(database_url: str, journey: Journey) -> None:
    """Compare every view with the recomputation, exactly."""
    points = {member: sum_ for member, sum_ in journey_oracle.points_of_members(journey).items() if sum_}
    with psycopg.connect(database_url) as connection:
        assert load_points(connection) == points
        _assert_statements(connection, journey, points)
        assert load_causes(connection) == journey_oracle.cause_totals(journey)
        assert load_parties(connection) == journey_oracle.party_money(journey) | journey_oracle.party_points(journey)
        assert load_effects(connection) == _effects_of_receipts(journey)
        assert connection.execute(_RECEIPTS).fetchone() == (
            journey_oracle.receipt_count(journey),
            journey_oracle.spend_minor(journey),
        )
        segments: dict[str, dict[str, str]] = {}
        for segment_set, member_id, segment in connection.execute(_SEGMENTS):
            segments.setdefault(segment_set, {})[member_id] = segment
        assert segments == {
            "abc": journey_oracle.abc_of_members(journey),
            "activity": journey_oracle.activity_of_members(journey),
        }


def _assert_statements(connection: psycopg.Connection, journey: Journey, points: Mapping[str, int]) -> None:
    """Each statement adds up row by row, by campaign to what the campaign gave, and in the end to the balance."""
    sums: dict[str, dict[str, int]] = {}
    for campaign_id, member_id, amount in connection.execute(_STATEMENT_SUMS):
        sums.setdefault(campaign_id, {})[member_id] = amount
    assert sums == journey_oracle.points_by_campaign(journey)
    assert connection.execute(_BROKEN_STATEMENTS).fetchall() == []
    assert load_pairs(connection, _LAST_BALANCES) == points


def _effects_of_receipts(journey: Journey) -> dict[tuple[str, str], int]:
    base = sum(journey_oracle.points_by_campaign(journey)["base"].values())
    causes = journey_oracle.cause_totals(journey)
    # Donations are no effect of the receipt that they come with.
    gifts = {(key.campaign_id, key.unit): total for key, total in causes.items() if key.campaign_id != "round-up"}
    return {("base", POINTS): base, **gifts}


def load_points(connection: psycopg.Connection) -> dict[str, int]:
    """Give what each member has available, if anything; nothing else may be there: no debt, nothing pending."""
    found = {}
    for member_id, available, *others in connection.execute(_BALANCES):
        assert others == [0, 0, 0], member_id
        if available:
            found[member_id] = available
    return found


def load_causes(connection: psycopg.Connection) -> dict[CauseKey, int]:
    """Give what each beneficiary got, if anything; nothing may have gone on from there."""
    found = {}
    for *key, accrued, pledged, funded, transferred, confirmed in connection.execute(_CAUSES):
        assert (pledged, funded, transferred, confirmed) == (0, 0, 0, 0), key
        if accrued:
            found[CauseKey(*key)] = accrued
    return found


def load_parties(connection: psycopg.Connection) -> dict[PartyKey, int]:
    """Give the rows of the party statement that are not zero."""
    return {PartyKey(*key): amount for *key, amount in connection.execute(_PARTIES)}


def load_effects(connection: psycopg.Connection) -> dict[tuple[str, str], int]:
    """Give the sum of the effects on receipts by campaign and unit."""
    return {(campaign_id, unit): amount for campaign_id, unit, amount in connection.execute(_EFFECTS)}


def load_pairs(connection: psycopg.Connection, query: LiteralString) -> dict[str, Any]:
    """Give the rows of a query with two columns, the first of which is a key."""
    rows: list[tuple[str, Any]] = connection.execute(query).fetchall()
    return dict(rows)
