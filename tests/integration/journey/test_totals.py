"""The whole data through real processes, against a recomputation that knows nothing of the engine."""

from tests import journey_oracle
from tests.integration.books import assert_sound
from tests.integration.site import opened_site
from tests.postgres import short_state_dir


def test_every_view_holds_what_the_data_gives(newest_database_url: str) -> None:
    """All 155,848 baskets, by the commands that the README shows; every member, cause, party and segment, exactly."""
    journey = journey_oracle.take(journey_oracle.load_tables())
    with short_state_dir() as folder, opened_site(newest_database_url, folder) as site:
        site.run("topics", "apply")
        site.start_all()
        site.publish()
        ingested = site.run("ingest", "journey")
        assert ingested["topics"]["sales.receipt.recorded.v1"] == 155_848
        found = assert_sound(site, journey)
    assert found["input_count"] > ingested["records"]
    assert found["outcomes"].keys() == {"DECIDED", "PENDING"}
