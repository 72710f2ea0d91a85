"""One receipt under two owners, both of whom return it: the ledger is the same in every order and every batch."""

from collections.abc import Iterator, Sequence
from itertools import count, permutations
from typing import Any, Final

import psycopg
import pytest

from eventlog.claim import Cluster
from eventlog.memory import MemoryLog
from eventlog.port import Record
from eventlog.position import START
from eventlog.relay import Relay
from processors.dispatch import address_of
from processors.rules.document import canonical_json
from processors.worker.loop import Worker, WorkerParts
from processors.worker.store import MemoryStore
from projections.connection import connect
from projections.migrate import migrate_schema
from projections.projector import Projector
from projections.session import ProjectorSettings
from projections.trial_balance import find_faults
from schemas.business_time import HOUR_MS
from schemas.codec import Event, decode_event, encode_event
from schemas.ids import entity_key
from schemas.partitioner import PARTITIONER, partition_of
from schemas.record.rule import CampaignPublished, ProgrammeChanged
from schemas.topic import INPUTS
from services.topology import apply_topics
from tests.unit.processors.engine import PUBLISHED_MS, TOPICS
from tests.unit.processors.made_document import campaign, per_money, programme
from tests.unit.schemas.made_record import NOON_MS, line, receipt, returned

_PARTITIONS: Final = 2
#: In different partitions, so that either may be read first.
_FIRST: Final = "anna"
_SECOND: Final = "carol"
_DOLLARS: Final = 5
_BOUGHT: Final = {
    member: receipt(line(100 * _DOLLARS), member_id=member, receipt_number="1") for member in (_FIRST, _SECOND)
}
#: What happens → its record, and when the log takes it: returns two hours later, after a cut-off of one.
_EVENTS: Final[dict[str, tuple[Event, int]]] = {
    "first recorded": (_BOUGHT[_FIRST], NOON_MS + 1),
    "second recorded": (_BOUGHT[_SECOND], NOON_MS + 2),
    "first returned": (returned(_BOUGHT[_FIRST], event_id="r1"), NOON_MS + 2 * HOUR_MS),
    "second returned": (returned(_BOUGHT[_SECOND], event_id="r2"), NOON_MS + 2 * HOUR_MS),
}
#: (kind, owner, subaccount, unit) → sum over partitions; and owner → status of the receipt.
_Outcome = tuple[dict[tuple[str, str, str, str], int], dict[str, str]]
_SCHEMA_NUMBERS: Final = count()
#: Whether it is projected after each event but the last, after which it always is: one big batch, a batch for each
#: event, and one in which a return comes apart from its receipt and together with the other owner.
_CUTS: Final = ((False, False, False), (True, True, True), (True, False, False))


class _World:
    """A memory log with a worker, a relay and a projector, driven by hand; its time is the next record's."""

    def __init__(self, database_url: str, cutoff_hours: int | str) -> None:
        self.now_ms = PUBLISHED_MS
        self.schema = f"order_{next(_SCHEMA_NUMBERS)}"
        with connect(database_url, self.schema) as connection, connection.transaction():
            migrate_schema(connection, self.schema)
        self._log = MemoryLog(clock=lambda: self.now_ms)
        apply_topics(self._log, _PARTITIONS)
        topics = tuple(topic.name for topic in INPUTS)
        parts = WorkerParts(
            log=self._log,
            cluster=Cluster(partition_count=_PARTITIONS, partitioner=PARTITIONER, topics=topics),
            instance="order",
            open_store=lambda _: MemoryStore(),
            resolver=None,
            now_ms=lambda: self.now_ms,
            make_writer_id=lambda: bytes(range(16)),
            draw=lambda _: 0,
        )
        self._worker = Worker(parts)
        self._relay = Relay(self._log, dict.fromkeys(range(_PARTITIONS), START))
        self._projector = Projector(self._log, database_url, ProjectorSettings(schema=self.schema))
        for document in _documents(cutoff_hours):
            self.send(document, PUBLISHED_MS)
        self.settle()

    def send(self, event: Event, log_time_ms: int) -> None:
        self.now_ms = log_time_ms
        value = encode_event(event)
        address = address_of(event, 0)
        key = entity_key(address.tenant, address.entity_id)
        topic = TOPICS[decode_event(value).schema]
        self._log.append(topic, partition_of(key, _PARTITIONS), Record(key=key, value=value))

    def settle(self) -> None:
        while True:
            moved = self._worker.step(wait_ms=0) + self._relay.step(wait_ms=0)
            if not moved and self._worker.is_idle() and self._relay.is_at_end():
                return

    def project(self) -> None:
        """Project what is decided, and what the findings come to."""
        while self._projector.catch_up():
            self.settle()

    def close(self) -> None:
        for part in (self._projector, self._relay, self._worker):
            part.close()


