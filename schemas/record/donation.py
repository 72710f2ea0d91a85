"""Donations that a till or site captured from a member."""

from __future__ import annotations

import msgspec

from schemas.record.check import (
    check_amount,
    check_currency,
    check_id,
    check_name,
    check_scope,
    check_time,
)
from schemas.rejection import Reason, Rejection, reject

__all__ = ["DonationRecorded", "check_donation"]


class DonationRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A member gave money to a cause."""

    tenant: str
    programme: str
    event_id: str
    member_id: str
    #: The campaign that asked for the gift; it names beneficiary and collector.
    campaign_id: str
    currency: str
    amount_minor: int
    occurred_at_ms: int
    zone: str


def check_donation(record: DonationRecorded) -> Rejection | None:
    """Check a donation; the first fault in the order of `Reason`, or `None`."""
    return (
        check_scope(record.tenant, record.programme)
        or check_id(Reason.INVALID_EVENT_ID, "event_id", record.event_id)
        or check_time(record.occurred_at_ms, record.zone)
        or check_id(Reason.INVALID_MEMBER_ID, "member_id", record.member_id)
        or check_name(Reason.INVALID_CAMPAIGN_ID, "campaign_id", record.campaign_id)
        or check_currency(record.currency)
        or (
            reject(Reason.INVALID_AMOUNT, "amount_minor", 0, "send what was given; leave out a gift of nothing")
            if record.amount_minor == 0
            else check_amount("amount_minor", record.amount_minor)
        )
    )
