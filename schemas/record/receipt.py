"""Receipts as tills send them, and their full return."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.business_time import LATEST_DAY
from schemas.ids import ReceiptKey, is_id, receipt_key
from schemas.money import AMOUNT_LIMIT_MINOR
from schemas.record.check import check_amount, check_currency, check_id, check_scope, check_time
from schemas.rejection import Reason, Rejection, reject

__all__ = ["ReceiptLine", "ReceiptRecorded", "ReceiptReturned", "Tender", "check_receipt", "check_return"]

#: Thousandths of a unit, on one line and on all of a receipt: a million pieces, or a tonne by the gram, is far above
#: any till, and times what a rule may give per unit it is no more than `AMOUNT_LIMIT_MINOR`.
QUANTITY_LIMIT_MILLI: Final = 1_000_000_000
#: Lines on one receipt: a wholesale order has hundreds; an entry must stay far below a broker's record limit.
LINE_LIMIT: Final = 5_000
#: 100 %.
_VAT_LIMIT_BP: Final = 10_000
_DATE_MEND: Final = "send the trading day as days since 1970-01-01"


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a receipt, as the till sold it."""

    sku: str
    #: Thousandths of a unit.
    quantity_milli: int
    #: What the customer pays for the line, VAT included.
    amount_minor: int
    vat_rate_bp: int | None = None
    department: str | None = None
    category: str | None = None
    product_type: str | None = None
    brand: str | None = None
    manufacturer: str | None = None


class Tender(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One means of payment."""

    kind: str
    amount_minor: int


class ReceiptRecorded(msgspec.Struct, frozen=True, kw_only=True):
    """A till closed a receipt."""

    tenant: str
    programme: str
    store_id: str
    till_id: str
    receipt_number: str
    #: Days since 1970-01-01.
    business_date: int
    occurred_at_ms: int
    zone: str
    #: `None` when nobody is known.
    member_id: str | None = None
    currency: str
    total_minor: int
    lines: list[ReceiptLine]
    tenders: list[Tender] = []

    @property
    def key(self) -> ReceiptKey:
        """Which receipt it is within its tenant."""
        return receipt_key(self.store_id, self.till_id, self.receipt_number, self.business_date)


class ReceiptReturned(msgspec.Struct, frozen=True, kw_only=True):
    """A whole receipt was taken back."""

    tenant: str
    programme: str
    event_id: str
    store_id: str
    till_id: str
    receipt_number: str
    business_date: int
    member_id: str | None = None
    occurred_at_ms: int
    zone: str

    @property
    def receipt_key(self) -> ReceiptKey:
        """Which receipt it takes back."""
        return receipt_key(self.store_id, self.till_id, self.receipt_number, self.business_date)


def _check_key(record: ReceiptRecorded | ReceiptReturned) -> Rejection | None:
    return (
        check_id(Reason.INVALID_STORE_ID, "store_id", record.store_id)
        or check_id(Reason.INVALID_TILL_ID, "till_id", record.till_id)
        or check_id(Reason.INVALID_RECEIPT_NUMBER, "receipt_number", record.receipt_number)
        or (
            None
            if 0 <= record.business_date <= LATEST_DAY
            else reject(Reason.INVALID_BUSINESS_DATE, "business_date", record.business_date, _DATE_MEND)
        )
        or check_time(record.occurred_at_ms, record.zone)
        or (None if record.member_id is None else check_id(Reason.INVALID_MEMBER_ID, "member_id", record.member_id))
    )


def check_return(record: ReceiptReturned) -> Rejection | None:
    """Check a return; the first fault in the order of `Reason`, or `None`."""
    return (
        check_scope(record.tenant, record.programme)
        or check_id(Reason.INVALID_EVENT_ID, "event_id", record.event_id)
        or _check_key(record)
    )


def check_receipt(record: ReceiptRecorded) -> Rejection | None:
    """Check a receipt; the first fault in the order of `Reason`, of the lines the first faulty one, or `None`."""
    return (
        check_scope(record.tenant, record.programme)
        or _check_key(record)
        or check_currency(record.currency)
        or _check_lines(record)
        or _check_total(record)
        or _check_tenders(record)
    )


def _check_lines(record: ReceiptRecorded) -> Rejection | None:
    lines = record.lines
    if not 1 <= len(lines) <= LINE_LIMIT:
        return reject(Reason.INVALID_LINES, "lines", len(lines), f"send 1 to {LINE_LIMIT} lines")
    for line in lines:
        amount = line.amount_minor
        # One comparison chain a line on the good path; which field is at fault is found only when one is.
        if not (
            0 <= amount <= AMOUNT_LIMIT_MINOR
            and 0 <= line.quantity_milli <= QUANTITY_LIMIT_MILLI
            and is_id(line.sku)
            and (line.vat_rate_bp is None or 0 <= line.vat_rate_bp <= _VAT_LIMIT_BP)
        ):
            return _find_line_fault(lines.index(line), line)
    quantity_milli = sum([line.quantity_milli for line in lines])
    if quantity_milli > QUANTITY_LIMIT_MILLI:
        return reject(
            Reason.INVALID_QUANTITY,
            "lines",
            quantity_milli,
            f"the quantities of all lines come to more than {QUANTITY_LIMIT_MILLI}; send thousandths of a unit",
        )
    return None


def _check_total(record: ReceiptRecorded) -> Rejection | None:
    fault = check_amount("total_minor", record.total_minor)
    if fault is not None:
        return fault
    total = sum([line.amount_minor for line in record.lines])
    if total != record.total_minor:
        return reject(
            Reason.INVALID_TOTAL,
            "total_minor",
            record.total_minor,
            f"the line amounts come to {total}; send the total that they give",
        )
    return None


def _find_line_fault(index: int, line: ReceiptLine) -> Rejection | None:
    place = f"lines[{index}]"
    if line.quantity_milli < 0:
        return reject(
            Reason.INVALID_QUANTITY,
            f"{place}.quantity_milli",
            line.quantity_milli,
            "a negative line names no original; send a return of the original receipt",
        )
    if line.quantity_milli > QUANTITY_LIMIT_MILLI:
        return reject(
            Reason.INVALID_QUANTITY,
            f"{place}.quantity_milli",
            line.quantity_milli,
            f"send thousandths of a unit, at most {QUANTITY_LIMIT_MILLI}",
        )
    fault = check_id(Reason.INVALID_SKU, f"{place}.sku", line.sku)
    if fault is not None:
        return fault
    if line.vat_rate_bp is not None and not 0 <= line.vat_rate_bp <= _VAT_LIMIT_BP:
        return reject(
            Reason.INVALID_VAT_RATE, f"{place}.vat_rate_bp", line.vat_rate_bp, "send basis points, 0 to 10000"
        )
    return check_amount(f"{place}.amount_minor", line.amount_minor)


def _check_tenders(record: ReceiptRecorded) -> Rejection | None:
    for index, tender in enumerate(record.tenders):
        if not 0 <= tender.amount_minor <= AMOUNT_LIMIT_MINOR:
            return reject(
                Reason.INVALID_TENDERS,
                f"tenders[{index}].amount_minor",
                tender.amount_minor,
                f"send minor units between 0 and {AMOUNT_LIMIT_MINOR}",
            )
    return None
