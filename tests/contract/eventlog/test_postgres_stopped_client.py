"""A client that is stopped while it sends must not keep others from the partitions that it was writing to."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import psycopg

from eventlog.port import TopicPartition, TopicSettings
from eventlog.postgres.log import PostgresLog
from tests.contract.eventlog.drive import LIMIT_S, offsets, records, write
from tests.waiting import wait_until

_WRITER: Final = Path(__file__).with_name("stopped_writer.py")
_TOPIC: Final = "test.v1"
_LOCK_HEAD: Final = "SELECT FROM eventlog.head WHERE partition = %s FOR UPDATE"
_BLOCKED: Final = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@contextmanager
def _started_writer(url: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, _WRITER, url, _TOPIC]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_client_stopped_in_the_middle_of_a_batch_holds_no_lock(newest_database_url: str) -> None:
    """The server waits for the first partition's head when the client is stopped; others go on all the same."""
    url = newest_database_url
    with (
        PostgresLog(url) as log,
        log.writer() as writer,
        closing(psycopg.connect(url)) as holder,
        closing(psycopg.connect(url, autocommit=True)) as viewer,
    ):
        log.create_topics([TopicSettings(name=_TOPIC, partitions=2)])
        holder.execute(_LOCK_HEAD, [0])
        with _started_writer(url) as process:
            wait_until(lambda: viewer.execute(_BLOCKED).fetchall(), limit_s=LIMIT_S, what="the writer waits")
            process.send_signal(signal.SIGSTOP)
            holder.rollback()
            # Whatever of the batch the server has, it does not keep the heads.
            for partition in range(2):
                offsets(write(writer, TopicPartition(_TOPIC, partition), records("others")))
