"""What the demo shows: a few rows of each view, and one receipt explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eventlog.port import Log
from projections.connection import connect
from schemas.money import format_money, is_currency
from services.cli.output import Output
from services.doctor import explanation
from services.doctor.entry_place import find_places
from services.doctor.retrace import retrace

__all__ = ["show_views"]

_TENANT: Final = "journey"
_MEMBERS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A table to show."""

    #: Its query, `<name>.sql`, and its key in the JSON answer.
    name: str
    title: str
    columns: tuple[str, ...]


_VIEWS: Final = (
    _View(
        name="top_member",
        title="Members with the most points",
        columns=("member", "unit", "available", "abc", "activity"),
    ),
    _View(name="segment_size", title="Segments", columns=("set", "segment", "members")),
    _View(name="cause_total", title="Given to causes", columns=("campaign", "to", "unit", "accrued")),
    _View(
        name="party_statement",
        title="Who pays (below zero: gives or owes)",
        columns=("party", "campaign", "account", "unit", "amount"),
    ),
)


def _shown(view: _View, row: Sequence[Any]) -> Sequence[Any]:
    """Give a row as people read it: money in the unit that they count in, not in its hundredths."""
    cells = dict(zip(view.columns, row, strict=True))
    unit = cells.get("unit", "")
    return [_written_out(cell, unit) if isinstance(cell, int) and is_currency(unit) else cell for cell in row]


def _written_out(amount_minor: int, currency: str) -> str:
    whole, dot, decimals = format_money(abs(amount_minor), currency).removesuffix(f" {currency}").partition(".")
    return f"{'-' if amount_minor < 0 else ''}{int(whole):,}{dot}{decimals}"


def show_views(log: Log, database_url: str, output: Output) -> dict[str, Any]:
    """Print the tables and the explanation; give the same as data."""
    answer: dict[str, Any] = {}
    with connect(database_url) as connection:
        for view in _VIEWS:
            query = Path(__file__).with_name(f"{view.name}.sql").read_bytes()
            rows = connection.execute(query, {"tenant": _TENANT, "row_count": _MEMBERS}).fetchall()
            output.table(view.title, view.columns, [_shown(view, row) for row in rows])
            answer[view.name] = [dict(zip(view.columns, row, strict=True)) for row in rows]
        query = Path(__file__).with_name("rich_receipt.sql").read_bytes()
        key = connection.execute(query, {"tenant": _TENANT}).fetchone()
        if key is None:
            return answer
        places = find_places(connection, _TENANT, "/".join(key))
    retraced = [retrace(log, place) for place in places]
    output.tell("One receipt explained")
    for one in retraced:
        output.tell("\n".join(f"  {line}" for line in explanation.as_text(one).splitlines()))
    output.tell()
    return answer | {"explained": [explanation.as_json(one) for one in retraced]}
