"""Refusals: the closed list of reasons, and the value that carries one with its field, value and mend."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

__all__ = ["Reason", "Rejection", "reject"]

#: Longest piece of an offending value that goes into an entry: enough to recognise it, too little to carry a payload.
_SHOWN_CHARACTERS: Final = 80


class Reason(Enum):
    """Why a record was refused; the value stands in entries and never changes.

    In order of precedence: the first that applies is the one that is told. Of a receipt's lines it is the first
    faulty line whose first reason is told.
    """

    #: The bytes are no record of a known schema; they stand in the topic's dead letters.
    UNDECODABLE = "UNDECODABLE"
    #: The record's schema is not the one that its topic carries; topics are borders of trust.
    WRONG_SCHEMA = "WRONG_SCHEMA"
    #: The record lies in another partition than its key says, or its key is not that of its entity.
    WRONG_PARTITION = "WRONG_PARTITION"
    INVALID_TENANT = "INVALID_TENANT"
    INVALID_PROGRAMME = "INVALID_PROGRAMME"
    INVALID_EVENT_ID = "INVALID_EVENT_ID"
    INVALID_STORE_ID = "INVALID_STORE_ID"
    INVALID_TILL_ID = "INVALID_TILL_ID"
    INVALID_RECEIPT_NUMBER = "INVALID_RECEIPT_NUMBER"
    INVALID_BUSINESS_DATE = "INVALID_BUSINESS_DATE"
    INVALID_OCCURRED_AT = "INVALID_OCCURRED_AT"
    INVALID_ZONE = "INVALID_ZONE"
    INVALID_MEMBER_ID = "INVALID_MEMBER_ID"
    INVALID_CAMPAIGN_ID = "INVALID_CAMPAIGN_ID"
    INVALID_CODE_HASH = "INVALID_CODE_HASH"
    INVALID_BATCH_ID = "INVALID_BATCH_ID"
    INVALID_CURRENCY = "INVALID_CURRENCY"
    INVALID_LINES = "INVALID_LINES"
    #: Told before the amount: a negative line has both below zero, and it is the quantity that names no original.
    INVALID_QUANTITY = "INVALID_QUANTITY"
    INVALID_SKU = "INVALID_SKU"
    INVALID_VAT_RATE = "INVALID_VAT_RATE"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    #: The line amounts do not come to the total.
    INVALID_TOTAL = "INVALID_TOTAL"
    INVALID_TENDERS = "INVALID_TENDERS"
    INVALID_VERSION = "INVALID_VERSION"
    INVALID_DOCUMENT = "INVALID_DOCUMENT"
    INVALID_SEGMENT = "INVALID_SEGMENT"
    INVALID_INSTRUCTION = "INVALID_INSTRUCTION"
    #: The same natural key came with another body.
    CONFLICTING_BODY = "CONFLICTING_BODY"
    #: More than 24 hours ahead of the log's time.
    OCCURRED_AT_IN_FUTURE = "OCCURRED_AT_IN_FUTURE"
    UNKNOWN_PROGRAMME = "UNKNOWN_PROGRAMME"
    #: Later than the programme's horizon.
    TOO_OLD = "TOO_OLD"
    #: A unit that the programme does not use.
    UNKNOWN_UNIT = "UNKNOWN_UNIT"
    UNKNOWN_CAMPAIGN = "UNKNOWN_CAMPAIGN"
    VERSION_NOT_HIGHER = "VERSION_NOT_HIGHER"
    #: It would apply to receipts already paid, and is not marked retroactive.
    VALID_FROM_TOO_EARLY = "VALID_FROM_TOO_EARLY"
    #: A segment computed before the one that the member has.
    OUTDATED_SEGMENT = "OUTDATED_SEGMENT"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    CODE_USED = "CODE_USED"
    CODE_ALREADY_ISSUED = "CODE_ALREADY_ISSUED"
    UNKNOWN_RECEIPT = "UNKNOWN_RECEIPT"
    RECEIPT_ALREADY_REVERSED = "RECEIPT_ALREADY_REVERSED"
    #: A skip where the log still holds what comes next.
    NOTHING_LOST = "NOTHING_LOST"
    NOTHING_PARKED = "NOTHING_PARKED"
    #: The retry failed the way the record failed before.
    STILL_FAILING = "STILL_FAILING"


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A business no: what was wrong, and what the sender can do."""

    #: A `Reason` value.
    reason: str
    #: Field at fault, with its place in a list (`lines[3].quantity_milli`); empty where none is.
    field: str
    #: What stood there, shortened; empty where none is.
    value: str
    #: What the sender can do, a sentence.
    mend: str
    #: Whether the same record may be taken when it is sent again later.
    is_transient: bool


def reject(reason: Reason, field: str, value: object, mend: str, *, is_transient: bool = False) -> Rejection:
    """Make a rejection; `value` is shown shortened."""
    shown = "" if value is None else str(value)
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "…"
    return Rejection(reason=reason.value, field=field, value=shown, mend=mend, is_transient=is_transient)
