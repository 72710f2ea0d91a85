"""Several relays at once, some of which begin at the journal's start: they only repeat."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from eventlog.opening import open_log
from eventlog.position import START
from eventlog.relay import Relay
from services.ingest.feed import FeedRecord
from tests.integration.books import assert_sound
from tests.integration.feeding import Feeding
from tests.integration.site import PARTITIONS, FreshSite, Site
from tests.journey_oracle import Journey


@contextmanager
def _relay_of_everything(site: Site) -> Iterator[None]:
    """Relay every partition from its beginning to its end, in a thread: outside the group, which would not have it."""
    is_over = threading.Event()

    def run() -> None:
        with open_log(site.database_url) as log, Relay(log, dict.fromkeys(range(PARTITIONS), START)) as relay:
            while not (is_over.is_set() and relay.is_at_end()):
                relay.step(wait_ms=50)

    thread = threading.Thread(target=run, name="second-relay")
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_relays_that_repeat_each_other(fresh_site: FreshSite, feed: list[FeedRecord], journey: Journey) -> None:
    """Every message arrives at least twice and counts once; of two processes the new one begins at the start."""
    with fresh_site() as site:
        site.start_all()
        begin = site.journal_end()
        with _relay_of_everything(site):
            with Feeding(site, feed) as feeding:
                site.await_journal(begin + 8_000)
                # It has no position of its own, so of the partitions that it is given it repeats all.
                site.start("relay", "two")
                site.await_journal(begin + 12_000)
                assert feeding.is_running, "the feed was over before the second process relayed"
            site.await_rest()
        found = assert_sound(site, journey)
    # What leads to messages is all decided when the thread ends: it has sent each of them, and the processes too.
    assert found["outcomes"]["REPEATED_MESSAGE"] >= found["message_count"] > 4_204
    assert "MESSAGE_GAP" not in found["outcomes"]
