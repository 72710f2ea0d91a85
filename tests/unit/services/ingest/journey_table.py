"""Tables in the form of the Complete Journey data, made of a few rows each."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd


class Line(NamedTuple):
    """A row of the transactions, of which tests give what they look at."""

    basket_id: int
    #: UTC.
    stamp: str
    household_id: int = 7
    product_id: int = 1
    quantity: int = 1
    sales_value: float = 1.0
    store_id: int = 330


class Redemption(NamedTuple):
    """A row of the coupon redemptions."""

    household_id: int
    coupon_upc: int
    campaign_id: int
    day: str


class MadeTables(NamedTuple):
    """The three tables."""

    transactions: pd.DataFrame
    products: pd.DataFrame
    redemptions: pd.DataFrame


#: Product ids of `PRODUCTS` below.
MILK, PIZZA, BAGS, PETROL, NAMELESS = 1, 2, 3, 4, 5
PRODUCTS = pd.DataFrame(
    [
        (MILK, 69, "GROCERY", "Private", "FLUID MILK", "WHITE MILK"),
        (PIZZA, 12, "GROCERY", "National", "FROZEN PIZZA", "PIZZA/PREMIUM"),
        (BAGS, 13, "GROCERY", "National", "FD WRAPS/BAGS/TRSH BG", "TRASH BAGS"),
        (PETROL, 2, "FUEL", "National", "COUPON/MISC ITEMS", "GASOLINE-REG UNLEADED"),
        (NAMELESS, 3, "MISCELLANEOUS", "National", None, None),
    ],
    columns=["product_id", "manufacturer_id", "department", "brand", "product_category", "product_type"],
)


def make_tables(lines: list[Line], redemptions: list[Redemption] | None = None) -> MadeTables:
    """Give the tables of these rows, in the given order, with the products above."""
    transactions = pd.DataFrame(lines, columns=list(Line._fields)).rename(columns={"stamp": "transaction_timestamp"})
    transactions["transaction_timestamp"] = pd.to_datetime(transactions["transaction_timestamp"])
    redeemed = pd.DataFrame(redemptions or [], columns=list(Redemption._fields)).rename(
        columns={"day": "redemption_date"}
    )
    redeemed["redemption_date"] = pd.to_datetime(redeemed["redemption_date"])
    return MadeTables(transactions, PRODUCTS, redeemed)
