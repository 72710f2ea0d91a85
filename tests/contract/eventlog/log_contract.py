"""The suite that every adapter passes: `class TestMyLog(LogContract)`, with three fixtures.

An adapter may have holes between offsets, tell an end early and take its time; it may not lose, repeat or reorder.
"""

from uuid import uuid4

import pytest

from eventlog.port import Log, TopicPartition, TopicSettings
from tests.contract.eventlog.group_contract import Crash, GroupContract
from tests.contract.eventlog.reader_contract import ReaderContract
from tests.contract.eventlog.writer_contract import WriterContract


class LogContract(WriterContract, ReaderContract, GroupContract):
    """A subclass gives `log` and `crash` as fixtures, and `too_large_bytes`."""

    @pytest.fixture
    def log(self) -> Log:
        """An open log, closed afterwards. It may be shared: each test makes its own topics and groups."""
        raise NotImplementedError

    @pytest.fixture
    def crash(self) -> Crash:
        """Ends a member as if its process had died."""
        raise NotImplementedError

    @pytest.fixture
    def places(self, log: Log) -> list[TopicPartition]:
        """The four partitions of a new topic of this test's own."""
        name = f"test.{uuid4().hex}.v1"
        log.create_topics([TopicSettings(name=name, partitions=4)])
        return [TopicPartition(name, partition) for partition in range(4)]

    @pytest.fixture
    def place(self, places: list[TopicPartition]) -> TopicPartition:
        """One partition of a new topic."""
        return places[0]
