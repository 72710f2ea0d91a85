"""A process that writes one large batch to two partitions; the test stops it while it sends."""

import sys

from eventlog.port import Record
from eventlog.postgres.log import PostgresLog

#: Far more than the buffers of a socket, for the first partition too.
_RECORDS = [Record(b"key", bytes(2_000))] * 900


def main(url: str, topic: str) -> None:
    """Send the batch, on which the test lets the writer wait."""
    with PostgresLog(url) as log, log.writer() as writer:
        for partition in range(2):
            writer.send(topic, partition, _RECORDS, first_tag=1)
        writer.flush(limit_ms=60_000)


if __name__ == "__main__":
    main(*sys.argv[1:])
