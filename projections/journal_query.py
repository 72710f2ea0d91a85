"""What the read models answer about the journal: where an entry stands, what was refused, how far they are."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from projections.sql_file import load_sql

__all__ = [
    "DeadLetter",
    "EntryPlace",
    "ModelPosition",
    "OutcomeCount",
    "ParkedEntity",
    "Refusal",
    "find_entries",
    "find_entry_of_source",
    "load_adoption",
    "load_dead_letters",
    "load_model_positions",
    "load_outcomes",
    "load_parked",
    "load_refusals",
]


class EntryPlace(NamedTuple):
    """Where an entry stands in the journal, and what it decided."""

    journal_partition: int
    journal_offset: int
    entity_kind: str
    entity_id: str
    source_key: str
    #: `None` for a tick.
    source_topic: str | None
    source_offset: int | None
    outcome: str
    recorded_at: datetime


class Refusal(NamedTuple):
    """A record that was refused, and how to mend it."""

    journal_partition: int
    journal_offset: int
    source_key: str
    source_topic: str | None
    source_offset: int | None
    reason: str
    field: str
    value: str
    mend: str
    is_transient: bool
    recorded_at: datetime


class ModelPosition(NamedTuple):
    """How far the read models are in one journal partition."""

    journal_partition: int
    #: First offset that is not in them.
    next_offset: int
    #: Newest log time (a tick's clock) in them; `None` before the first entry.
    recorded_at: datetime | None


class OutcomeCount(NamedTuple):
    """How many entries of a partition had an outcome."""

    journal_partition: int
    outcome: str
    entry_count: int


class ParkedEntity(NamedTuple):
    """An entity whose records are held."""

    tenant: str
    entity_kind: str
    entity_id: str
    held_count: int
    failure: str
    journal_partition: int
    #: Of the last entry that held one.
    journal_offset: int


class DeadLetter(NamedTuple):
    """A record that could not be decoded."""

    journal_partition: int
    journal_offset: int
    source_topic: str | None
    source_offset: int | None
    recorded_at: datetime


def find_entries(connection: psycopg.Connection, tenant: str, source_key: str) -> list[EntryPlace]:
    """Give the entries of a natural key, in journal order."""
    with connection.cursor(row_factory=class_row(EntryPlace)) as cursor:
        parameters = {"tenant": tenant, "source_key": source_key}
        return cursor.execute(load_sql("query/entry_by_key.sql"), parameters).fetchall()


def find_entry_of_source(
    connection: psycopg.Connection, topic: str, partition: int, source_offset: int
) -> EntryPlace | None:
    """Give the entry that decided an input record; `None` while there is none in the read models."""
    with connection.cursor(row_factory=class_row(EntryPlace)) as cursor:
        parameters = {"topic": topic, "partition": partition, "source_offset": source_offset}
        return cursor.execute(load_sql("query/entry_by_source.sql"), parameters).fetchone()


def load_adoption(
    connection: psycopg.Connection, tenant: str, programme: str, campaign_id: str | None, version: int
) -> dict[int, int]:
    """Give the journal partitions that go by a version or a higher one, each with the offset of its first such entry.

    Args:
        connection: Sees a read-model schema.
        tenant: Whose campaign it is.
        programme: Its programme.
        campaign_id: `None` for the programme's settings.
        version: The one that was published.
    """
    parameters = {
        "tenant": tenant,
        "programme": programme,
        "campaign_id": campaign_id or "",
        "version": version,
    }
    return dict(connection.execute(load_sql("query/adoption.sql"), parameters).fetchall())


def load_refusals(
    connection: psycopg.Connection, tenant: str, *, before: Refusal | None = None, page_rows: int = 100
) -> list[Refusal]:
    """Give a page of what was refused, newest first; the next one begins before the last of this one."""
    with connection.cursor(row_factory=class_row(Refusal)) as cursor:
        parameters = {
            "tenant": tenant,
            "before_at": before and before.recorded_at,
            "before_partition": before and before.journal_partition,
            "before_offset": before and before.journal_offset,
            "page_rows": page_rows,
        }
        return cursor.execute(load_sql("query/rejection.sql"), parameters).fetchall()


def load_model_positions(connection: psycopg.Connection) -> list[ModelPosition]:
    """Give how far the read models are, by partition; their lag is what the log's bounds have beyond."""
    with connection.cursor(row_factory=class_row(ModelPosition)) as cursor:
        return cursor.execute(load_sql("query/position.sql")).fetchall()


def load_outcomes(connection: psycopg.Connection) -> list[OutcomeCount]:
    """Give how many entries had which outcome, by partition and outcome."""
    with connection.cursor(row_factory=class_row(OutcomeCount)) as cursor:
        return cursor.execute(load_sql("query/outcome.sql")).fetchall()


def load_parked(connection: psycopg.Connection) -> list[ParkedEntity]:
    """Give the entities whose records are held, sorted."""
    with connection.cursor(row_factory=class_row(ParkedEntity)) as cursor:
        return cursor.execute(load_sql("query/parked.sql")).fetchall()


def load_dead_letters(connection: psycopg.Connection) -> list[DeadLetter]:
    """Give the records that could not be decoded, in journal order."""
    with connection.cursor(row_factory=class_row(DeadLetter)) as cursor:
        return cursor.execute(load_sql("query/dead_letter.sql")).fetchall()
