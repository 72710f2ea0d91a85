"""Which log an address means."""

import time

from eventlog.memory import MemoryLog
from eventlog.port import Log
from eventlog.postgres.log import PostgresLog

__all__ = ["open_log"]


def open_log(url: str) -> Log:
    """Open the log at an address; nothing is connected before it is used.

    Args:
        url: `postgresql://…` (or `postgres://…`), as libpq takes it: the log is in schema `eventlog` of that
            database. Or `memory://`: a new, empty log, which ends with this process.

    Raises:
        ValueError: when the address is of no known form. The message shows no more of it than the form,
        because
            an address may hold a password.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("postgresql", "postgres"):
        return PostgresLog(url)
    if separator and scheme == "memory" and not rest:
        return MemoryLog(clock=lambda: time.time_ns() // 1_000_000)
    form = f"{scheme}://" if separator else "an address without ://"
    raise ValueError(f"a log is opened by postgresql://user@host/database or by memory://, not by {form}")
