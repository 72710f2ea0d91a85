"""The log in PostgreSQL passes the suite on each version of the server."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from eventlog.port import Log, TopicPartition, TopicSettings
from eventlog.postgres.log import PostgresLog
from eventlog.postgres.writer import RECORD_LIMIT_BYTES
from tests.contract.eventlog.drive import (
    LIMIT_MS,
    Member,
    ends,
    offsets,
    only_records,
    read_to_end,
    read_until,
    records,
    values,
    write,
)
from tests.contract.eventlog.group_contract import Crash
from tests.contract.eventlog.log_contract import LogContract

#: Appends a record to the first partition of a topic without a notification.
_APPEND_IN_SILENCE = """
WITH moved AS (
    UPDATE eventlog.head SET next_offset = head.next_offset + 1 FROM eventlog.topic
    WHERE topic.name = %s AND head.topic_id = topic.id AND head.partition = 0
    RETURNING head.*
)
INSERT INTO eventlog.record (topic_id, partition, record_offset, log_time, value)
SELECT topic_id, partition, next_offset - 1, last_log_time, 'silent' FROM moved
"""
_END_OWNERS = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = ANY(%s::oid[])"


class TestPostgresLog(LogContract):
    """The suite, on PostgreSQL."""

    too_large_bytes = RECORD_LIMIT_BYTES

    @pytest.fixture
    def log(self, database_url: str) -> Iterator[Log]:
        """A log in a database of its own, whose members look at each other without a pause."""
        with PostgresLog(database_url, group_interval_ms=0) as log:
            yield log

    @pytest.fixture
    def crash(self, database_url: str) -> Crash:
        """The member's session is cut."""

        def cut(member: Member) -> None:
            with psycopg.connect(database_url, autocommit=True) as connection:
                cut = connection.execute(_END_OWNERS, [sorted(member.owned)]).fetchall()
            assert cut, "the member has no session"

        return cut

    def test_offsets_have_no_holes(self, log: Log, places: list[TopicPartition]) -> None:
        """Two writers, all partitions, each beginning with another: no deadlock, and no offset is left out."""
        with log.writer() as one, log.writer() as two, log.reader() as reader:
            for number in range(200):
                for place in places:
                    one.send(*place, records("one"), first_tag=number)
                for place in reversed(places):
                    two.send(*place, records("two"), first_tag=number)
            offsets(one.flush(limit_ms=LIMIT_MS))
            offsets(two.flush(limit_ms=LIMIT_MS))
            reader.assign(dict.fromkeys(places, 0))
            stored = read_to_end(reader, *places)
        for place in places:
            assert [one.offset for one in stored if one.partition == place.partition] == list(range(400))

    def test_a_notification_wakes_the_reader_before_it_looks_by_itself(self, log: Log, place: TopicPartition) -> None:
        """Twenty records, each written when the last was read: by looking twice a second that would take ten."""
        with log.writer() as writer, log.reader() as reader:
            reader.assign({place: 0})
            read_to_end(reader, place)
            begun_s = time.monotonic()
            for _ in range(20):
                write(writer, place, records("a"))
                while not only_records(reader.poll(limit=1, wait_ms=LIMIT_MS)):
                    pass
            assert time.monotonic() - begun_s < 5

    def test_the_end_is_looked_for_again_before_it_is_told(
        self, log: Log, database_url: str, place: TopicPartition
    ) -> None:
        """What was written after the last fetch comes before the end, even if its notification is late or lost."""
        with log.writer() as writer, log.reader() as reader:
            write(writer, place, records("a", "b", "c"))
            reader.assign({place: 0})
            assert values(reader.poll(limit=1, wait_ms=0)) == ["a"]
            with psycopg.connect(database_url) as connection:
                connection.execute(_APPEND_IN_SILENCE, [place.topic])
            rest = reader.poll(limit=9, wait_ms=0)
            assert (values(rest), ends(rest)) == (["b", "c"], [])
            rest = reader.poll(limit=9, wait_ms=0)
            assert (values(rest), ends(rest)) == (["silent"], [place])

    def test_more_than_one_fetch_gives_comes_without_a_gap(self, log: Log, places: list[TopicPartition]) -> None:
        """Pieces are cut by number and by size; values of a megabyte come a few at a time."""
        small, large, *_ = places
        with log.writer() as writer, log.reader() as reader:
            write(writer, small, records(*(f"{number:04}" for number in range(2_500))))
            write(writer, large, records(*("x" * 700_000 + str(number) for number in range(5))))
            reader.assign({small: 0, large: 0})
            stored = read_to_end(reader, small, large)
        assert values(stored, small) == [f"{number:04}" for number in range(2_500)]
        assert [value[-1] for value in values(stored, large)] == list("01234")


def test_logs_in_two_schemas_do_not_know_each_other(newest_database_url: str) -> None:
    """The same topic in both, with a name that must be quoted: each holds its own records."""
    place = TopicPartition("test.v1", 0)
    for schema in ("eventlog", 'Second "log"'):
        with (
            PostgresLog(newest_database_url, schema=schema) as log,
            log.writer() as writer,
            log.reader() as reader,
        ):
            log.create_topics([TopicSettings(name=place.topic, partitions=1)])
            reader.assign({place: 0})
            read_to_end(reader, place)
            write(writer, place, records(schema))
            assert values(read_until(reader, lambda items: bool(only_records(items)))) == [schema]


def test_processes_that_open_an_empty_database_at_once_all_succeed(newest_database_url: str) -> None:
    """One of them makes the schema, the others find it."""
    seen: list[dict[str, int]] = []

    def open_and_create() -> None:
        with PostgresLog(newest_database_url) as log:
            log.create_topics([TopicSettings(name="test.v1", partitions=3)])
            seen.append(dict(log.partition_counts()))

    threads = [threading.Thread(target=open_and_create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [{"test.v1": 3}] * 6
