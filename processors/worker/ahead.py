"""The owner's state: the store, and on top of it what own entries that are not yet known accepted will change."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from eventlog.position import Position
from processors.state import Delta
from processors.worker.store import Store

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
        changed = {key: part for key, (part, _) in self._ahead.items() if key.startswith(prefix)}
        removed = sum(part is None for part in changed.values())
        parts = dict(self._store.scan(prefix, limit + removed)) | changed
        return [(key, part) for key, part in sorted(parts.items()) if part is not None][:limit]

    def push(self, delta: Delta) -> None:
        """Put the change of the next own entry on top."""
        number = self._first_waiting + len(self._waiting)
        self._waiting.append(delta)
        for key, part in delta.items():
            self._ahead[key] = (part, number)

    def commit(self, count: int, position: Position) -> None:
        """Write the changes of the oldest `count` entries to the store: they are known accepted up to `position`."""
        merged: Delta = {}
        for _ in range(count):
            merged.update(self._waiting.popleft())
        self._first_waiting += count
        self._store.write(merged, position)
        for key, part in merged.items():
            if self._ahead[key][1] < self._first_waiting:
                del self._ahead[key]
            if key[0] in _KEPT_LETTERS:
                self._kept.pop(key, None)
                self._keep(key, part)
