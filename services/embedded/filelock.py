"""Locks on files, which the kernel gives back when the last process that holds them is gone.

A lock belongs to an open file, not to a process: a child that inherits the file descriptor holds the lock
too, and keeps it when its parent is killed. The embedded servers rely on that.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_S = 0.02


def try_lock(path: Path) -> int | None:
    """Take the lock if it is free, making its file if need be.

    Returns:
        The file descriptor that holds the lock; `os.close` gives it back, unless a child has inherited it.
        Nothing if somebody else holds the lock.
    """
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock now."""
    held = try_lock(path)
    if held is None:
        return True
    os.close(held)
    return False


@contextmanager
def locked(path: Path, *, limit_s: float) -> Iterator[None]:
    """Hold the lock for the length of a `with` block.

    Raises:
        TimeoutError: Somebody else held it for all of `limit_s`.
    """
    deadline_s = time.monotonic() + limit_s
    while (held := try_lock(path)) is None:
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"{path} was held by another process for {limit_s:g} s")
        time.sleep(_POLL_S)
    try:
        yield
    finally:
        os.close(held)
