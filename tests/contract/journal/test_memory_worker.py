"""The worker passes its suite on the log in memory."""

from __future__ import annotations

import pytest

from eventlog.memory import RECORD_LIMIT_BYTES
from eventlog.opening import open_log
from eventlog.port import Log
from tests.contract.journal.worker_contract import WorkerContract


class TestMemoryWorker(WorkerContract):
    """The suite, in memory."""

    largest_bytes = RECORD_LIMIT_BYTES

    @pytest.fixture
    def log(self) -> Log:
        """An empty log."""
        return open_log("memory://")
