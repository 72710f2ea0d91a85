"""The log in PostgreSQL: its topics and bounds, and the opening of readers, writers and memberships.

Offsets have no gaps: an append takes the row lock of the partition's head, and holds it until it is
committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from eventlog.port import BrokenLogError, Log, PartitionBounds, TopicPartition, TopicSettings
from eventlog.postgres.group import PostgresGroup
from eventlog.postgres.reader import PostgresReader
from eventlog.postgres.session import BROKEN_ERRORS, Session, Sessions, close_session
from eventlog.postgres.statement import load_statement
from eventlog.postgres.writer import PostgresWriter

__all__ = ["GROUP_LEASE_MS", "PostgresLog"]

#: Above the longest that a working process goes without a poll, which is while something else is broken: 10 s for a
#: schema registry that does not answer, and then 5 s until the next attempt.
GROUP_LEASE_MS = 20_000

#: Records that one statement deletes: some tens of milliseconds of work, so that nothing else waits long for
#: it.
_DELETE_LIMIT = 5_000


class PostgresLog(Log):
    """A log in one schema of a PostgreSQL database. Nothing is opened before it is needed.

    Args:
        url: the database, `postgresql://…`.
        schema: where the log's tables are; several logs in one database have one each.
        group_interval_ms: how often a member of a group looks at the others; between that, its `poll` is
        free.
        group_lease_ms: a member of a group that does not poll for so long (its process was stopped, or hangs)
        loses its partitions.
    """

    def __init__(
        self, url: str, *, schema: str = "eventlog", group_interval_ms: int = 200, group_lease_ms: int = GROUP_LEASE_MS
    ) -> None:
        self._sessions = Sessions(url, schema)
        self._group_interval_ms = group_interval_ms
        self._group_lease_ms = group_lease_ms
        self._session: Session | None = None

    def create_topics(self, topics: Iterable[TopicSettings]) -> None:
        """Create what is missing; a setting is refused with a `ValueError`, PostgreSQL has none."""
        for topic in topics:
            if topic.settings:
                raise ValueError(f"topic {topic.name}: PostgreSQL knows no setting {min(topic.settings)!r}")
            with self._working_session() as session:
                session.execute(
                    load_statement("create_topic"),
                    {
                        "name": topic.name,
                        "partition_count": topic.partitions,
                        "is_kept_for_ever": topic.is_kept_for_ever,
                    },
                )

    def partition_counts(self) -> Mapping[str, int]:
        """Give each topic's number of partitions."""
        with self._working_session() as session:
            return dict(session.execute(load_statement("list_topics")).fetchall())

    def bounds(self, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, PartitionBounds]:
        """Give what each partition holds now."""
        wanted = list(partitions)
        found: dict[TopicPartition, PartitionBounds] = {}
        with self._working_session() as session:
            rows = session.execute(
                load_statement("see_bounds"),
                {
                    "topics": [place.topic for place in wanted],
                    "partitions": [place.partition for place in wanted],
                },
            )
            for number, first, following in rows:
                found[wanted[number - 1]] = PartitionBounds(first, following)
        for place in wanted:
            if place not in found:
                raise KeyError(place)
        return found

    def drop_before(self, partition: TopicPartition, offset: int) -> None:
        """Remove all records below `offset`."""
        place = {"topic": partition.topic, "partition": partition.partition}
        with self._working_session() as session:
            # 1. First the beginning moves, in a transaction of its own: deleting within it would keep the
            # head locked,
            #    and writers waiting. From here on no reader looks below it.
            moved = session.execute(load_statement("move_first"), {**place, "first_offset": offset}).fetchone()
            if moved is None:
                raise KeyError(partition)
            # 2. Then the records go. What a crash leaves behind, the next call deletes.
            limits = {**place, "record_limit": _DELETE_LIMIT}
            while session.execute(load_statement("delete_records"), limits).rowcount == _DELETE_LIMIT:
                pass

    def reader(self) -> PostgresReader:
        """Open a reader."""
        return PostgresReader(self._sessions)

    def writer(self) -> PostgresWriter:
        """Open a writer."""
        return PostgresWriter(self._sessions)

    def group(self, name: str, *, instance: str, partition_count: int) -> PostgresGroup:
        """Join a group; the place in it is taken with the first `poll`."""
        return PostgresGroup(
            self._sessions,
            (name, instance),
            partition_count=partition_count,
            interval_ms=self._group_interval_ms,
            lease_ms=self._group_lease_ms,
        )

    def close(self) -> None:
        """Close the log's own session."""
        close_session(self._session)
        self._session = None

    @contextmanager
    def _working_session(self) -> Iterator[Session]:
        """Lend the log's own session; one that broke is closed, and opened again for the next use."""
        if self._session is None:
            self._session = self._sessions.open()
        try:
            yield self._session
        except BROKEN_ERRORS as error:
            self.close()
            raise BrokenLogError(f"PostgreSQL cannot be reached: {error}") from error
