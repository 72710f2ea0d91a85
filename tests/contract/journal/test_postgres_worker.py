"""The worker passes its suite on the log in PostgreSQL."""

from __future__ import annotations

import pytest

from eventlog.opening import open_log
from eventlog.port import Log
from eventlog.postgres.writer import RECORD_LIMIT_BYTES
from tests.contract.journal.worker_contract import WorkerContract


class TestPostgresWorker(WorkerContract):
    """The suite, in a database of each test's own."""

    largest_bytes = RECORD_LIMIT_BYTES

    @pytest.fixture
    def log(self, newest_database_url: str) -> Log:
        """An empty log."""
        return open_log(newest_database_url)
