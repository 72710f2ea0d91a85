"""Which entity a record belongs to, and which module decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from processors.admission import check_place
from processors.campaign.adoption import decide_adoption
from processors.campaign.publication import decide_publication
from processors.code.code import decide_issue, decide_request
from processors.member.activation import decide_activation, decide_answer
from processors.member.donation import decide_donation
from processors.member.receipt import decide_conflict, decide_receipt, decide_return
from processors.member.segment import decide_segment
from schemas.entry import RecordHeader, SourceRecord
from schemas.record.code import CodeActivated, CodeIssued
from schemas.record.code_message import CodeRedemptionAnswered, CodeRedemptionRequested
from schemas.record.conflict import ReceiptConflicted
from schemas.record.donation import DonationRecorded
from schemas.record.instruction import OperatorInstructed
from schemas.record.receipt import ReceiptRecorded, ReceiptReturned
from schemas.record.rule import CampaignPublished, DocumentPublished, ProgrammeChanged
from schemas.record.segment import SegmentAssigned
from schemas.topic import EntityKind

if TYPE_CHECKING:
    from eventlog.port import StoredRecord
    from processors.context import Incoming
    from processors.draft import Draft
    from schemas.codec import Event

__all__ = ["Address", "address_of", "decide_event", "source_record"]


class Address(msgspec.Struct, frozen=True, gc=False):
    """Whose record it is."""

    tenant: str
    kind: EntityKind
    entity_id: str


def address_of(event: Event, partition: int) -> Address:
    """Give the entity that decides an event; `partition` is the one it lies in."""
    match event:
        case ReceiptRecorded(tenant=tenant, member_id=member_id):
            return Address(tenant, EntityKind.MEMBER, event.key if member_id is None else member_id)
        case ReceiptReturned(tenant=tenant, member_id=member_id):
            return Address(tenant, EntityKind.MEMBER, event.receipt_key if member_id is None else member_id)
        case CodeActivated() | DonationRecorded() | SegmentAssigned() | CodeRedemptionAnswered():
            return Address(event.tenant, EntityKind.MEMBER, event.member_id)
        case ReceiptConflicted():
            return Address(event.tenant, EntityKind.MEMBER, event.loser)
        case CodeIssued() | CodeRedemptionRequested():
            return Address(event.tenant, EntityKind.CODE, event.code_hash)
        case CampaignPublished():
            return Address(event.tenant, EntityKind.CAMPAIGN, event.campaign_id)
        case ProgrammeChanged():
            return Address(event.tenant, EntityKind.CAMPAIGN, event.programme)
        case DocumentPublished():
            return Address(event.tenant, EntityKind.PARTITION, str(partition))
        case OperatorInstructed():
            return Address("", EntityKind.PARTITION, str(partition))
        case _:
            assert_never(event)


def source_record(record: StoredRecord, stored: bytes | None) -> SourceRecord:
    """Give the record as the journal keeps it."""
    return SourceRecord(
        key=record.key,
        headers=[RecordHeader(name=name, value=value) for name, value in record.headers],
        value=stored,
    )


def decide_event(draft: Draft, incoming: Incoming, event: Event) -> None:
    """Decide an event whose entity is not parked; `draft` is addressed.

    Messages lie where their relay put them; everything else must lie where its key says.
    """
    if not isinstance(event, DocumentPublished | CodeRedemptionRequested | CodeRedemptionAnswered):
        fault = check_place(draft, incoming)
        if fault is not None:
            draft.refuse(fault)
            return
    match event:
        case DocumentPublished():
            decide_adoption(draft, event)
        case CodeRedemptionRequested():
            decide_request(draft, event)
        case CodeRedemptionAnswered():
            decide_answer(draft, event)
        case ReceiptRecorded():
            decide_receipt(draft, incoming, event)
        case ReceiptReturned():
            decide_return(draft, incoming, event)
        case DonationRecorded():
            decide_donation(draft, incoming, event)
        case CodeActivated():
            decide_activation(draft, incoming, event)
        case CodeIssued():
            decide_issue(draft, incoming, event)
        case CampaignPublished() | ProgrammeChanged():
            decide_publication(draft, incoming, event)
        case SegmentAssigned():
            decide_segment(draft, event)
        case ReceiptConflicted():
            decide_conflict(draft, event)
        case OperatorInstructed():
            msg = "an instruction is about other records, and is decided before any entity is asked"
            raise AssertionError(msg)
        case _:
            assert_never(event)
