"""What every process is given, and how it is run: settings, log, health, and words for how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, disable_created_metrics
from structlog.typing import FilteringBoundLogger

from eventlog.opening import open_log
from eventlog.port import BrokenLogError, Log
from services.backend import Backend, running_backend
from services.failure import ExitCode, describe_failure
from services.process.lifetime import Lifetime, Pause
from services.settings import Settings
from services.telemetry.logger import set_up_logging
from services.telemetry.probe import Health, Probe
from services.topology import apply_topics, verify_topics

__all__ = ["PROCESSES", "Site", "run_process"]

#: Process → what is added to the monitoring port; the API has a port of its own.
PROCESSES: Final = {"worker": 1, "relay": 2, "projector": 3, "segmenter": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a process runs, and until when."""

    settings: Settings
    backend: Backend
    log: Log
    logger: FilteringBoundLogger
    lifetime: Lifetime
    registry: CollectorRegistry
    health: Health


def run_process(name: str, settings: Settings, run: Callable[[Site], None], *, has_parent: bool = False) -> ExitCode:
    """Run a process to its end, and say how it ended.

    Args:
        name: One of `PROCESSES`.
        settings: Of this process.
        run: Does the work until the lifetime is over.
        has_parent: Whether it ends with the process that holds the other side of its standard input.
    """
    logger = set_up_logging(settings, name)
    lifetime = Lifetime()
    lifetime.end_on_signals()
    if has_parent:
        lifetime.end_with_parent()
    # Of each counter Prometheus would get a second series, with the time at which it was made.
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library types it not
    registry, health = CollectorRegistry(), Health()
    port = settings.monitor_port and settings.monitor_port + PROCESSES[name]
    try:
        with (
            Probe(settings.listen_host, port, registry=registry, health=health),
            running_backend(settings) as backend,
            open_log(backend.log_url) as log,
        ):
            site = Site(
                settings=settings,
                backend=backend,
                log=log,
                logger=logger,
                lifetime=lifetime,
                registry=registry,
                health=health,
            )
            if _find_topics(site):
                logger.info("started", partitions=settings.partitions, monitor_port=port)
                run(site)
            logger.info("stopped")
    except Exception as error:
        failure = describe_failure(error)
        if failure is None:
            logger.exception("failed")
            return ExitCode.WRONG
        # No trace: the text says it all.
        logger.error("failed", error=type(error).__name__, text=failure.text, exit_code=int(failure.exit_code))  # noqa: TRY400
        return failure.exit_code
    return ExitCode.WELL


def _find_topics(site: Site) -> bool:
    """Wait until the log answers, and check its topics; tell whether to go on."""
    pause = Pause(site.lifetime)
    while not site.lifetime.is_over():
        try:
            if site.backend.embedded is not None:
                apply_topics(site.log, site.settings.partitions)
            else:
                verify_topics(site.log, site.settings.partitions)
        except BrokenLogError as error:
            site.logger.warning("log_broken", text=str(error))
            site.health.beat(is_ready=False, report={"waiting_for": str(error)})
            pause.take()
        else:
            return True
    return False
