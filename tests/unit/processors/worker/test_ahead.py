"""The state that runs ahead of its store behaves like a dictionary; its store like one that lags behind."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from eventlog.position import START, Position
from processors.state import Delta
from processors.worker import ahead as ahead_module
from processors.worker.ahead import StateAhead
from processors.worker.store import BrokenStoreError, MemoryStore

#: Letters that are kept in memory (`m`, `v`), scanned (`d`), and neither (`l`); integers stand for any part.
_KEYS = [f"{letter}/{number}" for letter in "mvdl" for number in range(4)]
_DELTAS = st.dictionaries(st.sampled_from(_KEYS), st.none() | st.integers(0, 3), max_size=5)


class _AheadMachine(RuleBasedStateMachine):
    """Pushes and commits, compared with two dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.ahead = StateAhead(self.store)
        self.waiting: deque[Delta] = deque()
        self.model: dict[str, int] = {}
        self.stored: dict[str, int] = {}
        self.committed = 0

    @staticmethod
    def _apply(model: dict[str, int], delta: Delta) -> None:
        for key, part in delta.items():
            if isinstance(part, int):
                model[key] = part
            else:
                model.pop(key, None)

    @rule(delta=_DELTAS)
    def push(self, delta: Delta) -> None:
        """An own entry was sealed."""
        self.ahead.push(dict(delta))
        self.waiting.append(delta)
        self._apply(self.model, delta)

    @precondition(lambda self: bool(self.waiting))
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        """Some entries became known accepted."""
        count = data.draw(st.integers(1, len(self.waiting)))
        self.committed += count
        self.ahead.commit(count, Position(next_offset=self.committed))
        for _ in range(count):
            self._apply(self.stored, self.waiting.popleft())

    @rule()
    def drop(self) -> None:
        """The ownership ended: what is not in the store is forgotten."""
        self.ahead = StateAhead(self.store)
        self.waiting.clear()
        self.model = dict(self.stored)

    @rule(key=st.sampled_from(_KEYS))
    def get(self, key: str) -> None:
        """A part, from wherever it is newest."""
        assert self.ahead.get(key) == self.model.get(key)

    @rule(prefix=st.sampled_from(["m/", "v/", "d/", "l/", "d/2"]), limit=st.integers(1, 5))
    def scan(self, prefix: str, limit: int) -> None:
        """In order, and as many as asked for, also where parts were removed."""
        wanted = [(key, part) for key, part in sorted(self.model.items()) if key.startswith(prefix)]
        assert self.ahead.scan(prefix, limit) == wanted[:limit]

    @invariant()
    def the_store_holds_what_was_committed(self) -> None:
        """No more, no less, with its position."""
        assert {key: self.store.get(key) for key in _KEYS} == {key: self.stored.get(key) for key in _KEYS}
        assert self.store.position() == (Position(next_offset=self.committed) if self.committed else START)


TestStateAhead = _AheadMachine.TestCase
TestStateAhead.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_parts_kept_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that came goes, and is read from the store again."""
    monkeypatch.setattr(ahead_module, "_KEPT_PARTS", 3)
    store = MemoryStore()
    store.write({f"m/{number}": number for number in range(9)}, START)
    ahead = StateAhead(store)
    for _ in range(2):
        assert [ahead.get(f"m/{number}") for number in range(9)] == list(range(9))


class _FullDisk(MemoryStore):
    """A store on a disk that is full at first."""

    is_full = True

    def write(self, delta: Delta, position: Position) -> None:
        """Fail, or write."""
        if self.is_full:
            raise BrokenStoreError("no space left on device")
        super().write(delta, position)


def test_a_commit_that_fails_forgets_nothing() -> None:
    """The same commit succeeds when the disk has room again."""
    store = _FullDisk()
    ahead = StateAhead(store)
    ahead.push({"v/1": 1})
    with pytest.raises(BrokenStoreError):
        ahead.commit(1, Position(next_offset=1))
    assert ahead.get("v/1") == 1
    store.is_full = False
    ahead.commit(1, Position(next_offset=1))
    assert (store.get("v/1"), ahead.get("v/1")) == (1, 1)
