"""Records that pass every check; a test changes the one field it is about."""

from typing import Final, TypeVar

import msgspec

from schemas.business_time import HOUR_MS, local_date, parse_date, parse_instant
from schemas.codec import Event
from schemas.record.code import CodeActivated, CodeIssued
from schemas.record.code_message import CodeRedemptionAnswered, CodeRedemptionRequested
from schemas.record.conflict import ReceiptConflicted
from schemas.record.donation import DonationRecorded
from schemas.record.instruction import OperatorInstructed, SkipLostInput
from schemas.record.receipt import ReceiptLine, ReceiptRecorded, ReceiptReturned, Tender
from schemas.record.rule import CampaignPublished, DocumentPublished, ProgrammeChanged
from schemas.record.segment import PartitionOffset, SegmentAssigned

TENANT: Final = "journey"
ZONE: Final = "America/New_York"
#: Noon of a Wednesday in New York.
NOON_MS: Final = parse_instant("2017-03-15T12:00:00-04:00")
CODE_HASH: Final = "5e" * 32

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


def changed(record: _Struct, /, **changes: object) -> _Struct:
    """Give the record with some fields changed."""
    return msgspec.structs.replace(record, **changes)


def line(amount_minor: int = 499, **changes: object) -> ReceiptLine:
    """Give a line of one unit."""
    return changed(ReceiptLine(sku="1001", quantity_milli=1_000, amount_minor=amount_minor), **changes)


def receipt(*lines: ReceiptLine, **changes: object) -> ReceiptRecorded:
    """Give a receipt of member `h7`; without lines, one of 4.99. Total and business date follow from the rest."""
    sold = list(lines) or [line()]
    record = ReceiptRecorded(
        tenant=TENANT,
        programme="journey",
        store_id="s1",
        till_id="1",
        receipt_number="42",
        business_date=parse_date("2017-03-15"),
        occurred_at_ms=NOON_MS,
        zone=ZONE,
        member_id="h7",
        currency="USD",
        total_minor=sum(one.amount_minor for one in sold),
        lines=sold,
    )
    if "occurred_at_ms" in changes and "business_date" not in changes:
        at_ms = changes["occurred_at_ms"]
        assert isinstance(at_ms, int)
        changes["business_date"] = local_date(at_ms, record.zone)
    return changed(record, **changes)


def returned(original: ReceiptRecorded, **changes: object) -> ReceiptReturned:
    """Give the full return of a receipt, an hour after it."""
    record = ReceiptReturned(
        tenant=original.tenant,
        programme=original.programme,
        event_id=f"return-{original.receipt_number}",
        store_id=original.store_id,
        till_id=original.till_id,
        receipt_number=original.receipt_number,
        business_date=original.business_date,
        member_id=original.member_id,
        occurred_at_ms=original.occurred_at_ms + HOUR_MS,
        zone=original.zone,
    )
    return changed(record, **changes)


def conflict(original: ReceiptRecorded, **changes: object) -> ReceiptConflicted:
    """Give the finding that its owner loses a receipt."""
    record = ReceiptConflicted(
        tenant=original.tenant,
        store_id=original.store_id,
        till_id=original.till_id,
        receipt_number=original.receipt_number,
        business_date=original.business_date,
        loser=original.member_id or original.key,
    )
    return changed(record, **changes)


def donation(amount_minor: int = 370, **changes: object) -> DonationRecorded:
    """Give a donation of member `h7` to the campaign `round-up`."""
    record = DonationRecorded(
        tenant=TENANT,
        programme="journey",
        event_id="round-up-42",
        member_id="h7",
        campaign_id="round-up",
        currency="USD",
        amount_minor=amount_minor,
        occurred_at_ms=NOON_MS,
        zone=ZONE,
    )
    return changed(record, **changes)


def issue(**changes: object) -> CodeIssued:
    """Give an issued code."""
    record = CodeIssued(tenant=TENANT, programme="journey", code_hash=CODE_HASH, batch_id="26", issued_at_ms=NOON_MS)
    return changed(record, **changes)


def activation(**changes: object) -> CodeActivated:
    """Give the activation of that code by member `h7`."""
    record = CodeActivated(
        tenant=TENANT,
        programme="journey",
        event_id=CODE_HASH,
        member_id="h7",
        code_hash=CODE_HASH,
        occurred_at_ms=NOON_MS,
        zone=ZONE,
    )
    return changed(record, **changes)


def assignment(**changes: object) -> SegmentAssigned:
    """Give the finding that member `h7` is an A."""
    record = SegmentAssigned(
        tenant=TENANT,
        programme="journey",
        member_id="h7",
        segment_set="abc",
        segment="a",
        computed_at_ms=NOON_MS,
        position=[PartitionOffset(partition=0, next_offset=17)],
    )
    return changed(record, **changes)


def instruction(**changes: object) -> OperatorInstructed:
    """Give the instruction to go on past lost receipts."""
    record = OperatorInstructed(
        event_id="i1",
        operator="on-call",
        reason="retention cut the topic",
        skip_lost_input=SkipLostInput(topic="sales.receipt.recorded.v1", next_offset=10),
    )
    return changed(record, **changes)


def campaign(document: str = "{}", **changes: object) -> CampaignPublished:
    """Give the publication of version 1 of the campaign `base`."""
    record = CampaignPublished(
        tenant=TENANT,
        programme="journey",
        campaign_id="base",
        version=1,
        document=document,
        published_at_ms=NOON_MS,
    )
    return changed(record, **changes)


def programme(document: str = "{}", **changes: object) -> ProgrammeChanged:
    """Give the publication of version 1 of the programme `journey`."""
    record = ProgrammeChanged(tenant=TENANT, programme="journey", version=1, document=document, published_at_ms=NOON_MS)
    return changed(record, **changes)


def every_event() -> tuple[Event, ...]:
    """Give one record of each schema, optional parts filled in."""
    return (
        receipt(line(category="FROZEN PIZZA", vat_rate_bp=2_000), tenders=[Tender(kind="cash", amount_minor=499)]),
        returned(receipt()),
        conflict(receipt()),
        donation(),
        issue(),
        activation(),
        assignment(),
        instruction(),
        campaign(),
        programme(),
        DocumentPublished(
            tenant=TENANT, programme="journey", campaign_id="base", version=1, document="{}", published_at_ms=NOON_MS
        ),
        CodeRedemptionRequested(
            tenant=TENANT, programme="journey", code_hash=CODE_HASH, member_id="h7", event_id=CODE_HASH
        ),
        CodeRedemptionAnswered(
            tenant=TENANT, member_id="h7", event_id=CODE_HASH, code_hash=CODE_HASH, refusal=None, batch_id="26"
        ),
    )
