"""Whether a programme's settings are in force everywhere, before data is sent that would be refused without them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg

from projections.connection import connect
from services.failure import WorkRefusedError

__all__ = ["check_programme"]

_COUNT_ADOPTION: Final = Path(__file__).with_name("count_programme_adoption.sql")


def check_programme(database_url: str, *, tenant: str, programme: str, partitions: int) -> None:
    """Make sure that every partition has adopted some version of a programme's settings.

    Raises:
        WorkRefusedError: when not; the text says how to publish them.
        psycopg.OperationalError: when the database cannot be reached.
    """
    scope = {"tenant": tenant, "programme": programme}
    try:
        with connect(database_url) as connection:
            row = connection.execute(_COUNT_ADOPTION.read_bytes(), scope).fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    adopted = 0 if row is None else row[0]
    if adopted < partitions:
        msg = (
            f"the settings of programme {programme} are adopted in {adopted} of {partitions} partitions, and records "
            "before that are refused; have kopilka up running, then: kopilka campaign publish campaigns/journey --wait "
            "(or give --anyway)"
        )
        raise WorkRefusedError(msg)
