"""What every bench tells: machine, commit, data, runs, results, and ratios over the pairs of one run."""

from __future__ import annotations

import platform
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Report", "Spread", "describe_commit", "describe_machine", "measure_in_turn", "spread_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure over several runs."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One bench run."""

    machine: Mapping[str, Any]
    commit: str
    data: str
    runs: int
    #: Name → figure; the unit is the end of the name.
    results: Mapping[str, Spread]
    #: Name → ratio, its median taken over the pairs of this run.
    ratios: Mapping[str, Spread]
    #: Name → what must be reached, for those that have a bound: `<= 2` and the like.
    bounds: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Give the report as JSON data."""
        return asdict(self)


def spread_of(figures: Sequence[float]) -> Spread:
    """Give median, lowest and highest of some figures."""
    return Spread(
        median=round(statistics.median(figures), 4), lowest=round(min(figures), 4), highest=round(max(figures), 4)
    )


def describe_machine() -> dict[str, Any]:
    """Give what a reader needs to place the figures: processor, cores, system and Python."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
        cores = len(names)
    else:
        cores = 0
    return {
        "processor": model,
        "cores": cores,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def describe_commit() -> str:
    """Give the commit that is measured, with `+changes` when the tree differs from it; `unknown` outside a checkout."""
    folder = Path(__file__).parent
    try:
        commit = _git(folder, "rev-parse", "--short=12", "HEAD")
        return commit + ("+changes" if _git(folder, "status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],  # noqa: S607 (the developer's own git)
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def measure_in_turn(
    runs: int, subjects: Mapping[str, Callable[[], float]], on_run: Callable[[int], None] | None = None
) -> dict[str, list[float]]:
    """Measure several things in turn, `runs` times each, so that a machine's drift meets all of them alike.

    Args:
        runs: How often; a round before the first is not counted.
        subjects: Name → what does the work once and gives its figure.
        on_run: Told the number of each finished round.
    """
    figures: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(runs + 1):
        for name, subject in subjects.items():
            figure = subject()
            if number:
                figures[name].append(figure)
        if on_run is not None:
            on_run(number)
    return figures
