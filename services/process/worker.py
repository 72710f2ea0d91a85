"""The worker process: steps a worker, shows how its partitions fare, and hands over in order when it stops."""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from eventlog.claim import Cluster
from eventlog.port import BrokenLogError
from processors.worker.loop import PartitionStatus, Worker, WorkerParts
from processors.worker.store import RocksStore
from schemas.business_time import format_instant
from schemas.entry import Outcome
from schemas.partitioner import PARTITIONER
from schemas.topic import INPUTS
from services.embedded.account import make_open_folder
from services.embedded.filelock import try_lock
from services.process.lifetime import Pause
from services.process.site import Site
from services.registry import open_registry
from services.settings import SettingsError
from services.telemetry.metric import WorkerMetrics, input_lags, journal_lags

__all__ = ["open_worker", "run_worker"]

#: How long a step waits for records when there are none; a stop is noticed after that.
_STEP_WAIT_MS: Final = 100
_LOOK_INTERVAL_S: Final = 0.5
#: The log is asked for its ends less often: that costs a query.
_LAG_INTERVAL_S: Final = 5.0
_WRITER_ID_BYTES: Final = 16
#: Garbage that only the collector finds is rare here; looking for it after every 700 objects takes a tenth of the time.
_COLLECT_AFTER_OBJECTS: Final = 50_000


def run_worker(site: Site) -> None:
    """Own the partitions that the group gives, until the lifetime is over.

    Raises:
        SettingsError: when another worker runs under this name on this machine.
        ClusterMismatchError: when the journal belongs to another cluster.
        JournalReplacedError: when the journal is not the one that the store was filled from.
        BrokenStoreError: when the store cannot be read or written.
    """
    gc.set_threshold(_COLLECT_AFTER_OBJECTS, 20, 100)
    folder = site.settings.folder / "worker" / site.settings.worker_id
    with _named_alone(folder, site.settings.worker_id), open_worker(site, folder / "store") as worker:
        look = _Look(site, worker)
        pause = Pause(site.lifetime)
        while not site.lifetime.is_over():
            try:
                worker.step(wait_ms=_STEP_WAIT_MS)
                look.take()
            except BrokenLogError as error:
                site.logger.warning("log_broken", text=str(error))
                site.health.beat(is_ready=False, report={"waiting_for": str(error)})
                pause.take()
            else:
                pause.reset()
        _drain(site, worker)


def open_worker(site: Site, stores: Path) -> Worker:
    """Make a worker with its stores in a folder."""
    settings = site.settings
    return Worker(
        WorkerParts(
            log=site.log,
            cluster=Cluster(
                partition_count=settings.partitions,
                partitioner=PARTITIONER,
                topics=tuple(topic.name for topic in INPUTS),
            ),
            instance=settings.worker_id,
            open_store=lambda partition: RocksStore(stores / str(partition)),
            resolver=open_registry(settings.schema_registry_url),
            now_ms=lambda: time.time_ns() // 1_000_000,
            make_writer_id=partial(os.urandom, _WRITER_ID_BYTES),
            draw=random.randrange,
        )
    )


@contextmanager
def _named_alone(folder: Path, worker_id: str) -> Iterator[None]:
    """Hold the worker's name on this machine: a second one of it would throw the first out of the group for ever."""
    make_open_folder(folder)
    held = try_lock(folder / "lock")
    if held is None:
        msg = (
            f"KOPILKA_WORKER_ID is {worker_id!r}, and a worker of this name runs on this machine already; stop that "
            "one, or set another name"
        )
        raise SettingsError(msg)
    try:
        yield
    finally:
        os.close(held)


def _drain(site: Site, worker: Worker) -> None:
    deadline_s = time.monotonic() + site.settings.drain_limit_s
    while not worker.drain():
        if time.monotonic() > deadline_s:
            # Nothing is lost: the next owner finds in the journal what was written, and decides the rest.
            site.logger.warning("drain_limit", limit_s=site.settings.drain_limit_s)
            return


class _Look:
    """What is shown of a worker: metrics, readiness, and a log line for what changed."""

    def __init__(self, site: Site, worker: Worker) -> None:
        self._site = site
        self._worker = worker
        self._metrics = WorkerMetrics(site.registry)
        self._next_s = 0.0
        self._next_lag_s = 0.0
        self._stages: dict[int, str] = {}
        self._standstills: dict[int, str] = {}
        self._gaps: dict[int, int] = {}

    def take(self) -> None:
        """Look, if it is time.

        Raises:
            BrokenLogError: when the log cannot be asked where it ends.
        """
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        self._next_s = now_s + _LOOK_INTERVAL_S
        statuses = self._worker.statuses()
        self._metrics.observe(statuses)
        self._tell_changes(statuses)
        is_ready = bool(statuses) and all(one.stage == "owner" and not one.standstill for one in statuses)
        self._site.health.beat(is_ready=is_ready, report={"partitions": [_shown(one) for one in statuses]})
        if now_s >= self._next_lag_s:
            self._next_lag_s = now_s + _LAG_INTERVAL_S
            decided = {one.partition: one.position.source_offsets for one in statuses}
            folded = {one.partition: one.position.next_offset for one in statuses}
            self._metrics.observe_lags(input_lags(self._site.log, decided), journal_lags(self._site.log, folded))

    def _tell_changes(self, statuses: list[PartitionStatus]) -> None:
        logger = self._site.logger
        for status in statuses:
            partition = status.partition
            if self._stages.get(partition) != status.stage:
                logger.info("stage", partition=partition, stage=status.stage)
            if self._standstills.get(partition, "") != status.standstill_text:
                if status.standstill:
                    logger.error(
                        "standstill", partition=partition, reason=status.standstill, text=status.standstill_text
                    )
                else:
                    logger.info("standstill_over", partition=partition)
            gaps = status.outcomes.get(Outcome.MESSAGE_GAP.value, 0)
            if gaps > self._gaps.get(partition, 0):
                logger.error("message_gap", partition=partition, count=gaps)
            self._gaps[partition] = gaps
        for partition in self._stages.keys() - {status.partition for status in statuses}:
            logger.info("stage", partition=partition, stage="released")
        self._stages = {status.partition: status.stage for status in statuses}
        self._standstills = {status.partition: status.standstill_text for status in statuses}


def _shown(status: PartitionStatus) -> dict[str, Any]:
    return {
        "partition": status.partition,
        "stage": status.stage,
        "standstill": status.standstill,
        "standstill_text": status.standstill_text,
        "clock": format_instant(status.clock_ms) if status.clock_ms else None,
        "journal_offset": status.position.next_offset,
        "in_flight": status.in_flight,
    }
