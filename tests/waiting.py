"""Waiting in tests: on a condition, with a limit. No other test module sleeps."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

_T = TypeVar("_T")

_POLL_S: Final = 0.02


def wait_until(condition: Callable[[], _T], *, limit_s: float, what: str) -> _T:
    """Wait until the condition gives something true.

    Args:
        condition: Called until its answer is true; at least once, and once more when the limit is reached.
        limit_s: How long to wait at the most; generous, as it is only spent when the test fails.
        what: What is waited for, as the failure shall state it: "the server answers".

    Returns:
        The condition's answer.

    Raises:
        AssertionError: The limit passed.
    """
    deadline_s = time.monotonic() + limit_s
    while True:
        is_last = time.monotonic() > deadline_s
        answer = condition()
        if answer:
            return answer
        if is_last:
            raise AssertionError(f"waited {limit_s:g} s, and it did not come true that {what}")
        time.sleep(_POLL_S)
