"""Producers that send again: the whole feed twice, and a few records with another body."""

import psycopg
from msgspec.structs import replace

from schemas.codec import decode_event, encode_event
from schemas.record.receipt import ReceiptRecorded
from services.ingest.feed import FeedRecord
from services.ingest.feeder import Feeder
from tests.integration.books import assert_sound
from tests.integration.feeding import Feeding
from tests.integration.reported import load_pairs
from tests.integration.site import PARTITIONS, FreshSite
from tests.journey_oracle import Journey

_REFUSALS = "SELECT reason, count(*) FROM read_model.rejection GROUP BY reason"


def _change(record: FeedRecord) -> FeedRecord:
    """Give a receipt with a cent more on its first line, and so in its total."""
    receipt = decode_event(record.value).event
    assert isinstance(receipt, ReceiptRecorded)
    first, *rest = receipt.lines
    lines = [replace(first, amount_minor=first.amount_minor + 1), *rest]
    changed = replace(receipt, lines=lines, total_minor=receipt.total_minor + 1)
    return record._replace(value=encode_event(changed))


def test_a_feed_sent_twice_and_partly_changed(fresh_site: FreshSite, feed: list[FeedRecord], journey: Journey) -> None:
    """A repeat has no effect, another body under the same key is refused; what was first stands."""
    receipts = [record for record in feed if record.topic == "sales.receipt.recorded.v1"]
    changed = [_change(record) for record in receipts[:1_000:40]]
    with fresh_site() as site:
        site.start_all()
        begin = site.journal_end()
        with Feeding(site, feed) as first:
            site.await_journal(begin + 8_000)
            with Feeding(site, feed), site.log.writer() as writer:
                Feeder(writer=writer, partition_count=PARTITIONS).feed(changed)
                assert first.is_running, "the feed was over before it was repeated"
        found = assert_sound(site, journey)
        with psycopg.connect(site.database_url) as connection:
            refused = load_pairs(connection, _REFUSALS)
    assert refused == {"CONFLICTING_BODY": len(changed)} == {"CONFLICTING_BODY": 25}
    # Once decided, and once known; a code that is asked for anew while the first answer is on its way is pending again.
    outcomes = found["outcomes"]
    assert outcomes["REFUSED"] == len(changed)
    assert outcomes["DUPLICATE"] + outcomes["PENDING"] == len(feed) + 2_102