def _documents(cutoff_hours: int | str) -> Iterator[Event]:
    settings = programme()
    revenue = {
        "effect": "cause_revenue",
        "beneficiary": "forest",
        "cutoff_hours": cutoff_hours,
        "when": {
            "window": {"days_of_month": [15], "from": "11:00:00", "until": "13:00:00", "zone": "America/New_York"}
        },
    }
    told: dict[str, Any] = {
        "tenant": "journey",
        "programme": "journey",
        "version": 1,
        "published_at_ms": PUBLISHED_MS,
    }
    yield ProgrammeChanged(document=canonical_json(settings), **told)
    for campaign_id, rule in (("base", per_money()), ("gift", revenue)):
        document = canonical_json(campaign(campaign_id, rule))
        yield CampaignPublished(campaign_id=campaign_id, document=document, **told)


def _run(database_url: str, order: Sequence[str], cuts: Sequence[bool], cutoff_hours: int | str) -> _Outcome:
    """Let events happen in an order, projecting after those where a cut is, and give what it came to."""
    world = _World(database_url, cutoff_hours)
    try:
        for name, is_cut in zip(order, (*cuts, True), strict=True):
            world.send(*_EVENTS[name])
            world.settle()
            if is_cut:
                world.project()
        assert find_faults(database_url, world.schema).faults == []
        with connect(database_url, world.schema) as connection:
            balances = connection.execute(
                "SELECT kind, owner, subaccount, unit, sum(amount_minor)::bigint FROM account "
                "GROUP BY kind, owner, subaccount, unit HAVING sum(amount_minor) <> 0"
            )
            sums = {(kind, owner, subaccount, unit): amount for kind, owner, subaccount, unit, amount in balances}
            return sums, dict(connection.execute("SELECT owner_id, status FROM receipt").fetchall())
    finally:
        world.close()
        with psycopg.connect(database_url) as connection:
            connection.execute(f"DROP SCHEMA {world.schema} CASCADE".encode())


@pytest.mark.parametrize("order", list(permutations(_EVENTS)), ids=", ".join)
@pytest.mark.parametrize("cutoff_hours", [1, "none"])
def test_the_ledger_is_the_same_in_every_order_and_batch(
    model_url: str, order: tuple[str, ...], cutoff_hours: int | str
) -> None:
    """The first keeps what a return may not take back, the second nothing; a return before its receipt is refused."""
    is_returned = order.index("first returned") > order.index("first recorded")
    expected: dict[tuple[str, str, str, str], int] = {}
    if not is_returned or cutoff_hours != "none":
        expected |= {
            ("campaign", "1", "money_owed", "USD"): -100 * _DOLLARS,
            ("cause", "forest", "accrued", "USD"): 100 * _DOLLARS,
        }
    if not is_returned:
        expected |= {
            ("campaign", "1", "points_funded", "POINT:journey"): -_DOLLARS,
            ("member", _FIRST, "available", "POINT:journey"): _DOLLARS,
        }
    statuses = {_FIRST: "RETURNED" if is_returned else "RECORDED", _SECOND: "CONFLICTED"}
    for cuts in _CUTS:
        assert _run(model_url, order, cuts, cutoff_hours) == (expected, statuses), cuts


def test_the_two_owners_are_in_different_partitions() -> None:
    """Else no order but one would be tried."""
    partitions = {partition_of(entity_key("journey", member), _PARTITIONS) for member in (_FIRST, _SECOND)}
    assert len(partitions) == 2
