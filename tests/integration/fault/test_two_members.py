"""One receipt that comes under two owners, in every order in which it can come."""

from typing import Final

import psycopg

from schemas.record.receipt import ReceiptRecorded
from tests.integration.books import assert_clean
from tests.integration.made_receipt import make_receipt, send_receipts
from tests.integration.reported import load_causes, load_effects, load_pairs, load_points
from tests.integration.site import FreshSite
from tests.journey_oracle import POINTS, CauseKey

_ANNA: Final = "anna"
_BORIS: Final = "boris"
#: Receipt → what it costs in dollars, so that every sum tells which ones are in it.
_DOLLARS: Final = {"1": 1, "2": 2, "3": 4, "4": 8, "5": 16, "6": 32, "7": 64}
_OWNERS: Final = "SELECT receipt_number, owner_id FROM read_model.receipt WHERE status = "


def _receipt(number: str, member_id: str | None) -> ReceiptRecorded:
    return make_receipt(number, member_id, 100 * _DOLLARS[number])


def test_a_receipt_earns_once(fresh_site: FreshSite) -> None:
    """Who comes first keeps it, but for nobody, who yields to somebody; all else is taken back, the causes' too."""
    with fresh_site() as site:
        site.start_all()
        send_receipts(site, [_receipt("1", _ANNA), _receipt("2", _BORIS), _receipt("3", None), _receipt("4", _ANNA)])
        site.await_rest()
        send_receipts(site, [_receipt("1", _BORIS), _receipt("2", _ANNA), _receipt("3", _BORIS), _receipt("4", None)])
        # Close upon each other, so that one batch may hold both; the one that is sent first stands.
        send_receipts(site, [_receipt("5", _BORIS), _receipt("6", _ANNA), _receipt("7", None)])
        send_receipts(site, [_receipt("5", _ANNA), _receipt("6", _BORIS), _receipt("7", _ANNA)])
        site.await_rest()
        with psycopg.connect(site.database_url) as connection:
            standing = load_pairs(connection, _OWNERS + "'RECORDED'")
            lost = load_pairs(connection, _OWNERS + "'CONFLICTED'")
            assert load_points(connection) == {_ANNA: 1 + 8 + 32 + 64, _BORIS: 2 + 4 + 16}
            assert load_causes(connection) == {CauseKey("pizza-for-the-forest", "forest-animals", POINTS): 7 * 50}
            assert load_effects(connection) == {("base", POINTS): 127, ("pizza-for-the-forest", POINTS): 7 * 50}
        assert_clean(site)
    assert standing == {"1": _ANNA, "2": _BORIS, "3": _BORIS, "4": _ANNA, "5": _BORIS, "6": _ANNA, "7": _ANNA}
    nobody = {number: f"s1/1/{number}/2017-03-15" for number in "347"}
    assert lost == {"1": _BORIS, "2": _ANNA, "5": _ANNA, "6": _BORIS, **nobody}
