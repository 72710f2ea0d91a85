"""The tables of a read-model schema, step by step, and the views that analysts see.

Migrations are numbered and only go forward; which were applied stands in the schema itself, so that a shadow schema
gets them all again.
"""

from __future__ import annotations

import hashlib

import psycopg

from projections.connection import READ_MODEL, connect, see_schema
from projections.sql_file import load_sql, sql_files

__all__ = ["ChangedMigrationError", "migrate", "migrate_schema", "publish_views"]


class ChangedMigrationError(Exception):
    """The database was built by other migrations than these: drop the schema, and the journal builds it again."""


def migrate(database_url: str, schema: str = READ_MODEL) -> list[str]:
    """Bring a schema to the newest state, and the views onto it.

    Returns:
        Files that were applied now, in order; empty when nothing was missing.

    Raises:
        ChangedMigrationError: when an applied file has changed since.
    """
    with connect(database_url, schema) as connection, connection.transaction():
        connection.execute(load_sql("migration/alone.sql"))
        applied = migrate_schema(connection, schema)
        publish_views(connection, schema)
    return applied


def migrate_schema(connection: psycopg.Connection, schema: str) -> list[str]:
    """Apply to `schema` what is missing, within the caller's transaction."""
    see_schema(connection, schema)
    connection.execute(load_sql("migration/make_schema.sql"))
    connection.execute(load_sql("migration/make_list.sql"))
    known: dict[str, str] = dict(connection.execute(load_sql("migration/applied.sql")).fetchall())
    applied = []
    for path in sql_files("migrations"):
        name, text = path.removeprefix("migrations/"), load_sql(path)
        digest = hashlib.sha256(text).hexdigest()
        if name in known:
            if known[name] != digest:
                raise ChangedMigrationError(
                    f"migration {name} was applied to schema {schema} with another text. Read models hold nothing of "
                    f"their own: drop schema {schema} (CASCADE), and the projector fills it again"
                )
            continue
        connection.execute(text)
        connection.execute(load_sql("migration/note.sql"), {"name": name, "digest": digest})
        applied.append(name)
    return applied


def publish_views(connection: psycopg.Connection, schema: str) -> None:
    """Let the views of `reporting` stand on the tables of `schema`, within the caller's transaction."""
    see_schema(connection, schema)
    connection.execute(load_sql("reporting/schema.sql"))
    views = set(sql_files("reporting")) - {"reporting/schema.sql", "reporting/grants.sql"}
    for path in sorted(views):
        connection.execute(load_sql(path))
    connection.execute(load_sql("reporting/grants.sql"))
