"""The suite that a worker passes on every log: `class TestWorkerOnMyLog(WorkerContract)`, with the fixture `log`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eventlog.port import Log
from tests.contract.journal.input_contract import InputContract
from tests.contract.journal.message_contract import MessageContract
from tests.contract.journal.parking_contract import ParkingContract
from tests.contract.journal.site import Site
from tests.contract.journal.state_contract import StateContract

__all__ = ["WorkerContract"]


class WorkerContract(MessageContract, ParkingContract, InputContract, StateContract):
    """A subclass gives `log`, open and empty, of which the test has all, and `largest_bytes`."""

    @pytest.fixture
    def log(self) -> Log:
        """An empty log; the test closes it."""
        raise NotImplementedError

    @pytest.fixture
    def site(self, log: Log) -> Iterator[Site]:
        """A log with all topics, of one partition each, and nothing on it."""
        site = Site(log)
        site.open()
        yield site
        site.close()

    @pytest.fixture
    def two_partitions(self, log: Log) -> Iterator[Site]:
        """A log whose topics have two partitions."""
        site = Site(log, partition_count=2)
        site.open()
        yield site
        site.close()
