"""Made-up records of a small shop, in rounds: what one round needs of another lies in an earlier one.

Within a round the outcome of each record is the same in whatever order partitions are read, so that a run with faults
can be compared record by record with a run without.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any, Final

import msgspec

from eventlog.port import Record
from processors.rules.document import canonical_json
from schemas.business_time import DAY_MS, HOUR_MS
from schemas.codec import Event, encode_event
from schemas.ids import entity_key
from schemas.partitioner import partition_of
from schemas.record.code import CodeActivated, CodeIssued
from schemas.record.donation import DonationRecorded
from schemas.record.receipt import ReceiptLine, ReceiptRecorded, ReceiptReturned
from schemas.record.rule import CampaignPublished, ProgrammeChanged

__all__ = ["BEGIN_MS", "Feed", "Sending", "make_feed"]

#: When the simulated world begins: 2024-03-01 12:00 UTC.
BEGIN_MS: Final = 1_709_294_400_000
_SHOP: Final = "shop"
_ZONE: Final = "Europe/Moscow"
_MEMBERS: Final = 9
_FOREVER: Final[dict[str, Any]] = {
    "tenant": _SHOP,
    "programme": _SHOP,
    "version": 1,
    "title": "made up",
    "valid_from": "2020-01-01T00:00:00Z",
    "retroactive": True,
    "parties": [{"party": "shop", "share_bp": 10_000}],
}
_CAMPAIGNS: Final[dict[str, dict[str, Any]]] = {
    "base": {
        "effect": "points_per_money",
        "points": 1,
        "per": "1.00 RUB",
        "base": "paid",
        "rounding": "floor_per_receipt",
        "expires_after_days": 20,
    },
    "tomorrow": {"effect": "points_fixed", "on": "receipt", "points": 7, "active_after_days": 1},
    "forest": {"effect": "cause_points_per_unit", "points": 5, "beneficiary": "trees", "lines": {"category": "NUTS"}},
    "coupon": {"effect": "points_fixed", "on": "code", "points": 50},
    "gift": {"effect": "donation", "beneficiary": "neighbours", "collected_by": "shop"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One record for one input topic."""

    topic: str
    partition: int
    record: Record


@dataclass(slots=True)
class Feed:
    """What is sent, round by round."""

    partition_count: int
    rounds: list[list[Sending]] = field(default_factory=list)

    def begin_round(self) -> None:
        """Begin the next round."""
        self.rounds.append([])

    def put(self, topic: str, entity_id: str, event: Event) -> Sending:
        """Add a record to the round, where its entity's records lie."""
        return self.put_bytes(topic, entity_id, encode_event(event))

    def put_bytes(self, topic: str, entity_id: str, value: bytes) -> Sending:
        """Add a record of any bytes."""
        key = entity_key(_SHOP, entity_id)
        sending = Sending(topic=topic, partition=partition_of(key, self.partition_count), record=Record(key, value))
        self.rounds[-1].append(sending)
        return sending


def make_feed(seed: int, partition_count: int) -> Feed:
    """Make everything that is sent; the same seed gives the same bytes."""
    chance = Random(seed)
    feed = Feed(partition_count)
    feed.begin_round()
    _put_rules(feed)
    feed.begin_round()
    codes = [sha256(f"{seed} {number}".encode()).hexdigest() for number in range(14)]
    for code in codes:
        issue = CodeIssued(tenant=_SHOP, programme=_SHOP, code_hash=code, batch_id="spring", issued_at_ms=BEGIN_MS)
        feed.put("promo.code.issued.v1", code, issue)
    receipts = [_receipt(chance, number) for number in range(45)]
    sent = [_put_receipt(feed, receipt) for receipt in receipts[:30]]
    for number in range(8):
        _put_donation(feed, chance, number)
    feed.begin_round()
    sent += [_put_receipt(feed, receipt) for receipt in receipts[30:]]
    activations = [_activation(chance, number, code) for number, code in enumerate(codes[:10])]
    activations += [_activation(chance, 100 + number, sha256(b"nobody").hexdigest()) for number in range(2)]
    for activation in activations:
        feed.put("promo.code.activated.v1", activation.member_id, activation)
    for receipt in chance.sample(receipts[:30], 6):
        _put_return(feed, receipt, "a")
    _put_bad_records(feed, chance, receipts)
    feed.begin_round()
    for sending in chance.sample(sent, 6):
        feed.rounds[-1].append(sending)
    for activation in chance.sample(activations, 3):
        feed.put("promo.code.activated.v1", activation.member_id, activation)
    for number, code in enumerate(codes[:3]):
        late = _activation(chance, 200 + number, code)
        feed.put("promo.code.activated.v1", late.member_id, late)
    for receipt in chance.sample(receipts[30:], 3):
        _put_return(feed, receipt, "b")
    for sendings in feed.rounds:
        chance.shuffle(sendings)
    return feed


