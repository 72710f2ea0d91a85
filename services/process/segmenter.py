"""The segmenter process: computes segments again and again, at the interval of the settings."""

from __future__ import annotations

import time
from typing import Final

import psycopg

from eventlog.port import BrokenLogError
from services.process.lifetime import Pause
from services.process.segmentation import assign_segments
from services.process.site import Site

__all__ = ["run_segmenter"]

#: How often the loop comes round between computations, to show that it lives.
_BEAT_S: Final = 5.0


def run_segmenter(site: Site) -> None:
    """Compute at once, and then at the interval, until the lifetime is over.

    Raises:
        WorkRefusedError: when the log will never take an assignment.
    """
    pause = Pause(site.lifetime)
    next_s = 0.0
    while not site.lifetime.is_over():
        site.health.beat(is_ready=True)
        wait_s = next_s - time.monotonic()
        if wait_s > 0:
            site.lifetime.wait(min(wait_s, _BEAT_S))
            continue
        try:
            _compute(site)
        except (BrokenLogError, psycopg.OperationalError, psycopg.errors.UndefinedTable) as error:
            site.logger.warning("broken", text=str(error))
            site.health.beat(is_ready=False, report={"waiting_for": str(error)})
            pause.take()
        else:
            pause.reset()
            next_s = time.monotonic() + site.settings.segment_interval_s


def _compute(site: Site) -> None:
    for made in assign_segments(
        site.log,
        site.backend.database_url,
        partitions=site.settings.partitions,
        now_ms=lambda: time.time_ns() // 1_000_000,
    ):
        site.logger.info("segments", tenant=made.tenant, changed=made.changed)
        site.health.beat(is_ready=True, report={"tenant": made.tenant, "changed": made.changed})
