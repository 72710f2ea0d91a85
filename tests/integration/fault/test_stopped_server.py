"""PostgreSQL, which holds log and read models, stopped in mode immediate under everything, and started again."""

from random import Random

import pytest

from services.embedded.postgres import EmbeddedPostgres
from services.ingest.feed import FeedRecord
from tests.integration.books import assert_sound
from tests.integration.feeding import Feeding
from tests.integration.site import FreshSite
from tests.journey_oracle import Journey


@pytest.mark.parametrize("seed", [20_170_103])
def test_a_server_stopped_five_times(
    server: EmbeddedPostgres, fresh_site: FreshSite, feed: list[FeedRecord], journey: Journey, seed: int
) -> None:
    """Worker, relay and projector wait and go on; not one of them has to be started again."""
    with fresh_site() as site:
        programs = site.start_all()
        begin = site.journal_end()
        with Feeding(site, feed) as feeding:
            for moment in sorted(Random(seed).sample(range(500, len(feed) - 2_500), 5)):
                site.await_journal(begin + moment)
                assert feeding.is_running, "the feed was over before the last fault"
                server.stop_immediate()
                server.start()
        assert_sound(site, journey)
        assert all(program.is_running() for program in programs)
