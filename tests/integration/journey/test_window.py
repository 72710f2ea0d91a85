"""The declared hour of `minute-for-life`, from receipts that nobody is known for."""

from typing import Final, NamedTuple

import psycopg

from tests.integration.made_receipt import make_receipt, send_receipts
from tests.integration.reported import load_causes, load_pairs, load_parties, load_points
from tests.integration.site import FreshSite
from tests.journey_oracle import POINTS, USD, CauseKey, PartyKey

_NEW_YORK: Final = "America/New_York"
_EFFECTS: Final = """
SELECT receipt_number, amount FROM reporting.receipt_effect
WHERE campaign_id = 'minute-for-life' AND unit = 'USD' AND member_id IS NULL
"""


class _Case(NamedTuple):
    at: str
    #: Of the store.
    zone: str
    is_inside: bool


#: Receipt number → when and where. In winter New York is five hours behind UTC, in summer four.
_CASES: Final = {
    "a-millisecond-before": _Case("2017-03-01T21:59:59.999Z", _NEW_YORK, is_inside=False),
    "at-the-start": _Case("2017-03-01T22:00:00Z", _NEW_YORK, is_inside=True),
    "in-the-middle": _Case("2017-03-01T22:30:00Z", _NEW_YORK, is_inside=True),
    "the-last-millisecond": _Case("2017-03-01T22:59:59.999Z", _NEW_YORK, is_inside=True),
    "at-the-end": _Case("2017-03-01T23:00:00Z", _NEW_YORK, is_inside=False),
    "before-the-start-in-summer": _Case("2017-04-01T20:59:59.999Z", _NEW_YORK, is_inside=False),
    "at-the-start-in-summer": _Case("2017-04-01T21:00:00Z", _NEW_YORK, is_inside=True),
    "at-the-end-in-summer": _Case("2017-04-01T22:00:00Z", _NEW_YORK, is_inside=False),
    "on-the-last-of-the-month": _Case("2017-04-30T21:30:00Z", _NEW_YORK, is_inside=False),
    "on-the-second": _Case("2017-05-02T21:30:00Z", _NEW_YORK, is_inside=False),
    # The hour is one for the chain, in the zone that the campaign names: here it is 16:30, and already the 2nd.
    "half-past-four-in-chicago": _Case("2017-05-01T21:30:00Z", "America/Chicago", is_inside=True),
    "the-morning-after-in-tokyo": _Case("2017-05-01T21:30:00Z", "Asia/Tokyo", is_inside=True),
    # 17:30 on the 1st by the till's clock, 20:30 by the chain's.
    "half-past-five-in-los-angeles": _Case("2017-05-02T00:30:00Z", "America/Los_Angeles", is_inside=False),
}


def test_the_hour_is_the_chains_and_its_end_is_excluded(fresh_site: FreshSite) -> None:
    """All revenue in it goes to the cause, and none besides; nobody gets points."""
    # Powers of two, so that the total tells which ones are in it.
    cents = {number: 2**place for place, number in enumerate(_CASES)}
    inside = {number: cents[number] for number, case in _CASES.items() if case.is_inside}
    receipts = [
        make_receipt(number, None, cents[number], at=case.at, zone=case.zone) for number, case in _CASES.items()
    ]
    with fresh_site() as site:
        send_receipts(site, receipts)
        site.await_rest()
        with psycopg.connect(site.database_url) as connection:
            assert load_pairs(connection, _EFFECTS) == inside
            causes, parties = load_causes(connection), load_parties(connection)
            assert load_points(connection) == {}
    total = sum(inside.values())
    # Each receipt has a pizza, too.
    assert causes == {
        CauseKey("minute-for-life", "life-line", USD): total,
        CauseKey("pizza-for-the-forest", "forest-animals", POINTS): 50 * len(_CASES),
    }
    assert parties[PartyKey("retailer", "minute-for-life", "money_owed", USD)] == -total
