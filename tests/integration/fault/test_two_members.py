"""One receipt that comes under two owners, in every order in which it can come."""

from datetime import UTC, datetime

import psycopg

from schemas.business_time import instant_ms, local_date
from schemas.record.receipt import ReceiptLine, ReceiptRecorded
from services.ingest.feeder import Feeder
from services.ingest.journey import encode_journey_event
from tests.integration.books import assert_clean
from tests.integration.reported import load_causes, load_effects, load_pairs, load_points
from tests.integration.site import PARTITIONS, FreshSite, Site
from tests.journey_oracle import POINTS, CauseKey

_ZONE = "America/New_York"
_ANNA, _BORIS = "anna", "boris"
_STANDING = "SELECT receipt_number, owner_id FROM read_model.receipt WHERE status = 'RECORDED'"
_LOST = "SELECT receipt_number, owner_id FROM read_model.receipt WHERE status = 'CONFLICTED'"


def _receipt(number: str, member_id: str | None, dollars: int) -> ReceiptRecorded:
    """A receipt over one frozen pizza."""
    at_ms = instant_ms(datetime(2017, 3, 15, 16, tzinfo=UTC))
    pizza = ReceiptLine(sku="1", quantity_milli=1_000, amount_minor=100 * dollars, category="FROZEN PIZZA")
    return ReceiptRecorded(
        tenant="journey",
        programme="journey",
        store_id="s1",
        till_id="1",
        receipt_number=number,
        business_date=local_date(at_ms, _ZONE),
        occurred_at_ms=at_ms,
        zone=_ZONE,
        member_id=member_id,
        currency="USD",
        total_minor=100 * dollars,
        lines=[pizza],
    )


def _send(site: Site, *receipts: ReceiptRecorded) -> None:
    with site.log.writer() as writer:
        Feeder(writer=writer, partition_count=PARTITIONS).feed([encode_journey_event(one) for one in receipts])


def test_a_receipt_earns_once(fresh_site: FreshSite) -> None:
    """Who comes first keeps it, but for nobody, who yields to somebody; all else is taken back, the causes' too."""
    with fresh_site() as site:
        site.start_all()
        _send(site, _receipt("1", _ANNA, 1), _receipt("2", _BORIS, 2))
        _send(site, _receipt("3", None, 4), _receipt("4", _ANNA, 8))
        site.await_rest()
        _send(site, _receipt("1", _BORIS, 1), _receipt("2", _ANNA, 2))
        _send(site, _receipt("3", _BORIS, 4), _receipt("4", None, 8))
        # Both at once, so that no look of the projector lies between them; the one that is sent first stands.
        _send(site, _receipt("5", _BORIS, 16), _receipt("6", _ANNA, 32), _receipt("7", None, 64))
        _send(site, _receipt("5", _ANNA, 16), _receipt("6", _BORIS, 32), _receipt("7", _ANNA, 64))
        site.await_rest()
        with psycopg.connect(site.database_url) as connection:
            standing = load_pairs(connection, _STANDING)
            lost = load_pairs(connection, _LOST)
            assert load_points(connection) == {_ANNA: 1 + 8 + 32 + 64, _BORIS: 2 + 4 + 16}
            assert load_causes(connection) == {CauseKey("pizza-for-the-forest", "forest-animals", POINTS): 7 * 50}
            assert load_effects(connection) == {("base", POINTS): 127, ("pizza-for-the-forest", POINTS): 7 * 50}
        assert_clean(site)
    assert standing == {"1": _ANNA, "2": _BORIS, "3": _BORIS, "4": _ANNA, "5": _BORIS, "6": _ANNA, "7": _ANNA}
    nobody = {number: f"s1/1/{number}/2017-03-15" for number in "347"}
    assert lost == {"1": _BORIS, "2": _ANNA, "5": _ANNA, "6": _BORIS, **nobody}
