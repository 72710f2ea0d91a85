"""The postings of each kind of movement, as the ledger's worked table has them, one function a row.

Each gives balanced postings; a negative amount posts the mirror image, which is what a return does.

Source: LEDGER, worked postings.
"""

from __future__ import annotations

from schemas.entry import Posting

__all__ = [
    "activate",
    "earn",
    "expire",
    "give_money",
    "give_own_money",
    "give_points",
    "unexpire",
]


def _member(member_id: str, subaccount: str, unit: str, amount_minor: int) -> Posting:
    return Posting(
        kind="member",
        campaign_id="",
        owner=member_id,
        subaccount=subaccount,
        unit=unit,
        amount_minor=amount_minor,
    )


def _campaign(campaign_id: str, version: int, subaccount: str, unit: str, amount_minor: int) -> Posting:
    return Posting(
        kind="campaign",
        campaign_id=campaign_id,
        owner=str(version),
        subaccount=subaccount,
        unit=unit,
        amount_minor=amount_minor,
    )


def _cause(campaign_id: str, beneficiary_id: str, subaccount: str, unit: str, amount_minor: int) -> Posting:
    return Posting(
        kind="cause",
        campaign_id=campaign_id,
        owner=beneficiary_id,
        subaccount=subaccount,
        unit=unit,
        amount_minor=amount_minor,
    )


def earn(campaign: tuple[str, int], member_id: str, subaccount: str, unit: str, amount_minor: int) -> list[Posting]:
    """Row 1: points that a campaign version (id, number) funds arrive at a member, pending or available."""
    return [
        _campaign(*campaign, "points_funded", unit, -amount_minor),
        _member(member_id, subaccount, unit, amount_minor),
    ]


def activate(member_id: str, unit: str, amount_minor: int) -> list[Posting]:
    """Row 2: pending points become available."""
    return [
        _member(member_id, "pending", unit, -amount_minor),
        _member(member_id, "available", unit, amount_minor),
    ]


def expire(programme: str, member_id: str, unit: str, amount_minor: int) -> list[Posting]:
    """Row 7: available points expire."""
    return [_member(member_id, "available", unit, -amount_minor), _expired(programme, unit, amount_minor)]


def unexpire(campaign: tuple[str, int], programme: str, unit: str, amount_minor: int) -> list[Posting]:
    """Give expired points of a returned receipt back to the campaign version that funded them.

    Source: RULES, Returns (expired points make no debt).
    """
    return [
        _expired(programme, unit, -amount_minor),
        _campaign(*campaign, "points_funded", unit, amount_minor),
    ]


def _expired(programme: str, unit: str, amount_minor: int) -> Posting:
    return Posting(
        kind="programme",
        campaign_id="",
        owner=programme,
        subaccount="expired",
        unit=unit,
        amount_minor=amount_minor,
    )


def give_points(campaign: tuple[str, int], beneficiary_id: str, unit: str, amount_minor: int) -> list[Posting]:
    """Row 8: points that a campaign version funds go to a cause."""
    return [
        _campaign(*campaign, "points_funded", unit, -amount_minor),
        _cause(campaign[0], beneficiary_id, "points", unit, amount_minor),
    ]


def give_money(campaign: tuple[str, int], beneficiary_id: str, unit: str, amount_minor: int) -> list[Posting]:
    """Rows 10 and 10a: a campaign version owes money to a cause."""
    return [
        _campaign(*campaign, "money_owed", unit, -amount_minor),
        _cause(campaign[0], beneficiary_id, "accrued", unit, amount_minor),
    ]


def give_own_money(
    campaign_id: str, parties: tuple[str, str], beneficiary_id: str, unit: str, amount_minor: int
) -> list[Posting]:
    """Row 9: a member gives; `parties` are the member and the party whose till captured it."""
    member_id, collector = parties
    return [
        _member(member_id, "given", unit, -amount_minor),
        _party(campaign_id, collector, "collected", unit, amount_minor),
        _party(campaign_id, collector, "money_owed", unit, -amount_minor),
        _cause(campaign_id, beneficiary_id, "accrued", unit, amount_minor),
    ]


def _party(campaign_id: str, party_id: str, subaccount: str, unit: str, amount_minor: int) -> Posting:
    return Posting(
        kind="party",
        campaign_id=campaign_id,
        owner=party_id,
        subaccount=subaccount,
        unit=unit,
        amount_minor=amount_minor,
    )
