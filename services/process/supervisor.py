"""All processes on one machine: the servers they need, then each as a child, kept running, stopped in order."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from structlog.typing import FilteringBoundLogger

from eventlog.opening import open_log
from eventlog.port import BrokenLogError
from projections.migrate import migrate
from services.backend import Backend, running_backend
from services.embedded.account import make_open_folder
from services.embedded.cluster import EmbeddedPostgresError
from services.embedded.filelock import try_lock
from services.failure import WorkRefusedError
from services.process.child import Child
from services.process.lifetime import Lifetime
from services.settings import Settings
from services.topology import apply_topics

__all__ = ["STOPPING_ORDER", "Supervisor", "prepare"]

#: What writes inputs stops first, then who decides, who carries, who projects; readers last. Starting is the other way
#: round, so that nothing is decided before it can be seen.
STOPPING_ORDER: Final = ("segmenter", "worker", "relay", "projector", "api")
_LOOK_INTERVAL_S: Final = 0.25
#: How often the embedded server is asked whether it still answers.
_SERVER_INTERVAL_S: Final = 2.0
#: How often topics and tables are tried to be made while the embedded server is taken away.
_PREPARE_ATTEMPTS: Final = 5
#: A child has its own limit for handing over; this much more, and it hangs.
_STOP_GRACE_S: Final = 10.0


def prepare(settings: Settings, backend: Backend) -> None:
    """Create topics and tables that are missing.

    Raises:
        TopologyError: when a topic has another number of partitions than the settings say.
        ChangedMigrationError: when the tables were built by other migrations.
    """
    with open_log(backend.log_url) as log:
        apply_topics(log, settings.partitions)
    migrate(backend.database_url)


class Supervisor:
    """Runs children until the lifetime is over.

    Args:
        settings: Of all of them.
        logger: Takes what happens to them.
        names: Which to run, of `STOPPING_ORDER`.
        output: The file that takes what they say; `None`: where this process's own lines go.
    """

    def __init__(
        self,
        settings: Settings,
        logger: FilteringBoundLogger,
        names: Sequence[str] = STOPPING_ORDER,
        *,
        output: Path | None = None,
    ) -> None:
        self._settings = settings
        self._logger = logger
        self._names = names
        self._output = output
        self.children: list[Child] = []

    def run(self, lifetime: Lifetime) -> None:
        """Start everything, keep it running, stop it.

        Raises:
            WorkRefusedError: when another supervisor runs on this state folder.
            SettingsError: when a setting is wrong.
            TopologyError: when the topics contradict the settings.
            EmbeddedPostgresError: when the embedded server does not come up.
        """
        with self._alone(), running_backend(self._settings) as backend:
            self._prepare(backend)
            with self.running(backend):
                self._watch(lifetime, backend)

    def _prepare(self, backend: Backend) -> None:
        """Prepare; a command that had started the embedded server a moment before may just have stopped it again."""
        for attempt in range(_PREPARE_ATTEMPTS):
            try:
                prepare(self._settings, backend)
            except (BrokenLogError, psycopg.OperationalError) as error:
                if backend.embedded is None or attempt == _PREPARE_ATTEMPTS - 1:
                    raise
                self._logger.warning("server_ended", text=str(error))
                backend.embedded.start()
            else:
                return

    @contextmanager
    def running(self, backend: Backend) -> Iterator[None]:
        """Have the children running for the length of a `with` block, then stop them in order."""
        environment = self._environment(backend)
        self.children = [
            Child(name, environment, self._logger, self._output)
            for name in reversed(STOPPING_ORDER)
            if name in self._names
        ]
        try:
            self.look()
            yield
        finally:
            for child in reversed(self.children):
                child.stop(limit_s=self._settings.drain_limit_s + _STOP_GRACE_S)

    def look(self) -> None:
        """Start again what crashed."""
        for child in self.children:
            child.look()

    def _watch(self, lifetime: Lifetime, backend: Backend) -> None:
        settings = self._settings
        self._logger.info("up", api=f"http://{settings.listen_host}:{settings.api_port}", folder=str(settings.folder))
        next_server_s = 0.0
        while not lifetime.wait(_LOOK_INTERVAL_S):
            if time.monotonic() >= next_server_s:
                next_server_s = time.monotonic() + _SERVER_INTERVAL_S
                self._keep_server(backend)
            self.look()

    def _keep_server(self, backend: Backend) -> None:
        server = backend.embedded
        if server is None or server.is_running():
            return
        self._logger.warning("server_ended", folder=str(server.cluster.folder))
        try:
            server.start()
        except (EmbeddedPostgresError, TimeoutError) as error:
            # No trace: the text says it all.
            self._logger.error("server_broken", text=str(error))  # noqa: TRY400
        else:
            self._logger.info("server_started")

    def _environment(self, backend: Backend) -> dict[str, str]:
        settings = self._settings
        given = {
            "KOPILKA_EVENTLOG_URL": backend.log_url,
            "KOPILKA_DATABASE_URL": backend.database_url,
            "KOPILKA_STATE_DIR": str(settings.folder),
            "KOPILKA_PARTITIONS": str(settings.partitions),
            "KOPILKA_WORKER_ID": settings.worker_id,
            "KOPILKA_LISTEN_HOST": settings.listen_host,
            "KOPILKA_API_PORT": str(settings.api_port),
            "KOPILKA_MONITOR_PORT": str(settings.monitor_port),
            "KOPILKA_LOG_LEVEL": settings.log_level,
        }
        return os.environ | given

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = self._settings.folder
        make_open_folder(folder)
        held = try_lock(folder / "up.lock")
        if held is None:
            msg = f"kopilka up runs on {folder} already; stop that one, or set KOPILKA_STATE_DIR to another folder"
            raise WorkRefusedError(msg)
        try:
            yield
        finally:
            os.close(held)
