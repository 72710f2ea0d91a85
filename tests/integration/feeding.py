"""Feeding a site while a test does things to it: a thread that keeps a little ahead of what is decided."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from eventlog.opening import open_log
from eventlog.port import BrokenLogError, Log
from services.ingest.feed import FeedRecord
from services.ingest.feeder import Feeder, FeedStoppedError
from tests.integration.site import PARTITIONS, Site, count_backlog
from tests.waiting import wait_until

__all__ = ["Feeding"]

#: Records that are written and not decided: enough that the workers are never out of work, and few enough that the feed
#: is running for as long as the workers are.
_LEAD_RECORDS: Final = 1_000
#: Written between two looks at that.
_SLICE_RECORDS: Final = 200
#: How long nothing may be decided, with a worker stopped and PostgreSQL away.
_LIMIT_S: Final = 120.0


class _GivenUpError(Exception):
    """The test has failed, and needs no more records."""


class Feeding:
    """Writes records into a site's inputs from a thread of its own, as a producer does that tries again.

    At the end of the `with` block everything is written; when the block fails, the thread ends with the batch that it
    has in hand.

    Args:
        site: Where to.
        records: In feed order.
        lead: How many may be written and not decided.
    """

    def __init__(self, site: Site, records: Sequence[FeedRecord], *, lead: int = _LEAD_RECORDS) -> None:
        self._site = site
        self._records = records
        self._lead = lead
        self._thread = threading.Thread(target=self._run, name="feeding")
        self._is_given_up = False
        self._failure: BaseException | None = None
        #: Records that are acknowledged.
        self.done = 0
        #: Records that may be written by now.
        self.allowed = len(records)
        #: Times that the log did not take a record.
        self.stops = 0

    @property
    def is_running(self) -> bool:
        """Whether there are records left to write."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            with open_log(self._site.database_url) as log:
                while self.done < len(self._records):
                    self._feed_on(log)
        except _GivenUpError:
            pass
        except BaseException as error:  # noqa: BLE001 (whatever it is, the test's own thread raises it)
            self._failure = error

    def _feed_on(self, log: Log) -> None:
        with log.writer() as writer:
            feeder = Feeder(writer=writer, partition_count=PARTITIONS)
            try:
                while self.done < len(self._records):
                    wait_until(lambda: self._is_wanted(log), limit_s=_LIMIT_S, what="what was fed is decided")
                    self.done += feeder.feed(self._records[self.done : self.done + _SLICE_RECORDS])
            except FeedStoppedError:
                # What was sent and not acknowledged is sent again, and may stand twice.
                self.stops += 1

    def _is_wanted(self, log: Log) -> bool:
        if self._is_given_up:
            raise _GivenUpError
        try:
            return self.done < self.allowed and count_backlog(log) < self._lead
        except BrokenLogError:
            return False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_given_up = error is not None
        self._thread.join()
        if self._failure is not None and error is None:
            raise self._failure
