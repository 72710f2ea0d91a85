"""`kopilka bench projection`: rows per second into all read models, beside a bare COPY of the same rows.

The projector reads real receipts' entries from a log in memory, and writes every table with its keys and the journal's
positions, in its own transactions. The other side is the fastest way PostgreSQL has: a binary COPY, from a file on the
server, of the very same rows into tables of the same columns without keys.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Final, cast

import psycopg

from eventlog.port import Log
from projections.migrate import migrate
from projections.projector import Projector
from services.bench.report import Report, describe_commit, describe_machine, measure_in_turn, spread_of

__all__ = ["bench_projection"]

_US_PER_S: Final = 1_000_000


def _load(name: str) -> bytes:
    return resources.files("services.bench").joinpath(name).read_bytes()


class _Bench:
    """Both sides of one run; the second copies the rows that the first has just written."""

    def __init__(self, log: Log, database_url: str, folder: Path) -> None:
        self._log = log
        self._database_url = database_url
        self._folder = folder
        self._project_s = 0.0
        self.row_count = 0

    def project(self) -> float:
        """Project everything into empty tables; give seconds."""
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            connection.execute(_load("drop_bare.sql"))
        migrate(self._database_url)
        with Projector(self._log, self._database_url) as projector:
            begun = time.perf_counter()
            projector.catch_up()
            self._project_s = time.perf_counter() - begun
            assert not projector.failure_text, projector.failure_text
        return self._project_s

    def copy(self) -> float:
        """Copy the same rows into tables without keys; give seconds."""
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            connection.execute(_load("make_copy.sql"))
            row = connection.execute(_load("copy_bare.sql"), {"folder": str(self._folder)}).fetchone()
        self.row_count, copy_us = cast("tuple[int, int]", row)
        return copy_us / _US_PER_S


def bench_projection(
    log: Log, database_url: str, folder: Path, *, runs: int, on_run: Callable[[int], None] | None = None
) -> Report:
    """Run the bench.

    Args:
        log: Holds the journal to project, nobody writing.
        database_url: A database of the bench's own, on a server of this machine whose account may write files.
        folder: Where the server may write; empty.
        runs: Counted rounds.
        on_run: Told the number of each finished round.
    """
    bench = _Bench(log, database_url, folder)
    figures = measure_in_turn(runs, {"project": bench.project, "copy": bench.copy}, on_run)
    rows = bench.row_count
    return Report(
        machine=describe_machine(),
        commit=describe_commit(),
        data=f"{rows} rows of the journey in all tables of the read model",
        runs=runs,
        results={
            "projection_rows_per_s": spread_of([rows / seconds for seconds in figures["project"]]),
            "copy_rows_per_s": spread_of([rows / seconds for seconds in figures["copy"]]),
        },
        ratios={
            "projection_vs_copy": spread_of(
                [copy / project for project, copy in zip(figures["project"], figures["copy"], strict=True)]
            )
        },
        bounds={"projection_vs_copy": ">= 0.1"},
    )
