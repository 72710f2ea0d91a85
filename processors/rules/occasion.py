"""What a rule is asked about: a receipt, an activated code or a donation, with what is known of the member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from schemas.record.receipt import ReceiptLine

__all__ = ["NO_LINES", "Occasion", "Trigger"]

NO_LINES: Final[list[ReceiptLine]] = []


class Trigger:
    """Which kind of record a rule answers."""

    RECEIPT = "receipt"
    CODE = "code"
    DONATION = "donation"


class Occasion(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything that conditions and effects may look at."""

    #: A `Trigger` value.
    trigger: str
    occurred_at_ms: int
    zone: str
    lateness_ms: int
    #: `None` when nobody is known.
    member_id: str | None
    #: The member's segment in each set.
    segments: Mapping[str, str] = {}
    #: Receipts only; else empty.
    store_id: str = ""
    #: Receipts and donations; else empty.
    currency: str = ""
    #: Receipts: what the lines come to. Donations: what was given.
    amount_minor: int = 0
    lines: list[ReceiptLine] = []
    #: Codes only; else empty.
    batch_id: str = ""
    #: Donations only: the campaign that was named.
    campaign_id: str = ""
