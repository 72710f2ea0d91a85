"""What the log in PostgreSQL promises when sessions break and the server goes away."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest

from eventlog.port import BrokenLogError, Delivery, Reader, StoredRecord, TopicPartition, TopicSettings, Writer
from eventlog.postgres.log import PostgresLog
from services.embedded.postgres import EmbeddedPostgres
from tests.contract.eventlog.drive import (
    LIMIT_MS,
    LIMIT_S,
    offsets,
    only_records,
    read_to_end,
    read_until,
    records,
    values,
    write,
)
from tests.postgres import embedded_versions, require_binaries, short_state_dir
from tests.waiting import wait_until

PLACES = [TopicPartition("test.v1", partition) for partition in range(3)]

#: Sessions that wait for the lock of a head, by their process ids.
_BLOCKED = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture(params=embedded_versions())
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, to be stopped by it."""
    with short_state_dir() as folder:
        binaries = require_binaries(folder, request.param)
        with EmbeddedPostgres(folder, binaries=binaries, is_durable=False) as server:
            yield server


@contextmanager
def opened(url: str) -> Iterator[PostgresLog]:
    """The log of a database, with the topic of these tests."""
    with PostgresLog(url, group_interval_ms=0) as log:
        log.create_topics([TopicSettings(name="test.v1", partitions=len(PLACES))])
        yield log


@contextmanager
def locked_head(url: str, place: TopicPartition) -> Iterator[None]:
    """Have the partition's head locked by a session that appends nothing, so that writers wait."""
    with closing(psycopg.connect(url)) as connection:
        connection.execute("SELECT * FROM eventlog.head WHERE partition = %s FOR UPDATE", [place.partition])
        yield


def await_blocked(url: str, *, count: int = 1) -> int:
    """Wait until so many sessions wait for a lock, and give the process id of one."""

    def see_blocked(connection: psycopg.Connection) -> list[tuple[int]]:
        rows = connection.execute(_BLOCKED).fetchall()
        return rows if len(rows) >= count else []

    with psycopg.connect(url, autocommit=True) as connection:
        rows = wait_until(lambda: see_blocked(connection), limit_s=LIMIT_S, what=f"{count} writers wait")
    return int(rows[0][0])


