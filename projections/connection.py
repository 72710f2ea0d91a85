"""Connections to the read models' database: which schema they see, and how wire integers become columns."""

from __future__ import annotations

import re
from struct import Struct
from typing import Final

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

from projections.sql_file import load_sql

__all__ = ["READ_MODEL", "connect", "see_schema"]

#: The schema that is read; a rebuild fills another one, which then takes this name.
READ_MODEL: Final = "read_model"
_SCHEMA_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
#: PostgreSQL counts from 2000-01-01: microseconds and days from 1970 to there.
_EPOCH_US: Final = 946_684_800_000_000
_EPOCH_DAYS: Final = 10_957
_PACK_INSTANT: Final = Struct("!q").pack
_PACK_DAY: Final = Struct("!i").pack


class _Instant(int):
    """UTC milliseconds: what a `timestamptz` column is written from."""


class _Day(int):
    """Days since 1970-01-01: what a `date` column is written from."""


class _InstantDumper(Dumper):
    oid = psycopg.adapters.types["timestamptz"].oid
    format = Format.BINARY

    def dump(self, obj: int) -> bytes:
        return _PACK_INSTANT(obj * 1000 - _EPOCH_US)


class _DayDumper(Dumper):
    oid = psycopg.adapters.types["date"].oid
    format = Format.BINARY

    def dump(self, obj: int) -> bytes:
        return _PACK_DAY(obj - _EPOCH_DAYS)


def connect(database_url: str, schema: str = READ_MODEL) -> psycopg.Connection:
    """Open a connection that sees the tables of `schema`; transactions are begun by hand.

    In a binary COPY its `timestamptz` columns are written from integers of UTC milliseconds, its `date` columns from
    days since 1970-01-01: a million `datetime` objects would only be made to be taken apart again.

    Raises:
        psycopg.OperationalError: when the database cannot be reached.
    """
    connection = psycopg.connect(database_url, autocommit=True, application_name="kopilka-projections")
    connection.adapters.register_dumper(_Instant, _InstantDumper)
    connection.adapters.register_dumper(_Day, _DayDumper)
    see_schema(connection, schema)
    return connection


def see_schema(connection: psycopg.Connection, schema: str) -> None:
    """Let a connection see the tables of `schema`, with times in UTC."""
    assert _SCHEMA_NAME.fullmatch(schema), "a schema name comes from the code, never from outside"
    connection.execute(load_sql("see_schema.sql"), {"schema": schema})
