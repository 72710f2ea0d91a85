"""A worker that is stopped with all its connections open, and wakes up when another has its partitions."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg

from services.ingest.feed import FeedRecord
from tests.integration.books import assert_sound
from tests.integration.feeding import Feeding
from tests.integration.site import FreshSite, Site
from tests.journey_oracle import Journey
from tests.waiting import wait_until

_LIMIT_S = 60.0
_LOCK_HEADS = """
SELECT head.* FROM eventlog.head INNER JOIN eventlog.topic ON topic.id = head.topic_id
WHERE topic.name = 'engine.journal.v1' FOR UPDATE OF head
"""
_IS_BLOCKED = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def _in_flight(port: int) -> int:
    """Give how many entries the worker has decided that are not known accepted, as it tells whoever monitors it."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            report = json.load(answer)
    except urllib.error.HTTPError as error:
        # Not ready, and says why; closed like an answer.
        with error:
            report = json.load(error)
    return sum(partition["in_flight"] for partition in report.get("partitions", ()))


@contextmanager
def _held_up(site: Site) -> Iterator[None]:
    """Have the journal's writer wait with what it has in hand, so that what it is given meanwhile piles up behind."""
    with closing(psycopg.connect(site.database_url)) as holder, closing(psycopg.connect(site.database_url)) as viewer:
        viewer.autocommit = True
        holder.execute(_LOCK_HEADS)
        wait_until(lambda: viewer.execute(_IS_BLOCKED).fetchall(), limit_s=_LIMIT_S, what="the writer waits")
        yield


def test_a_stopped_worker_gives_way_and_its_late_writes_count_nothing(
    fresh_site: FreshSite, feed: list[FeedRecord], journey: Journey
) -> None:
    """Its lease ends, another goes on; awake again it writes what it had decided, and everybody skips it."""
    port = _free_port()
    with fresh_site() as site:
        # The worker's port is the setting and one.
        one = site.start("worker", monitor_port=port - 1)
        site.start("relay")
        site.start("projector")
        begin = site.journal_end()
        with Feeding(site, feed, lead=6_000) as feeding:
            site.await_journal(begin + 2_000)
            with _held_up(site):
                before = _in_flight(port)
                wait_until(
                    lambda: _in_flight(port) > before + 100, limit_s=_LIMIT_S, what="entries wait behind the writer"
                )
                one.pause()
            # What the writer had in hand is taken now, what waited behind it is not: that is in the stopped process.
            two = site.start("worker", "two")
            stopped_at = site.journal_end()
            site.await_journal(stopped_at + 3_000)
            assert feeding.is_running, "the feed was over before the worker woke up"
            one.wake()
            site.await_journal(site.journal_end() + 1_000)
            assert feeding.is_running, "the feed was over before both workers worked"
        found = assert_sound(site, journey)
        assert one.is_running()
        assert two.is_running()
    assert found["verdicts"]["stale_writer"] > 0
