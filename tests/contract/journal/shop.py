"""Records of a made-up shop, for tests that look at what becomes of each."""

from __future__ import annotations

import time
from typing import Any, Final

from processors.rules.document import canonical_json
from schemas.business_time import DAY_MS
from schemas.ids import entity_key
from schemas.record.instruction import OperatorInstructed, RetryParkedEntity, SkipLostInput
from schemas.record.receipt import ReceiptLine, ReceiptRecorded
from schemas.record.rule import CampaignPublished, DocumentPublished, ProgrammeChanged

__all__ = [
    "CAMPAIGNS",
    "OPERATOR",
    "PROGRAMMES",
    "RECEIPTS",
    "SHOP",
    "adoption",
    "campaign",
    "key_of",
    "programme",
    "receipt",
    "retry",
    "skip",
]

SHOP: Final = "shop"
RECEIPTS: Final = "sales.receipt.recorded.v1"
PROGRAMMES: Final = "promo.programme.changed.v1"
CAMPAIGNS: Final = "promo.campaign.published.v1"
OPERATOR: Final = "engine.operator.instructed.v1"
_ZONE: Final = "Europe/Moscow"


def key_of(entity_id: str) -> bytes:
    """Give the record key of an entity of the shop."""
    return entity_key(SHOP, entity_id)


def programme(*, version: int = 1, horizon_days: int | None = None) -> ProgrammeChanged:
    """Give the programme's settings."""
    document = {
        "tenant": SHOP,
        "programme": SHOP,
        "version": version,
        "title": "made up",
        "zone": _ZONE,
        "currency": "RUB",
        "horizon_days": "none" if horizon_days is None else horizon_days,
    }
    return ProgrammeChanged(
        tenant=SHOP, programme=SHOP, version=version, document=canonical_json(document), published_at_ms=1
    )


def adoption(version: int) -> DocumentPublished:
    """Give the message by which a partition adopts the programme's settings."""
    change = programme(version=version)
    return DocumentPublished(tenant=SHOP, programme=SHOP, version=version, document=change.document, published_at_ms=1)


def campaign(name: str, rule: dict[str, Any]) -> CampaignPublished:
    """Give a campaign of one rule, in force since long ago."""
    document = {
        "tenant": SHOP,
        "programme": SHOP,
        "campaign": name,
        "version": 1,
        "title": "made up",
        "valid_from": "2020-01-01T00:00:00Z",
        "retroactive": True,
        "parties": [{"party": SHOP, "share_bp": 10_000}],
        "rules": [rule],
    }
    return CampaignPublished(
        tenant=SHOP,
        programme=SHOP,
        campaign_id=name,
        version=1,
        document=canonical_json(document),
        published_at_ms=1,
    )


def receipt(number: int, member_id: str = "m1", *, amount_minor: int = 10_000) -> ReceiptRecorded:
    """Give a receipt of one line, paid just now."""
    now_ms = time.time_ns() // 1_000_000
    return ReceiptRecorded(
        tenant=SHOP,
        programme=SHOP,
        store_id="s1",
        till_id="1",
        receipt_number=str(number),
        business_date=now_ms // DAY_MS,
        occurred_at_ms=now_ms,
        zone=_ZONE,
        member_id=member_id,
        currency="RUB",
        total_minor=amount_minor,
        lines=[ReceiptLine(sku="nuts", quantity_milli=1_000, amount_minor=amount_minor)],
    )


def skip(event_id: str, topic: str, next_offset: int) -> OperatorInstructed:
    """Give the instruction to go on past a loss."""
    return OperatorInstructed(
        event_id=event_id,
        operator="anna",
        reason="retention was too short",
        skip_lost_input=SkipLostInput(topic=topic, next_offset=next_offset),
    )


def retry(event_id: str, member_id: str) -> OperatorInstructed:
    """Give the instruction to decide what is held for a member."""
    return OperatorInstructed(
        event_id=event_id,
        operator="anna",
        reason="the bug is mended",
        retry_parked_entity=RetryParkedEntity(tenant=SHOP, entity_kind="member", entity_id=member_id),
    )
