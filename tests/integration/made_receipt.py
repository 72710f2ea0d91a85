"""Made-up receipts of the journey programme, on their way through the same inputs as real ones."""

from collections.abc import Iterable
from typing import Final

from schemas.business_time import local_date, parse_instant
from schemas.record.receipt import ReceiptLine, ReceiptRecorded
from services.ingest.feeder import Feeder
from services.ingest.journey import encode_journey_event
from tests.integration.site import PARTITIONS, Site

__all__ = ["make_receipt", "send_receipts"]

_NEW_YORK: Final = "America/New_York"
_PIZZA: Final = "FROZEN PIZZA"


def make_receipt(
    number: str, member_id: str | None, amount_minor: int, *, at: str = "2017-03-15T16:00:00Z", zone: str = _NEW_YORK
) -> ReceiptRecorded:
    """Give a receipt over one frozen pizza.

    Args:
        number: Of the receipt, at till 1 of store s1.
        member_id: `None` when nobody is known.
        amount_minor: What the pizza costs, cents.
        at: When, as RFC 3339 in UTC.
        zone: Of the store.
    """
    at_ms = parse_instant(at)
    return ReceiptRecorded(
        tenant="journey",
        programme="journey",
        store_id="s1",
        till_id="1",
        receipt_number=number,
        business_date=local_date(at_ms, zone),
        occurred_at_ms=at_ms,
        zone=zone,
        member_id=member_id,
        currency="USD",
        total_minor=amount_minor,
        lines=[ReceiptLine(sku="1", quantity_milli=1_000, amount_minor=amount_minor, category=_PIZZA)],
    )


def send_receipts(site: Site, receipts: Iterable[ReceiptRecorded]) -> None:
    """Write receipts to the inputs, in this order; all are acknowledged when this returns."""
    with site.log.writer() as writer:
        feeder = Feeder(writer=writer, partition_count=PARTITIONS)
        feeder.feed([encode_journey_event(receipt) for receipt in receipts])
