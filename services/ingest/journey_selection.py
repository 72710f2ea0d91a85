"""Which baskets of the Complete Journey data a feed takes, and their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Selection", "instants_ms", "select_lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which part of the data to take; always with all codes, and with the donations of the chosen baskets.

    Raises:
        ValueError: when a number is below 1.
    """

    #: At most so many baskets, and only activations at or before the last one's time. `None`: all of both.
    limit: int | None = None
    #: Of k baskets in feed order take the first; `limit` counts those. Without a limit all activations come,
    #: so that a small feed still spans the year with the activations spread among its baskets: every 15th
    #: basket makes 10,390.
    every: int = 1

    def __post_init__(self) -> None:
        if self.every < 1 or (self.limit is not None and self.limit < 1):
            raise ValueError("A selection takes at least one basket: give numbers from 1.")


def select_lines(transactions: pd.DataFrame, selection: Selection) -> tuple[pd.DataFrame, int | None]:
    """Give the lines of the chosen baskets in feed order, and, if there is a limit, the last one's time."""
    order = ["transaction_timestamp", "basket_id"]
    baskets = transactions[order].drop_duplicates("basket_id").sort_values(order)
    baskets = baskets.iloc[:: selection.every].head(len(baskets) if selection.limit is None else selection.limit)
    chosen = transactions[transactions["basket_id"].isin(baskets["basket_id"])]
    # Stable, which pandas promises only when asked: a receipt's lines keep the order of the data.
    lines = chosen.sort_values(order, kind="stable")
    if selection.limit is None or not len(baskets):
        return lines, None
    return lines, instants_ms(baskets["transaction_timestamp"].tail(1))[0]


def instants_ms(stamps: pd.Series[pd.Timestamp]) -> list[int]:
    """Give UTC milliseconds of stamps without a zone, which are UTC."""
    return stamps.astype("datetime64[ms]").astype("int64").tolist()