def _put_rules(feed: Feed) -> None:
    programme = {
        "tenant": _SHOP,
        "programme": _SHOP,
        "version": 1,
        "title": "made up",
        "zone": _ZONE,
        "currency": "RUB",
        "horizon_days": 30,
    }
    change = ProgrammeChanged(
        tenant=_SHOP, programme=_SHOP, version=1, document=canonical_json(programme), published_at_ms=BEGIN_MS
    )
    feed.put("promo.programme.changed.v1", _SHOP, change)
    for name, rule in _CAMPAIGNS.items():
        campaign = CampaignPublished(
            tenant=_SHOP,
            programme=_SHOP,
            campaign_id=name,
            version=1,
            document=canonical_json(_FOREVER | {"campaign": name, "rules": [rule]}),
            published_at_ms=BEGIN_MS,
        )
        feed.put("promo.campaign.published.v1", name, campaign)


def _receipt(chance: Random, number: int) -> ReceiptRecorded:
    lines = [
        ReceiptLine(
            sku=f"sku{chance.randint(1, 20)}",
            quantity_milli=1_000 * chance.randint(1, 3),
            amount_minor=chance.randint(1, 90_000),
            category=chance.choice(["NUTS", "MILK", None]),
        )
        for _ in range(chance.randint(1, 3))
    ]
    return ReceiptRecorded(
        tenant=_SHOP,
        programme=_SHOP,
        store_id=f"s{chance.randint(1, 2)}",
        till_id="1",
        receipt_number=str(number),
        business_date=BEGIN_MS // DAY_MS,
        occurred_at_ms=BEGIN_MS - chance.randint(1, HOUR_MS),
        zone=_ZONE,
        member_id=f"m{chance.randint(1, _MEMBERS)}" if chance.random() < 0.9 else None,
        currency="RUB",
        total_minor=sum(line.amount_minor for line in lines),
        lines=lines,
    )


def _put_receipt(feed: Feed, receipt: ReceiptRecorded) -> Sending:
    return feed.put("sales.receipt.recorded.v1", receipt.member_id or receipt.key, receipt)


def _put_return(feed: Feed, receipt: ReceiptRecorded, name: str) -> None:
    returned = ReceiptReturned(
        tenant=_SHOP,
        programme=_SHOP,
        event_id=f"{name}{receipt.receipt_number}",
        store_id=receipt.store_id,
        till_id=receipt.till_id,
        receipt_number=receipt.receipt_number,
        business_date=receipt.business_date,
        member_id=receipt.member_id,
        occurred_at_ms=BEGIN_MS,
        zone=_ZONE,
    )
    feed.put("sales.receipt.returned.v1", receipt.member_id or receipt.key, returned)


def _put_donation(feed: Feed, chance: Random, number: int) -> None:
    member_id = f"m{chance.randint(1, _MEMBERS)}"
    donation = DonationRecorded(
        tenant=_SHOP,
        programme=_SHOP,
        event_id=f"gift{number}",
        member_id=member_id,
        campaign_id="gift",
        currency="RUB",
        amount_minor=chance.randint(1, 500),
        occurred_at_ms=BEGIN_MS - HOUR_MS,
        zone=_ZONE,
    )
    feed.put("giving.donation.recorded.v1", member_id, donation)


def _activation(chance: Random, number: int, code: str) -> CodeActivated:
    return CodeActivated(
        tenant=_SHOP,
        programme=_SHOP,
        event_id=f"code{number}",
        member_id=f"m{chance.randint(1, _MEMBERS)}",
        code_hash=code,
        occurred_at_ms=BEGIN_MS - HOUR_MS,
        zone=_ZONE,
    )


def _put_bad_records(feed: Feed, chance: Random, receipts: list[ReceiptRecorded]) -> None:
    """Add what must not stop anybody: bytes of nothing, another body under a key, a total that is wrong."""
    for number in range(4):
        feed.put_bytes("sales.receipt.recorded.v1", f"m{number}", b"no record at all")
    for receipt in chance.sample(receipts[:30], 2):
        other = msgspec.structs.replace(receipt, zone="UTC")
        _put_receipt(feed, other)
    wrong = _receipt(chance, 1_000)
    _put_receipt(feed, msgspec.structs.replace(wrong, total_minor=wrong.total_minor + 1))
