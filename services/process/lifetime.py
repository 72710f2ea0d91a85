"""Until when a process runs: told by a signal, or by the end of the process that started it."""

from __future__ import annotations

import os
import signal
import threading
from typing import Final

__all__ = ["Lifetime", "Pause"]

#: First wait after something broke, doubled each time up to the second.
_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 5.0
_STANDARD_INPUT: Final = 0


class Lifetime:
    """Lasts until somebody ends it; may be asked and ended from any thread."""

    def __init__(self) -> None:
        self._is_over = threading.Event()

    def end(self) -> None:
        """Let the process stop as soon as it can do so in order."""
        self._is_over.set()

    def is_over(self) -> bool:
        """Tell whether the process shall stop."""
        return self._is_over.is_set()

    def wait(self, limit_s: float) -> bool:
        """Wait for the end, at most so long; tell whether it came."""
        return self._is_over.wait(limit_s)

    def end_on_signals(self) -> None:
        """End with SIGTERM and SIGINT; from the main thread only. A second one kills, as it would without this."""

        def end(number: int, _frame: object) -> None:
            self.end()
            signal.signal(number, signal.SIG_DFL)

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)

    def end_with_parent(self) -> None:
        """End when standard input ends: the parent holds its other side, and the kernel closes it however that dies."""

        def watch() -> None:
            # Not `sys.stdin`: its lock, held by this thread, would abort the interpreter's own end.
            while os.read(_STANDARD_INPUT, 1):
                pass
            self.end()

        threading.Thread(target=watch, name="parent-watch", daemon=True).start()


class Pause:
    """The wait before the next attempt at something broken: longer each time, short again after success."""

    def __init__(self, lifetime: Lifetime) -> None:
        self._lifetime = lifetime
        self._wait_s = _FIRST_WAIT_S

    def take(self) -> None:
        """Wait, but not beyond the lifetime."""
        self._lifetime.wait(self._wait_s)
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)

    def reset(self) -> None:
        """Note that it works again."""
        self._wait_s = _FIRST_WAIT_S
