"""What tables hold, as one hash each: the same journal gives the same content, to the byte."""

from __future__ import annotations

import hashlib

import psycopg

from projections.sql_file import load_sql
from projections.table import TABLES

__all__ = ["hash_tables"]


def hash_tables(connection: psycopg.Connection) -> dict[str, str]:
    """Give the SHA-256 of each table's rows as text in the order of its key; positions are left out.

    Call it in a REPEATABLE READ transaction when somebody may be writing.
    """
    hashes = {}
    for table in TABLES:
        digest = hashlib.sha256()
        with connection.cursor() as cursor, cursor.copy(load_sql(f"table/{table}.content.sql")) as copy:
            for chunk in copy:
                digest.update(chunk)
        hashes[table] = digest.hexdigest()
    return hashes
