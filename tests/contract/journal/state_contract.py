"""What is due is decided by ticks, and a state restored from anywhere is the same state."""

from __future__ import annotations

from pathlib import Path

import msgspec

from processors.worker.store import MemoryStore, RocksStore, Store
from schemas.business_time import DAY_MS
from schemas.entry import Outcome
from tests.contract.journal.shop import CAMPAIGNS, PROGRAMMES, RECEIPTS, SHOP, campaign, programme, receipt
from tests.contract.journal.site import Decided, Site, WorkerSite, parts_of

__all__ = ["StateContract"]

_MEMBER_KEYS = f"k/{SHOP}/member/"
_UNIT = f"POINT:{SHOP}"
_LIMITED = {
    "effect": "points_fixed",
    "on": "receipt",
    "points": 10,
    "active_after_days": 2,
    "expires_after_days": 5,
}


def _open_shop(site: Site, stores: dict[int, Store] | None = None) -> WorkerSite:
    worker = site.start_worker(stores=stores)
    site.start_relay()
    site.send(PROGRAMMES, SHOP, programme(horizon_days=8))
    site.send(CAMPAIGNS, "limited", campaign("limited", _LIMITED))
    site.settle()
    return worker


def _points(worker: WorkerSite) -> tuple[int, int]:
    balance = worker.stores[0].get(f"m/{SHOP}/m1").points[_UNIT]
    return balance.pending_minor, balance.available_minor


def _ticks(site: Site) -> list[Decided]:
    return [decided for decided in site.entries() if decided.entry.outcome == Outcome.TICKED.value]


class StateContract:
    """The passing of time, and restoring."""

    def test_what_is_due_is_decided_when_nobody_buys(self, site: Site) -> None:
        """Points become available, expire, and the receipt's key is forgotten, each by a tick without a source."""
        worker = _open_shop(site)
        event = receipt(1)
        site.send(RECEIPTS, "m1", event)
        site.settle()
        assert _points(worker) == (10, 0)
        site.ahead_ms = 2 * DAY_MS + 1_000
        site.drive_until(lambda: _points(worker) == (0, 10), "the points are available")
        site.ahead_ms = 7 * DAY_MS
        site.drive_until(lambda: _points(worker) == (0, 0), "the points have expired")
        assert worker.stores[0].get(f"a/{SHOP}/programme//{SHOP}/expired/{_UNIT}") == 10
        assert worker.stores[0].scan(_MEMBER_KEYS, 10)
        site.ahead_ms = 10 * DAY_MS
        site.drive_until(lambda: not worker.stores[0].scan(_MEMBER_KEYS, 10), "the keys are forgotten")
        assert worker.stores[0].scan("d/", 10) == []
        ticks = _ticks(site)
        assert [tick.header.source for tick in ticks] == [None] * len(ticks)
        changes = [change.reason for tick in ticks for change in tick.entry.lot_changes]
        assert changes == ["ACTIVATED", "EXPIRED"]
        clocks = [decided.entry.clock_ms for decided in site.entries()]
        assert clocks == sorted(clocks)

    def test_nothing_is_due_before_its_time(self, site: Site) -> None:
        """A second before the points become available no tick is written."""
        worker = _open_shop(site)
        event = receipt(1)
        site.send(RECEIPTS, "m1", msgspec.structs.replace(event, occurred_at_ms=event.occurred_at_ms + 60_000))
        site.settle()
        site.ahead_ms = 2 * DAY_MS
        for _ in range(10):
            worker.worker.step(wait_ms=1)
        assert _ticks(site) == []
        assert _points(worker) == (10, 0)

    def test_points_that_are_due_twice_over_end_as_expired(self, site: Site) -> None:
        """The worker was away for weeks: they become available and expire at once, and are never to be spent."""
        worker = _open_shop(site)
        site.send(RECEIPTS, "m1", receipt(1))
        site.settle()
        site.stop_worker(worker)
        site.ahead_ms = 30 * DAY_MS
        again = site.start_worker("two")
        site.settle()
        site.drive_until(lambda: not again.stores[0].scan("d/", 10), "nothing is due any more")
        assert _points(again) == (0, 0)
        assert again.stores[0].scan(_MEMBER_KEYS, 10) == []

    def test_a_store_with_the_journals_tail_is_what_a_fold_from_the_start_gives(
        self, site: Site, tmp_path: Path
    ) -> None:
        """All parts, from a store on disk that lagged behind, and from none."""
        disk: dict[int, Store] = {0: RocksStore(tmp_path / "store")}
        worker = _open_shop(site, disk)
        for number in range(5):
            site.send(RECEIPTS, "m1", receipt(number))
        site.settle()
        site.stop_worker(worker)
        other = site.start_worker("other")
        for number in range(3, 12):
            site.send(RECEIPTS, f"m{number % 3}", receipt(number, f"m{number % 3}"))
        site.send_bytes(RECEIPTS, b"nothing", partition=0)
        site.settle()
        site.stop_worker(other)
        position = other.stores[0].position()
        restored = site.start_worker("one", {0: RocksStore(tmp_path / "store")})
        from_start = MemoryStore()
        site.drive_until(lambda: restored.stores[0].position().sequence == position.sequence, "it has caught up")
        parts = parts_of(restored.stores[0])
        assert parts == parts_of(other.stores[0])
        site.settle()
        site.stop_worker(restored)
        again = site.start_worker("from the start", {0: from_start})
        site.settle()
        assert parts_of(again.stores[0]) == parts
        assert again.stores[0].position().hash == position.hash
        assert len(parts) > 20

    def test_a_worker_takes_over_where_the_last_one_ended(self, site: Site) -> None:
        """Each record has one entry, whoever decided it, and the chain goes on."""
        first = _open_shop(site)
        site.send(RECEIPTS, "m1", receipt(1))
        site.settle()
        site.stop_worker(first)
        site.send(RECEIPTS, "m1", receipt(2))
        site.start_worker("two")
        site.send(RECEIPTS, "m1", receipt(3))
        site.settle()
        entries = site.entries()
        assert [decided.header.sequence for decided in entries] == list(range(1, len(entries) + 1))
        assert {decided.header.epoch for decided in entries} == {1, 2}
        assert site.outcomes(RECEIPTS) == ["DECIDED"] * 3
