"""A journal made from real receipts: the engine's own, in memory, by one worker and one relay."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from eventlog.claim import Cluster
from eventlog.memory import MemoryLog
from eventlog.position import START
from eventlog.relay import Relay
from processors.worker.loop import Worker, WorkerParts
from processors.worker.store import MemoryStore
from schemas.partitioner import PARTITIONER
from schemas.topic import INPUTS
from services.ingest.feed import Feed
from services.ingest.feeder import Feeder
from services.publication.publisher import Publisher, check_files, find_files
from services.topology import apply_topics

__all__ = ["make_journal"]

_WRITER_ID_BYTES: Final = 16


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def make_journal(feed: Feed, campaigns: Iterable[Path], *, partitions: int) -> MemoryLog:
    """Give a log in which everything of `feed` is decided under the campaigns.

    Args:
        feed: Records of the input topics.
        campaigns: Files, or folders of them.
        partitions: Of every topic.
    """
    log = MemoryLog(clock=_now_ms)
    apply_topics(log, partitions)
    cluster = Cluster(partition_count=partitions, partitioner=PARTITIONER, topics=tuple(topic.name for topic in INPUTS))
    parts = WorkerParts(
        log=log,
        cluster=cluster,
        instance="bench",
        open_store=lambda _: MemoryStore(),
        resolver=None,
        now_ms=_now_ms,
        make_writer_id=lambda: os.urandom(_WRITER_ID_BYTES),
        draw=random.randrange,
    )
    files, faulty = check_files(find_files(campaigns))
    assert not faulty, "the campaigns that come with the sources have no faults"
    with Worker(parts) as worker, Relay(log, dict.fromkeys(range(partitions), START)) as relay, log.writer() as writer:
        Publisher(log, partitions=partitions, now_ms=_now_ms()).publish(files)
        _settle(worker, relay)
        Feeder(writer=writer, partition_count=partitions, on_progress=lambda _done, _total: None).feed(feed)
        _settle(worker, relay)
    return log


def _settle(worker: Worker, relay: Relay) -> None:
    while True:
        moved = worker.step(wait_ms=0) + relay.step(wait_ms=0)
        if not moved and worker.is_idle() and relay.is_at_end():
            return
