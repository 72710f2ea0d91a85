"""What read models show, for tests to look at."""

from typing import Any, cast

import psycopg

from eventlog.port import Log
from projections.connection import connect
from projections.content import hash_tables
from projections.projector import Projector
from projections.session import ProjectorSettings


def project(log: Log, database_url: str, *, batch_entries: int = 10_000) -> Projector:
    """Project everything, and give the projector, closed."""
    with Projector(log, database_url, ProjectorSettings(batch_entries=batch_entries)) as projector:
        projector.catch_up()
    return projector


def ask(database_url: str, question: str, *values: object) -> list[tuple[Any, ...]]:
    """Give the rows of a query, which sees the read models' tables."""
    with connect(database_url) as connection:
        return connection.execute(cast("Any", question), values).fetchall()


def change(database_url: str, statement: str, *values: object) -> None:
    """Change something behind the projector's back."""
    with psycopg.connect(database_url, options="-c search_path=read_model") as connection:
        connection.execute(cast("Any", statement), values)


def hashes(database_url: str) -> dict[str, str]:
    """Give the hash of each table."""
    with connect(database_url) as connection:
        return hash_tables(connection)
