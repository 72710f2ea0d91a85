"""The whole data through real processes, against a recomputation that knows nothing of the engine."""

from tests import journey_oracle
from tests.integration.reported import assert_totals
from tests.integration.site import FreshSite


def test_every_view_holds_what_the_data_gives(fresh_site: FreshSite) -> None:
    """All 155,848 baskets, by the commands that the README shows; every member, cause, party and segment, exactly."""
    with fresh_site() as site:
        ingested = site.run("ingest", "journey")
        assert ingested["topics"]["sales.receipt.recorded.v1"] == 155_848
        site.await_rest()
        site.run("segment", "compute")
        site.await_rest()
        assert_totals(site.database_url, journey_oracle.take(journey_oracle.load_tables()))
        lag = site.run("doctor", "lag")
        assert lag["outcomes"].keys() == {"DECIDED", "PENDING"}
