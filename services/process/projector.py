"""The projector process: migrates the read models, and brings them up to the journal."""

from __future__ import annotations

import time
from typing import Final

import psycopg

from eventlog.port import BrokenLogError
from projections.migrate import migrate
from projections.projector import Projector
from services.process.lifetime import Pause
from services.process.site import Site
from services.telemetry.metric import ProjectorMetrics

__all__ = ["migrate_patiently", "run_projector"]

_STEP_WAIT_MS: Final = 100
_LAG_INTERVAL_S: Final = 2.0


def run_projector(site: Site) -> None:
    """Project until the lifetime is over, and then what is there already.

    Raises:
        ChangedMigrationError: when the tables were built by other migrations.
        JournalReplacedError: when the journal is not the one that the tables were made from.
        BrokenInvariantError: when an accepted entry breaks what must always hold.
        UndecodableError: when this release cannot read an accepted entry.
        ConflictRefusedError: when the log will never take a finding.
    """
    if not migrate_patiently(site):
        return
    metrics = ProjectorMetrics(site.registry)
    next_lag_s = 0.0
    with Projector(site.log, site.backend.database_url, sleep=site.lifetime.wait) as projector:
        failure_text = ""
        while not site.lifetime.is_over():
            projector.step(_STEP_WAIT_MS)
            metrics.observe(projector.counts, projector.verdicts())
            if projector.failure_text != failure_text:
                failure_text = projector.failure_text
                if failure_text:
                    site.logger.warning("broken", text=failure_text)
                else:
                    site.logger.info("works_again")
            report = {"at_end": projector.is_at_end(), "failure": failure_text}
            site.health.beat(is_ready=not failure_text, report=report)
            if time.monotonic() >= next_lag_s and not failure_text:
                next_lag_s = time.monotonic() + _LAG_INTERVAL_S
                _look_at_lag(projector, metrics)
        _finish(site, projector)


def _look_at_lag(projector: Projector, metrics: ProjectorMetrics) -> None:
    try:
        metrics.observe_lags(projector.lag())
    except BrokenLogError:
        # The next step meets the same, and waits for it.
        return


def _finish(site: Site, projector: Projector) -> None:
    """Write what the workers wrote before they stopped; a restart would, but readers need not wait for one."""
    deadline_s = time.monotonic() + site.settings.drain_limit_s
    while not projector.is_at_end() and not projector.failure_text and time.monotonic() < deadline_s:
        projector.step(0)


def migrate_patiently(site: Site) -> bool:
    """Bring the read models to the newest state, waiting for the database; tell whether to go on.

    Raises:
        ChangedMigrationError: when the tables were built by other migrations.
    """
    pause = Pause(site.lifetime)
    while not site.lifetime.is_over():
        try:
            applied = migrate(site.backend.database_url)
        except psycopg.OperationalError as error:
            site.logger.warning("database_broken", text=str(error))
            site.health.beat(is_ready=False, report={"waiting_for": str(error)})
            pause.take()
        else:
            if applied:
                site.logger.info("migrated", files=applied)
            return True
    return False
