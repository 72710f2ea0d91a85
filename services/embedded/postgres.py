"""One PostgreSQL server of our own: started, found again, stopped.

Beside the server's files lie three locks. Each answers one question, and the kernel gives it back when its
holders die:

- `start.lock`: is somebody starting or stopping the server just now?
- `server.lock`: does any process of the server live? The server inherits it, and so do its children; while
  one of them still holds the data folder no other server can follow.
- `owner.lock`: does the process that is to stop the server live? A server whose owner was killed falls to the
  next one that finds it.

No port is opened. The socket's folder can be entered by the server's account and root alone, which is why
connections need no password.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg

from services.embedded.account import make_open_folder
from services.embedded.binaries import PostgresBinaries, find_binaries
from services.embedded.cluster import Cluster, EmbeddedPostgresError
from services.embedded.filelock import is_locked, locked, try_lock

_DATABASE: Final = "kopilka"
#: Is always there, to ask for others.
_MAINTENANCE_DATABASE: Final = "postgres"
#: A server that was killed first replays its log, up to 1 GB of it.
_START_LIMIT_S: Final = 120.0
#: Sessions are ended at once, but a checkpoint is written; past this the server is ended the hard way.
_STOP_LIMIT_S: Final = 60.0
#: The server kills what does not end by itself within 5 s.
_IMMEDIATE_STOP_LIMIT_S: Final = 15.0
_POLL_S: Final = 0.02

_HAS_DATABASE: Final = Path(__file__).with_name("has_database.sql")
_CREATE_DATABASE: Final = Path(__file__).with_name("create_database.sql")


class EmbeddedPostgres:
    """The embedded PostgreSQL of one state folder.

    Who starts the server owns it, and stops it with `stop` or at the end of a `with` block. Who finds it
    running uses it and leaves it; unless its owner was killed: then the finder becomes the owner. All methods
    block; inside an event loop call them through a thread. An object is used from one thread at a time.

    Args:
        state_dir: The folder to keep everything in; made if missing.
        binaries: The programs to use; found by `find_binaries` if not given.
        is_durable: Whether what was committed survives a loss of power; off for tests only, to save time.
    """

    def __init__(self, state_dir: Path, *, binaries: PostgresBinaries | None = None, is_durable: bool = True) -> None:
        self._state_dir = state_dir.absolute()
        self._binaries = binaries
        self._cluster = Cluster(folder=self._state_dir / "postgres", is_durable=is_durable)
        self._start_lock = self._cluster.folder / "start.lock"
        self._server_lock = self._cluster.folder / "server.lock"
        self._owner_lock = self._cluster.folder / "owner.lock"
        self._process: subprocess.Popen[bytes] | None = None
        self._owned_pid: int | None = None
        self._owner_lock_held: int | None = None
        self._exit_code: int | None = None

    @property
    def cluster(self) -> Cluster:
        """The server's files."""
        return self._cluster

    @property
    def exit_code(self) -> int | None:
        """How the last server that this object started ended: 0 is well; nothing while none has ended."""
        return self._exit_code

    @property
    def is_owner(self) -> bool:
        """Whether `stop` of this object stops the server."""
        return self._owned_pid is not None

    def url(self, database: str = _DATABASE) -> str:
        """The address of a database of this server, as psycopg takes it; the same in every run."""
        return self._cluster.url(database)

    def is_running(self) -> bool:
        """Whether the server takes connections, be it ours or another process's."""
        address = f"{self.url(_MAINTENANCE_DATABASE)}&connect_timeout=5"
        # Ping, not a connection: a server whose connections are all taken runs too.
        return psycopg.pq.PGconn.ping(address.encode()) == psycopg.pq.Ping.OK

    def start(self) -> None:
        """Have the server running, with its database: start it, or find it running. May be called again.

        Raises:
            BinariesMissingError: No PostgreSQL is installed, or not the version of the data folder.
            EmbeddedPostgresError: The socket's path is too long, the given programs are of another version
                than the data, or the server does not come up; then with the end of its log.
            PermissionError: As root: the server's account cannot reach the state folder or the programs.
            TimeoutError: Another process was starting or stopping the server all the time.
        """
        self._cluster.prepare_folders()
        with locked(self._start_lock, limit_s=_START_LIMIT_S):
            server_lock = self._find_server_or_lock()
            if server_lock is not None:
                try:
                    self._forget_server()
                    self._start_server(server_lock)
                finally:
                    # Ours only: the server keeps the lock through the descriptor that it has inherited.
                    os.close(server_lock)
            elif self._owned_pid is None or self._owned_pid != self._cluster.pid:
                self._forget_server()
                self._ensure_database()
                self._take_ownership(is_started_here=False)

    def stop(self, *, limit_s: float = _STOP_LIMIT_S) -> None:
        """Stop the server if this object owns it: end its sessions, write a checkpoint, wait for its end.

        Args:
            limit_s: How long that may take; past it the server is ended as by `stop_immediate`, which loses
                nothing that was committed but makes the next start slower.

        Raises:
            EmbeddedPostgresError: The server is still there.
        """
        if self._owned_pid is None:
            return
        with locked(self._start_lock, limit_s=_START_LIMIT_S):
            # Another server than ours has its owner, or will find one.
            is_ours = self._owned_pid == self._cluster.pid
            if is_ours and not self._end_server(signal.SIGINT, limit_s=limit_s):
                self._end_server_at_once()
            self._forget_server()

    def stop_immediate(self) -> None:
        """End the server without a checkpoint, whoever owns it, as a crash would; for tests.

        Raises:
            EmbeddedPostgresError: The server is still there.
        """
        make_open_folder(self._cluster.folder)
        with locked(self._start_lock, limit_s=_START_LIMIT_S):
            self._end_server_at_once()
            self._forget_server()

    def restart(self) -> None:
        """Stop the server if this object owns it, and start it, or find it running."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _find_server_or_lock(self) -> int | None:
        """Wait until a server answers (then nothing), or until none lives (then the lock that says so)."""
        deadline_s = time.monotonic() + _START_LIMIT_S
        while not self.is_running():
            server_lock = try_lock(self._server_lock)
            if server_lock is not None:
                return server_lock
            if time.monotonic() > deadline_s:
                raise EmbeddedPostgresError(
                    f"A PostgreSQL runs on {self._cluster.data}, process {self._cluster.pid}, but has not "
                    f"answered for {_START_LIMIT_S:g} s. See {self._cluster.log}; if it hangs, end that "
                    "process and start again."
                )
            time.sleep(_POLL_S)
        return None

    def _start_server(self, server_lock: int) -> None:
        binaries = self._fitting_binaries()
        if not self._cluster.data.is_dir():
            self._cluster.create_data(binaries)
        self._cluster.discard_stale_pid()
        process = self._process = self._cluster.spawn_server(binaries, server_lock=server_lock)
        try:
            _wait_until(lambda: process.poll() is not None or self.is_running(), limit_s=_START_LIMIT_S)
            if process.poll() is None and self.is_running():
                self._ensure_database()
                self._take_ownership(is_started_here=True)
        finally:
            # Also after Ctrl-C: a server without an owner would stay behind.
            if self._owned_pid is None:
                process.send_signal(signal.SIGQUIT)
                self._forget_server()
        if self._owned_pid is None:
            raise EmbeddedPostgresError(
                f"PostgreSQL {binaries.version} did not start on {self._cluster.data}. {self._cluster.describe_log()}"
            )

    def _fitting_binaries(self) -> PostgresBinaries:
        """The given programs, or those of the data folder's version: no other can read it."""
        version = self._cluster.read_version()
        binaries = self._binaries or find_binaries(self._state_dir, version)
        if version not in (None, binaries.version):
            raise EmbeddedPostgresError(
                f"{self._cluster.data} was made by PostgreSQL {version} and cannot be run by version "
                f"{binaries.version}. Install PostgreSQL {version}, or set KOPILKA_STATE_DIR to another "
                "folder."
            )
        return binaries

    def _ensure_database(self) -> None:
        with psycopg.connect(self.url(_MAINTENANCE_DATABASE), autocommit=True) as connection:
            found = connection.execute(_HAS_DATABASE.read_bytes(), {"name": _DATABASE}).fetchone()
            if found != (True,):
                connection.execute(_CREATE_DATABASE.read_bytes())

    def _take_ownership(self, *, is_started_here: bool) -> None:
        """Become the one who stops the server: by having started it, or because its owner is dead."""
        self._owner_lock_held = try_lock(self._owner_lock)
        if is_started_here or self._owner_lock_held is not None:
            self._owned_pid = self._cluster.pid

    def _forget_server(self) -> None:
        """Give up what is known of an earlier server; one that we started has ended or is ending."""
        self._owned_pid = None
        if self._process is not None:
            self._exit_code = self._process.wait(_IMMEDIATE_STOP_LIMIT_S)
            self._process = None
        if self._owner_lock_held is not None:
            os.close(self._owner_lock_held)
            self._owner_lock_held = None

    def _end_server(self, how: signal.Signals, *, limit_s: float) -> bool:
        """Signal the server and wait until all its processes are gone; no if the limit passes first."""
        pid = self._cluster.pid
        # Only while the lock is held is the number that of our server, and not of whoever got it afterwards.
        if pid is None or not is_locked(self._server_lock):
            return True
        # If the server itself was killed, its children are about to notice.
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        return _wait_until(lambda: not is_locked(self._server_lock), limit_s=limit_s)

    def _end_server_at_once(self) -> None:
        if not self._end_server(signal.SIGQUIT, limit_s=_IMMEDIATE_STOP_LIMIT_S):
            raise EmbeddedPostgresError(
                f"PostgreSQL on {self._cluster.data}, process {self._cluster.pid}, does not end. "
                f"See {self._cluster.log}."
            )


def _wait_until(condition: Callable[[], bool], *, limit_s: float) -> bool:
    """Whether the condition came to hold within the limit."""
    deadline_s = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(_POLL_S)
    return True
