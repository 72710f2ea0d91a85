"""The equations that must always hold in the read models: what `doctor trial-balance` checks.

Each equation is a query that gives a row, with a sentence for a person, for everything that breaks it. All are asked in
one transaction, so at one journal position.

Source: LEDGER, "Equations".
"""

from __future__ import annotations

from typing import NamedTuple

from psycopg import IsolationLevel
from psycopg.rows import class_row

from projections.connection import READ_MODEL, connect
from projections.sql_file import load_sql, sql_files

__all__ = ["Fault", "TrialBalance", "find_faults"]


class Fault(NamedTuple):
    """Something that breaks an equation."""

    #: Name of the equation, as its file is called.
    equation: str
    tenant: str
    #: What is wrong, with its amounts in minor units.
    sentence: str


class TrialBalance(NamedTuple):
    """What a check found."""

    #: Next journal offset per partition that the check had not seen.
    position: dict[int, int]
    #: Names of the equations that were checked, sorted.
    equations: list[str]
    #: Sorted by equation, tenant and sentence; empty when all hold.
    faults: list[Fault]


def find_faults(database_url: str, schema: str = READ_MODEL) -> TrialBalance:
    """Check every equation.

    Raises:
        psycopg.OperationalError: when the database cannot be reached.
    """
    files = sql_files("equation")
    faults: list[Fault] = []
    with connect(database_url, schema) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction(), connection.cursor(row_factory=class_row(Fault)) as cursor:
            rows = connection.execute(load_sql("position/load.sql")).fetchall()
            for path in files:
                name = _name(path)
                cursor.execute(load_sql(path), {"equation": name})
                faults += cursor.fetchall()
    position = {partition: next_offset for partition, next_offset, *_ in rows}
    return TrialBalance(position, [_name(path) for path in files], sorted(faults))


def _name(path: str) -> str:
    return path.removeprefix("equation/").removesuffix(".sql")
