"""Repeat seeds by hand: `python -m tests.simulation 17`, or many: `python -m tests.simulation 0 --count 1000`."""

from __future__ import annotations

import argparse
import sys
import traceback

from tests.simulation.schedule import run_seed


def main() -> int:
    """Run the seeds; give 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="Run seeds of the simulation.")
    parser.add_argument("seed", type=int, help="the first seed")
    parser.add_argument("--count", type=int, default=1, help="how many seeds, one after the other")
    arguments = parser.parse_args()
    failed = []
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        try:
            report = run_seed(seed)
        except Exception:  # noqa: BLE001 (whatever it is, the other seeds are wanted too)
            failed.append(seed)
            traceback.print_exc()
        else:
            faults = ", ".join(f"{count} {name}" for name, count in sorted(report.met.items()) if count)
            sys.stdout.write(f"seed {seed} holds: {faults}\n")
    if failed:
        sys.stdout.write(f"failed: {' '.join(map(str, failed))}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
