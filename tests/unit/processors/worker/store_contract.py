"""The suite that every store passes: `class TestMyStore(StoreContract)`, with the fixture `place`."""

from __future__ import annotations

from abc import ABC, abstractmethod

import pytest

from eventlog.position import START, Position
from processors.state import Delta, DuePart, HeldPart, KeyPart, MemberPart, PointBalance, State
from processors.worker.store import Store
from schemas.entry import DocumentChanged, JournalClaim, RecordHeader

__all__ = ["StoreContract", "StorePlace"]

_CLAIM = JournalClaim(
    epoch=2, writer_id=bytes(16), partition_count=4, partitioner="murmur2", topics=["a"], instance="one"
)
_POSITION = Position(
    next_offset=9, claim=_CLAIM, sequence=3, hash=bytes(range(32)), entry_offset=7, source_offsets={"a": 5}
)


class StorePlace(ABC):
    """Where a store lies."""

    @abstractmethod
    def open(self) -> Store:
        """Open the store there."""


def _due(item: str) -> DuePart:
    return DuePart(kind="KEY_OVER", tenant="t", owner="", item=item)


def _keys(state: State, prefix: str, limit: int = 100) -> list[str]:
    return [key for key, _ in state.scan(prefix, limit)]


class StoreContract:
    """What the worker relies on."""

    @pytest.fixture
    def place(self) -> StorePlace:
        """Where an empty store lies."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, place: StorePlace) -> Store:
        """An empty store."""
        return place.open()

    def test_an_empty_store_stands_at_the_start(self, store: Store) -> None:
        """It has no part, and is filled from the journal's beginning."""
        assert store.position() == START
        assert store.get("t/clock") is None
        assert store.scan("d/", 10) == []

    def test_what_was_written_is_read_with_its_type(self, store: Store) -> None:
        """Parts of several kinds, integers among them, zero too."""
        parts: Delta = {
            "m/t/m1": MemberPart(points={"POINT:p": PointBalance(1, 2, 3, -4)}, segments={"abc": "A"}),
            "k/t/member/m1/receipt:x": KeyPart(digest=b"d", kept_until_ms=None),
            "h/member/t/m1/0000000001": HeldPart("a", 4, 5, b"k", [RecordHeader(name="n", value=b"v")], None),
            "b/t/p/c/0000000001": DocumentChanged(
                programme="p", campaign_id="c", version=1, document="{}", published_at_ms=1
            ),
            "a/t/campaign/c/1/points_funded/POINT:p": -5,
            "t/clock": 0,
        }
        store.write(dict(parts), _POSITION)
        assert {key: store.get(key) for key in parts} == parts
        assert store.position() == _POSITION

    def test_a_part_that_was_removed_is_gone(self, store: Store) -> None:
        """Removing what is not there is no error."""
        store.write({"d/1/a": _due("a"), "t/clock": 0}, _POSITION)
        store.write({"d/1/a": None, "t/clock": None, "d/1/b": None}, _POSITION)
        assert store.get("d/1/a") is None
        assert store.get("t/clock") is None
        assert _keys(store, "d/") == []

    def test_a_part_is_replaced_whole(self, store: Store) -> None:
        """The newest stands."""
        store.write({"d/1/a": _due("old")}, _POSITION)
        store.write({"d/1/a": _due("new")}, _POSITION)
        assert store.scan("d/", 10) == [("d/1/a", _due("new"))]

    def test_a_scan_gives_keys_in_order_up_to_its_limit(self, store: Store) -> None:
        """Of one prefix only, whichever order they were written in."""
        for key in ("d/3/a", "d/1/b", "d/2/a", "d/1/a", "h/member/t/m/1", "c/t/x"):
            store.write({key: _due(key)} if key[0] == "d" else {}, _POSITION)
        assert _keys(store, "d/") == ["d/1/a", "d/1/b", "d/2/a", "d/3/a"]
        assert _keys(store, "d/", 2) == ["d/1/a", "d/1/b"]
        assert _keys(store, "d/1/") == ["d/1/a", "d/1/b"]
        assert _keys(store, "d/4/") == []

    def test_a_scan_of_a_letter_that_is_seldom_scanned_is_in_order_too(self, store: Store) -> None:
        """For whoever looks at a store."""
        store.write({"v/2": 7, "v/10": 8, "v/1": 9, "t/clock": 1}, _POSITION)
        assert store.scan("v/", 2) == [("v/1", 9), ("v/10", 8)]

    def test_a_store_that_is_opened_again_holds_what_it_held(self, place: StorePlace, store: Store) -> None:
        """Parts and position; closing twice is harmless."""
        store.write({"d/1/a": _due("a"), "v/1": 9}, _POSITION)
        store.close()
        store.close()
        again = place.open()
        assert (again.get("v/1"), _keys(again, "d/"), again.position()) == (9, ["d/1/a"], _POSITION)
