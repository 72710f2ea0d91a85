"""The owner's state: the store, and on top of it what own entries that are not yet known accepted will change."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from itertools import islice
from typing import Any, Final

from eventlog.position import Position
from processors.state import Delta, Part
from processors.worker.store import SCANNED, Store

__all__ = ["StateAhead"]

#: Parts kept in memory after they were written, by the letter of their key: those that come again and again.
_KEPT_LETTERS: Final = frozenset("amqsv")
#: How many of them.
_KEPT_PARTS: Final = 20_000
_MISSING: Final = object()


class StateAhead:
    """A state that runs ahead of its store; dropping it forgets only what is not known accepted."""

    def __init__(self, store: Store) -> None:
        """Begin with what the store holds."""
        self._store = store
        #: Key → newest part and the number of the change that made it.
        self._ahead: dict[str, tuple[Any, int]] = {}
        #: Changes that are not in the store, oldest first.
        self._waiting: deque[Delta] = deque()
        self._first_waiting = 0
        #: Letter → keys in `_ahead`, sorted: a scan must not look at everything that is on its way.
        self._ordered: dict[str, list[str]] = {letter: [] for letter in SCANNED}
        #: Letter → how many of these were removed; each may hide a part of the store.
        self._removed = dict.fromkeys(SCANNED, 0)
        self._kept: dict[str, Any] = {}

    def get(self, key: str) -> Any:  # noqa: ANN401 (as State)
        """Give a part, or `None`."""
        ahead = self._ahead.get(key)
        if ahead is not None:
            return ahead[0]
        if key[0] not in _KEPT_LETTERS:
            return self._store.get(key)
        part = self._kept.get(key, _MISSING)
        if part is _MISSING:
            part = self._store.get(key)
            self._keep(key, part)
        return part

    def _keep(self, key: str, part: Any) -> None:  # noqa: ANN401 (as State)
        if len(self._kept) >= _KEPT_PARTS:
            # The first inserted goes; which one matters little, and an exact order of use would cost more.
            del self._kept[next(iter(self._kept))]
        self._kept[key] = part

    def scan(self, prefix: str, limit: int) -> list[tuple[str, Any]]:
        """Give up to `limit` parts whose keys begin with `prefix`, in the order of their keys."""
        letter = prefix[0]
        ordered = self._ordered.get(letter)
        if ordered is None:
            keys = sorted(key for key in self._ahead if key.startswith(prefix))
            removed = len(keys)
        else:
            start = bisect_left(ordered, prefix)
            # More than so many come into nobody's answer: each is given, or was removed.
            keys = ordered[start : start + limit + self._removed[letter]]
            keys = [key for key in keys if key.startswith(prefix)]
            removed = self._removed[letter]
        parts = dict(self._store.scan(prefix, limit + removed))
        for key in keys:
            parts[key] = self._ahead[key][0]
        return [(key, part) for key, part in sorted(parts.items()) if part is not None][:limit]

    def push(self, delta: Delta) -> None:
        """Put the change of the next own entry on top."""
        number = self._first_waiting + len(self._waiting)
        self._waiting.append(delta)
        for key, part in delta.items():
            if key[0] in SCANNED:
                self._put_in_order(key, part)
            self._ahead[key] = (part, number)

    def _put_in_order(self, key: str, part: Part | None) -> None:
        before = self._ahead.get(key)
        if before is None:
            insort(self._ordered[key[0]], key)
        elif before[0] is None:
            self._removed[key[0]] -= 1
        self._removed[key[0]] += part is None

    def _forget(self, key: str) -> None:
        part, _ = self._ahead.pop(key)
        if key[0] in SCANNED:
            ordered = self._ordered[key[0]]
            del ordered[bisect_left(ordered, key)]
            self._removed[key[0]] -= part is None

    def commit(self, count: int, position: Position) -> None:
        """Write the changes of the oldest `count` entries to the store: they are known accepted up to `position`."""
        merged: Delta = {}
        for delta in islice(self._waiting, count):
            merged.update(delta)
        self._store.write(merged, position)
        # Forgotten here only after it stands there.
        for _ in range(count):
            self._waiting.popleft()
        self._first_waiting += count
        for key, part in merged.items():
            if self._ahead[key][1] < self._first_waiting:
                self._forget(key)
            if key[0] in _KEPT_LETTERS:
                self._kept.pop(key, None)
                self._keep(key, part)
