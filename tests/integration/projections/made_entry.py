"""Made-up entries in the shop's programme: purchases, their reversals, and campaigns."""

from collections.abc import Mapping
from typing import Final

import msgspec

from schemas.entry import (
    DocumentChanged,
    Effect,
    Entry,
    LotChange,
    LotOpened,
    Outcome,
    Posting,
    ReceiptChanged,
)
from schemas.ids import receipt_key
from tests.integration.projections.made_journal import NOON_MS

TENANT: Final = "shop"
POINTS: Final = "POINT:shop"
#: 2017-03-01
BUSINESS_DATE: Final = 17_226
DAY_MS: Final = 86_400_000
_HASH: Final = bytes(32)


def entry(entity_id: str, *, outcome: Outcome = Outcome.DECIDED, **parts: object) -> Entry:
    """An entry of a member of the shop, or of whatever `parts` say."""
    given = {"clock_ms": NOON_MS, "book_hash": _HASH, "tenant": TENANT, "entity_kind": "member", **parts}
    return Entry(entity_id=entity_id, outcome=outcome.value, **given)  # type: ignore[arg-type]


def earned(member_id: str, campaign_id: str, amount: int, unit: str = POINTS) -> list[Posting]:
    """Points from a campaign's first version to what a member has available; below zero: taken back."""
    return [
        posting("campaign", "points_funded", -amount, owner="1", campaign_id=campaign_id, unit=unit),
        posting("member", "available", amount, owner=member_id, unit=unit),
    ]


def posting(
    kind: str, subaccount: str, amount: int, *, owner: str, campaign_id: str = "", unit: str = POINTS
) -> Posting:
    """One posting. Stays whole: each parameter is a column of the chart of accounts."""
    return Posting(
        kind=kind, campaign_id=campaign_id, owner=owner, subaccount=subaccount, unit=unit, amount_minor=amount
    )


def receipt(
    number: str, member_id: str | None, *, status: str = "RECORDED", total: int = 1_000, at_ms: int = NOON_MS
) -> ReceiptChanged:
    """A receipt of store s1, till 1."""
    return ReceiptChanged(
        store_id="s1",
        till_id="1",
        receipt_number=number,
        business_date=BUSINESS_DATE,
        programme="shop",
        member_id=member_id,
        status=status,
        currency="USD",
        total_minor=total,
        occurred_at_ms=at_ms,
    )


def key_of(number: str) -> str:
    """The receipt's key."""
    return receipt_key("s1", "1", number, BUSINESS_DATE)


def effect(campaign_id: str, amount: int, number: str, *, beneficiary_id: str = "", unit: str = POINTS) -> Effect:
    """What a campaign's first version gave on a receipt."""
    return Effect(
        campaign_id=campaign_id,
        campaign_version=1,
        effect="points_per_money",
        origin=f"receipt:{key_of(number)}",
        beneficiary_id=beneficiary_id,
        unit=unit,
        amount_minor=amount,
    )


def bought(
    number: str,
    member_id: str,
    points: Mapping[str, int],
    *,
    total: int = 1_000,
    at_ms: int = NOON_MS,
) -> Entry:
    """A receipt on which campaigns gave points, available at once; the lots are `<number>.<campaign>`."""
    return entry(
        member_id,
        source_key=f"receipt:{key_of(number)}",
        occurred_at_ms=at_ms,
        postings=[p for campaign, amount in points.items() for p in earned(member_id, campaign, amount)],
        effects=[effect(campaign, amount, number) for campaign, amount in points.items()],
        lots_opened=[
            msgspec.structs.replace(
                opened(member_id, f"{number}.{campaign}", campaign, amount), origin=f"receipt:{key_of(number)}"
            )
            for campaign, amount in points.items()
        ],
        receipts=[receipt(number, member_id, total=total, at_ms=at_ms)],
    )


def taken_back(number: str, member_id: str, points: Mapping[str, int], *, status: str = "RETURNED") -> Entry:
    """The reversal of `bought`."""
    return entry(
        member_id,
        source_key=f"return:{number}",
        occurred_at_ms=NOON_MS,
        postings=[p for campaign, amount in points.items() for p in earned(member_id, campaign, -amount)],
        effects=[effect(campaign, -amount, number) for campaign, amount in points.items()],
        lot_changes=[lot_change(member_id, f"{number}.{c}", c, available=-a) for c, a in points.items()],
        receipts=[receipt(number, member_id, status=status)],
    )


def lot_change(
    member_id: str, lot_id: str, campaign_id: str, *, pending: int = 0, available: int = 0, expired: int = 0
) -> LotChange:
    """How a lot changed. Stays whole: each parameter is a column of the lot."""
    return LotChange(
        member_id=member_id,
        lot_id=lot_id,
        unit=POINTS,
        campaign_id=campaign_id,
        campaign_version=1,
        reason="REVERSED",
        pending_minor=pending,
        available_minor=available,
        expired_minor=expired,
    )


def opened(
    member_id: str, lot_id: str, campaign_id: str, amount: int, *, active_from_ms: int | None = None
) -> LotOpened:
    """A lot that was earned at noon."""
    return LotOpened(
        member_id=member_id,
        lot_id=lot_id,
        unit=POINTS,
        campaign_id=campaign_id,
        campaign_version=1,
        origin="",
        amount_minor=amount,
        earned_at_ms=NOON_MS,
        active_from_ms=active_from_ms,
    )


def published(campaign_id: str | None, document: object, *, version: int = 1) -> DocumentChanged:
    """A version of a campaign, or of the programme's settings."""
    return DocumentChanged(
        programme="shop",
        campaign_id=campaign_id,
        version=version,
        document=msgspec.json.encode(document, order="sorted").decode(),
        published_at_ms=NOON_MS,
    )


def shares(**parties: int) -> dict[str, object]:
    """A campaign document in which these parties pay, in this order."""
    return {"parties": [{"party": party, "share_bp": share_bp} for party, share_bp in parties.items()]}
