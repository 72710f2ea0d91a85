"""The tables of a read model, and the column types their binary COPY files want, in the files' order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

__all__ = ["COLUMN_TYPES", "STAGED", "TABLES", "Row", "TableRows"]

#: One row, in the order of the table's copy file; instants are UTC milliseconds, dates days since 1970-01-01.
Row = Sequence[Any]


class TableRows(NamedTuple):
    """Rows for one table."""

    table: str
    rows: Sequence[Row]


_SHORT: Final = {"t": "text", "i": "int4", "b": "int8", "z": "timestamptz", "d": "date", "y": "bool"}
#: Table or staging area → one letter a column (`_SHORT`).
_LAYOUTS: Final = {
    "entry": "ibtttttbtz",
    "rejection": "tibttbttttyz",
    "dead_letter": "ibtbz",
    "outcome_count": "itb",
    "parked_entity": "tttitib",
    "account": "ttttttib",
    "lot": "tttttitbbbbbzzz",
    "lot_change": "tttbbb",
    "member_statement": "ttibttbbzzt",
    "receipt": "tdtttttttt" + "bzzib",
    "receipt_effect": "tdtttibititttt" + "b",
    "document_version": "tttitz",
    "campaign_party": "ttiiti",
    "adoption": "tttiib",
    "code": "ttttt",
    "activation": "tttttztt",
    "segment_membership": "ttttzt",
}
#: Table or staging area → PostgreSQL types of the columns in its copy file.
COLUMN_TYPES: Final = {table: [_SHORT[letter] for letter in layout] for table, layout in _LAYOUTS.items()}
#: Whose rows wait beside the table until one statement has merged them in; all others are only ever added.
STAGED: Final = (
    "account",
    "lot_change",
    "receipt",
    "outcome_count",
    "parked_entity",
    "document_version",
    "campaign_party",
    "adoption",
    "code",
    "activation",
    "segment_membership",
)
#: Every table whose content follows from the journal alone; positions are left out.
TABLES: Final = tuple(sorted(set(_LAYOUTS) - {"lot_change"}))