def end_session(url: str, pid: int) -> None:
    """End a session, and wait until it is gone."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        wait_until(
            lambda: not connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [pid]).fetchall(),
            limit_s=LIMIT_S,
            what="the session has ended",
        )


def test_a_broken_write_fails_what_is_behind_it_and_nothing_else(newest_database_url: str) -> None:
    """The batch and what waits in its partition fail, not for good; other partitions and later records stand."""
    url = newest_database_url
    with opened(url) as log, log.writer() as writer, log.reader() as reader:
        with locked_head(url, PLACES[0]):
            writer.send(*PLACES[0], records("in the transaction"), first_tag=1)
            pid = await_blocked(url)
            writer.send(*PLACES[0], records("behind it"), first_tag=2)
            writer.send(*PLACES[1], records("elsewhere"), first_tag=3)
            end_session(url, pid)
            found = [*writer.poll(wait_ms=LIMIT_MS)]
            writer.send(*PLACES[0], records("later"), first_tag=4)
        found += writer.flush(limit_ms=LIMIT_MS)
        assert {one.tag: one.error is None for one in found} == {1: False, 2: False, 3: True, 4: True}
        assert not any(one.error.is_permanent for one in found if one.error)
        reader.assign(dict.fromkeys(PLACES, 0))
        assert sorted(values(read_to_end(reader, *PLACES))) == ["elsewhere", "later"]


def test_a_batch_over_several_partitions_fails_as_one(newest_database_url: str) -> None:
    """None of its partitions has a part of it."""
    url = newest_database_url
    with opened(url) as log, log.writer() as writer:
        with locked_head(url, PLACES[2]):
            writer.send(*PLACES[2], records("first"), first_tag=1)
            await_blocked(url)
            for place in PLACES:
                writer.send(*place, records("a", "b"), first_tag=2)
        offsets(writer.flush(limit_ms=LIMIT_MS))
        with locked_head(url, PLACES[2]):
            writer.send(*PLACES[2], records("second"), first_tag=1)
            pid = await_blocked(url)
            for place in PLACES[:2]:
                writer.send(*place, records("c"), first_tag=2)
            end_session(url, pid)
        outcomes = {(one.partition, one.error is None) for one in writer.flush(limit_ms=LIMIT_MS)}
        assert outcomes == {(0, True), (1, True), (2, False)}
        assert [bounds.next for bounds in log.bounds(PLACES).values()] == [3, 3, 3]


def _plug(url: str, writer: Writer, plugged: TopicPartition, then: list[TopicPartition]) -> None:
    """Have the writer take `then` into one batch, in this order: they wait until the plugged partition is free."""
    with locked_head(url, plugged):
        writer.send(*plugged, records("plug"), first_tag=1)
        await_blocked(url)
        for place in then:
            writer.send(*place, records("a"), first_tag=2)


def test_writers_lock_partitions_in_one_order(newest_database_url: str) -> None:
    """Two that were given them in opposite orders wait for each other in turn, and not in a circle."""
    url = newest_database_url
    zero, one, plugged = PLACES
    with opened(url) as log, log.writer() as first, log.writer() as second:
        with locked_head(url, zero):
            _plug(url, first, plugged, [zero, one])
            await_blocked(url)
            _plug(url, second, plugged, [one, zero])
            await_blocked(url, count=2)
        offsets(first.flush(limit_ms=LIMIT_MS))
        offsets(second.flush(limit_ms=LIMIT_MS))


def test_closing_does_not_wait_for_a_lock(newest_database_url: str) -> None:
    """A transaction that hangs is cancelled, and leaves nothing behind."""
    url = newest_database_url
    with opened(url) as log:
        with locked_head(url, PLACES[0]), log.writer() as writer:
            writer.send(*PLACES[0], records("given up"), first_tag=1)
            await_blocked(url)
            ending = threading.Thread(target=writer.close)
            ending.start()
            ending.join(LIMIT_S)
            assert not ending.is_alive()
            with pytest.raises(BrokenLogError):
                writer.send(*PLACES[0], records("too late"), first_tag=2)
        assert log.bounds(PLACES[:1])[PLACES[0]].next == 0


def test_a_restart_while_nothing_is_written_fails_nothing(server: EmbeddedPostgres) -> None:
    """The writer sees that its session is gone before it uses it; reader and log open another one."""
    with opened(server.url()) as log, log.writer() as writer, log.reader() as reader:
        reader.assign({PLACES[0]: 0})
        offsets(write(writer, PLACES[0], records("before")))
        assert values(read_to_end(reader, PLACES[0])) == ["before"]
        server.stop_immediate()
        with pytest.raises(BrokenLogError):
            reader.poll(limit=1, wait_ms=LIMIT_MS)
        with pytest.raises(BrokenLogError):
            log.partition_counts()
        server.start()
        offsets(write(writer, PLACES[0], records("after")))
        assert values(read_until(reader, lambda items: bool(only_records(items)))) == ["after"]
        assert log.partition_counts() == {"test.v1": 3}


def test_a_short_outage_keeps_what_was_not_begun(server: EmbeddedPostgres) -> None:
    """Records that are sent while the server is away wait for it."""
    with opened(server.url()) as log, log.writer() as writer:
        offsets(write(writer, PLACES[0], records("before")))
        server.stop_immediate()
        writer.send(*PLACES[0], records("meanwhile"), first_tag=1)
        with pytest.raises(BrokenLogError):
            writer.flush(limit_ms=50)
        server.start()
        offsets(writer.flush(limit_ms=LIMIT_MS))


def test_a_group_loses_everything_with_the_server_and_comes_back(server: EmbeddedPostgres) -> None:
    """The member hears it by its next poll, is quiet while the server is away, and is a member again after that."""
    with opened(server.url()) as log, log.group("g", instance="a", partition_count=2) as group:
        assert group.poll().assigned == {0, 1}
        server.stop_immediate()
        assert group.poll().revoked == {0, 1}
        assert group.poll() == group.poll()
        group.release([0, 1])
        server.start()
        assert wait_until(lambda: group.poll().assigned, limit_s=LIMIT_S, what="it is assigned") == {0, 1}


class _Sender:
    """Sends numbered records to two partitions and keeps what became of them."""

    def __init__(self, writer: Writer) -> None:
        self.deliveries: dict[int, Delivery] = {}
        self.sent = 0
        self._writer = writer

    def send(self, count: int) -> None:
        for _ in range(count):
            self.sent += 1
            self._writer.send(*PLACES[self.sent % 2], records(f"{self.sent:06}"), first_tag=self.sent)
        self.take(self._writer.poll(wait_ms=0))

    def flush(self) -> int:
        """Wait for what was sent; give how many of it failed."""
        before = len(self.failed())
        self.take(self._writer.flush(limit_ms=LIMIT_MS))
        return len(self.failed()) - before

    def take(self, deliveries: object) -> None:
        assert isinstance(deliveries, list)
        for one in deliveries:
            assert one.tag not in self.deliveries, "delivered twice"
            self.deliveries[one.tag] = one

    def failed(self) -> list[Delivery]:
        return [one for one in self.deliveries.values() if one.error is not None]


def _read_some(reader: Reader, found: list[StoredRecord]) -> None:
    with suppress(BrokenLogError):
        found += only_records(reader.poll(limit=700, wait_ms=0))


def test_a_server_stopped_while_writing_never_doubles_or_reorders(server: EmbeddedPostgres) -> None:
    """Each record either stands once, or was reported failed (and may stand once); readers go on without a gap."""
    with opened(server.url()) as log, log.writer() as writer, log.reader() as reader, log.reader() as fresh:
        sender = _Sender(writer)
        followed: list[StoredRecord] = []
        reader.assign(dict.fromkeys(PLACES[:2], 0))
        for is_certain_to_fail in (True, False, False, False):
            sender.send(200)
            assert sender.flush() == 0
            _read_some(reader, followed)
            if is_certain_to_fail:
                with locked_head(server.url(), PLACES[0]):
                    sender.send(500)
                    await_blocked(server.url())
                    server.stop_immediate()
            else:
                sender.send(5_000)
                server.stop_immediate()
            sender.send(100)
            _read_some(reader, followed)
            server.start()
            sender.flush()
        assert sender.failed()
        fresh.assign(dict.fromkeys(PLACES[:2], 0))
        stood = read_to_end(fresh, *PLACES[:2])
        followed += read_to_end(reader, *PLACES[:2])
    assert sorted(sender.deliveries) == list(range(1, sender.sent + 1))
    for place in PLACES[:2]:
        tags = [int(value) for value in values(stood, place)]
        assert tags == sorted(set(tags)), "reordered or doubled"
        assert values(followed, place) == values(stood, place)
    offset_of = {int((one.value or b"").decode()): one.offset for one in stood}
    for tag, delivery in sender.deliveries.items():
        if delivery.error is None:
            assert offset_of[tag] == delivery.offset
        else:
            assert not delivery.error.is_permanent
