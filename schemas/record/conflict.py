"""Findings of the read model: one receipt under two owners."""

from __future__ import annotations

import msgspec

from schemas.ids import ReceiptKey, receipt_key

__all__ = ["ReceiptConflicted"]


class ReceiptConflicted(msgspec.Struct, frozen=True, kw_only=True):
    """The owner that loses a receipt is told so."""

    tenant: str
    store_id: str
    till_id: str
    receipt_number: str
    business_date: int
    #: Entity id of the losing owner: a member id, or the receipt key when nobody was known.
    loser: str

    @property
    def receipt_key(self) -> ReceiptKey:
        """Which receipt it is within its tenant."""
        return receipt_key(self.store_id, self.till_id, self.receipt_number, self.business_date)
