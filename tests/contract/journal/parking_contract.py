"""An entity whose record keeps failing is parked: its records are held in order, all others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from eventlog import writer as own_writer
from processors.context import Incoming
from processors.draft import Draft
from processors.member.receipt import decide_receipt
from processors.state import held_key, member_key, parked_key
from schemas.codec import encode_event
from schemas.entry import ParkingChanged
from schemas.record.receipt import ReceiptRecorded
from tests.contract.journal.shop import (
    CAMPAIGNS,
    OPERATOR,
    PROGRAMMES,
    RECEIPTS,
    SHOP,
    campaign,
    programme,
    receipt,
    retry,
)
from tests.contract.journal.site import Site, WorkerSite

__all__ = ["ParkingContract"]

_BASE = {"effect": "points_fixed", "on": "receipt", "points": 10}
_BUG = "RuntimeError: a bug"


@contextmanager
def _failing(is_failing: Callable[[ReceiptRecorded], bool]) -> Iterator[None]:
    """Let the decision of some receipts have a bug."""

    def decide_or_fail(draft: Draft, incoming: Incoming, event: ReceiptRecorded) -> None:
        if is_failing(event):
            raise RuntimeError("a bug")
        decide_receipt(draft, incoming, event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("processors.dispatch.decide_receipt", decide_or_fail)
        yield


@contextmanager
def _unwritable(decision: str) -> Iterator[None]:
    """Let decisions give a number that no entry can hold."""

    def decide_too_much(draft: Draft, _incoming: Incoming, _event: object) -> None:
        draft.lateness_ms = 1 << 70

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision, decide_too_much)
        yield


def _is_of_m1(event: ReceiptRecorded) -> bool:
    return event.member_id == "m1"


def _open_shop(site: Site) -> WorkerSite:
    worker = site.start_worker()
    site.start_relay()
    site.send(PROGRAMMES, SHOP, programme())
    site.send(CAMPAIGNS, "base", campaign("base", _BASE))
    site.settle()
    return worker


def _available(worker: WorkerSite, member_id: str) -> int:
    member = worker.stores[0].get(member_key(SHOP, member_id))
    return 0 if member is None else member.points[f"POINT:{SHOP}"].available_minor


class ParkingContract:
    """What happens to a record that raises."""

    def test_a_record_that_raises_is_held_with_its_bytes_and_has_no_effect(self, site: Site) -> None:
        """The entry takes the source offset and tells what went wrong."""
        worker = _open_shop(site)
        event = receipt(1)
        with _failing(_is_of_m1):
            site.send(RECEIPTS, "m1", event)
            site.settle()
        entry = site.entry_of(RECEIPTS, 0).entry
        assert entry.outcome == "PARKED"
        assert entry.parked == ParkingChanged(held=1, released=0, failure=_BUG)
        assert entry.postings == []
        held = worker.stores[0].get(held_key("member", SHOP, "m1", 1))
        assert (held.topic, held.offset, held.value) == (RECEIPTS, 0, encode_event(event))

    def test_later_records_of_the_entity_are_held_too_and_others_go_on(self, site: Site) -> None:
        """Also when the bug is gone: they come after the one that is held."""
        worker = _open_shop(site)
        with _failing(_is_of_m1):
            site.send(RECEIPTS, "m1", receipt(1))
            site.settle()
        for number, member_id in ((2, "m1"), (3, "m2"), (4, "m1")):
            site.send(RECEIPTS, member_id, receipt(number, member_id))
        site.settle()
        assert site.outcomes(RECEIPTS) == ["PARKED", "PARKED", "DECIDED", "PARKED"]
        assert worker.stores[0].get(parked_key("member", SHOP, "m1")).held == 3
        assert (_available(worker, "m1"), _available(worker, "m2")) == (0, 10)

    def test_a_retry_decides_what_is_held_in_order_in_one_entry(self, site: Site) -> None:
        """Of two bodies under one key the first stands, although both were held; then the entity is free."""
        worker = _open_shop(site)
        with _failing(_is_of_m1):
            site.send(RECEIPTS, "m1", receipt(1))
            site.send(RECEIPTS, "m1", receipt(1, amount_minor=99))
            site.send(RECEIPTS, "m1", receipt(2))
            site.settle()
        offset = site.send_bytes(OPERATOR, encode_event(retry("r1", "m1")), partition=0)
        site.settle()
        entry = site.entry_of(OPERATOR, offset).entry
        assert (entry.outcome, entry.entity_kind, entry.entity_id) == ("DECIDED", "member", "m1")
        assert entry.parked == ParkingChanged(held=0, released=3, failure="")
        assert [(one.receipt_number, one.total_minor) for one in entry.receipts] == [("1", 10_000), ("2", 10_000)]
        assert _available(worker, "m1") == 20
        assert worker.stores[0].get(parked_key("member", SHOP, "m1")) is None
        assert worker.stores[0].scan("h/", 10) == []
        site.send(RECEIPTS, "m1", receipt(3))
        site.settle()
        assert _available(worker, "m1") == 30

    def test_a_retry_that_fails_again_is_refused_and_keeps_everything(self, site: Site) -> None:
        """Also when only the last of the held records fails."""
        worker = _open_shop(site)
        with _failing(_is_of_m1):
            site.send(RECEIPTS, "m1", receipt(1))
            site.send(RECEIPTS, "m1", receipt(2))
            site.settle()
        with _failing(lambda event: event.receipt_number == "2"):
            offset = site.send_bytes(OPERATOR, encode_event(retry("r1", "m1")), partition=0)
            site.settle()
        refused = site.entry_of(OPERATOR, offset)
        assert refused.outcome == "REFUSED STILL_FAILING"
        assert refused.entry.rejection is not None
        assert _BUG in refused.entry.rejection.mend
        assert worker.stores[0].get(parked_key("member", SHOP, "m1")).held == 2
        assert _available(worker, "m1") == 0
        site.send_bytes(OPERATOR, encode_event(retry("r2", "m1")), partition=0)
        site.settle()
        assert _available(worker, "m1") == 20

    def test_a_retry_of_what_is_not_parked_is_refused(self, site: Site) -> None:
        """There is nothing to decide."""
        _open_shop(site)
        site.send_bytes(OPERATOR, encode_event(retry("r1", "m1")), partition=0)
        site.settle()
        assert site.outcomes(OPERATOR) == ["REFUSED NOTHING_PARKED"]

    def test_what_is_held_outlives_its_worker(self, site: Site) -> None:
        """A new one without a store finds it in the journal."""
        worker = _open_shop(site)
        with _failing(_is_of_m1):
            site.send(RECEIPTS, "m1", receipt(1))
            site.settle()
        site.stop_worker(worker)
        again = site.start_worker("two")
        site.send_bytes(OPERATOR, encode_event(retry("r1", "m1")), partition=0)
        site.settle()
        assert _available(again, "m1") == 10

    def test_a_record_whose_entry_cannot_be_written_is_held(self, site: Site) -> None:
        """What fails is not the decision but its bytes; the worker would meet the record again for ever."""
        worker = _open_shop(site)
        with _unwritable("processors.dispatch.decide_receipt"):
            site.send(RECEIPTS, "m1", receipt(1))
            site.settle()
        site.send(RECEIPTS, "m2", receipt(2, "m2"))
        site.settle()
        assert site.outcomes(RECEIPTS) == ["PARKED", "DECIDED"]
        assert worker.stores[0].get(parked_key("member", SHOP, "m1")).held == 1

    def test_an_instruction_whose_entry_cannot_be_written_is_refused(self, site: Site) -> None:
        """Held, it would hold every later one."""
        _open_shop(site)
        with _unwritable("processors.decider.decide_instruction"):
            site.send_bytes(OPERATOR, encode_event(retry("r1", "m1")), partition=0)
            site.settle()
        site.send_bytes(OPERATOR, encode_event(retry("r2", "m1")), partition=0)
        site.settle()
        assert site.outcomes(OPERATOR) == ["REFUSED STILL_FAILING", "REFUSED NOTHING_PARKED"]

    def test_a_retry_releases_as_many_as_an_entry_holds(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """Half as many, and half of that, until they fit; what is left waits for the next instruction."""
        worker = _open_shop(site)
        with _failing(_is_of_m1):
            for number in range(1, 9):
                site.send(RECEIPTS, "m1", receipt(number))
            site.settle()
        monkeypatch.setattr(own_writer, "ENTRY_LIMIT_BYTES", 1_500)
        first = site.send_bytes(OPERATOR, encode_event(retry("r1", "m1")), partition=0)
        site.settle()
        entry = site.entry_of(OPERATOR, first).entry
        assert entry.outcome == "DECIDED"
        assert entry.parked is not None
        assert 0 < entry.parked.released < 8
        assert entry.parked.held == 8 - entry.parked.released
        assert _available(worker, "m1") == 10 * entry.parked.released
        monkeypatch.undo()
        site.send_bytes(OPERATOR, encode_event(retry("r2", "m1")), partition=0)
        site.settle()
        assert _available(worker, "m1") == 80

    def test_a_retry_of_which_one_alone_is_too_large_is_refused(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It stays held; the partition goes on."""
        worker = _open_shop(site)
        with _failing(_is_of_m1):
            for number in (1, 2):
                site.send(RECEIPTS, "m1", receipt(number))
            site.settle()
        monkeypatch.setattr(own_writer, "ENTRY_LIMIT_BYTES", 550)
        offset = site.send_bytes(OPERATOR, encode_event(retry("r1", "m1")), partition=0)
        site.settle()
        refused = site.entry_of(OPERATOR, offset)
        assert refused.outcome == "REFUSED STILL_FAILING"
        assert refused.entry.rejection is not None
        assert "the limit is 550" in refused.entry.rejection.mend
        assert worker.status().standstill == ""
        assert worker.stores[0].get(parked_key("member", SHOP, "m1")).held == 2
