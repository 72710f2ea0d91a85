"""PostgreSQL for tests: servers of several versions, started once a session, and a database for each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from services.embedded.binaries import (
    BinariesMissingError,
    PostgresBinaries,
    find_system_binaries,
    find_wheel_binaries,
)
from services.embedded.postgres import EmbeddedPostgres

#: The version that every run of the suite tests; the wheel brings it.
NEWEST_VERSION: Final = 18
#: Names a server to use instead of those that the tests start; its role must be allowed to create databases.
GIVEN_SERVER_VARIABLE: Final = "KOPILKA_TEST_DATABASE_URL"
#: The label of that server among the servers' labels, which otherwise are versions.
GIVEN_SERVER: Final = "given"

#: Folders here are kept in memory.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - only the parent of a folder that mkdtemp makes
#: Ten times what the servers of one session take.
_ROOMY_BYTES: Final = 4_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server that tests may make databases on."""

    #: "18", "15", or "given".
    label: str
    #: The address of a database that is always there.
    maintenance_url: str

    def url(self, database: str) -> str:
        """The address of another database of this server."""
        parts = urlsplit(self.maintenance_url)
        # Not `urlunsplit`: it drops the two slashes of an address without a host.
        return f"{parts.scheme}://{parts.netloc}/{database}?{parts.query}".removesuffix("?")

    @contextmanager
    def fresh_database(self, *, template: str = "template1") -> Iterator[str]:
        """Give the address of a new database, dropped afterwards with whoever is still connected to it.

        Args:
            template: The database it is a copy of; nobody may be connected to that.
        """
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            creation = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(creation.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield self.url(name)
        finally:
            with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class PostgresServers:
    """The servers of one test session, each started when it is first asked for.

    Args:
        cleanup: Stops them and removes their folders when it is closed.
    """

    def __init__(self, cleanup: ExitStack) -> None:
        self._cleanup = cleanup
        self._started: dict[str, PostgresServer] = {}

    def get(self, label: str) -> PostgresServer:
        """The server of this label, running."""
        if label not in self._started:
            self._started[label] = self._start(label)
        return self._started[label]

    def _start(self, label: str) -> PostgresServer:
        if label == GIVEN_SERVER:
            return PostgresServer(label=label, maintenance_url=os.environ[GIVEN_SERVER_VARIABLE])
        state_dir = self._cleanup.enter_context(short_state_dir())
        server = EmbeddedPostgres(state_dir, binaries=require_binaries(state_dir, int(label)), is_durable=False)
        self._cleanup.enter_context(server)
        return PostgresServer(label=label, maintenance_url=server.url())


def server_labels() -> tuple[str, ...]:
    """The servers that a test of a database runs on, the newest first; if one is given, that alone."""
    if os.environ.get(GIVEN_SERVER_VARIABLE):
        return (GIVEN_SERVER,)
    return tuple(str(version) for version in embedded_versions())


def embedded_versions() -> tuple[int, ...]:
    """The versions that tests start servers of: the wheel's newest, and the system's if it is another."""
    others = [binaries.version for binaries in find_system_binaries() if binaries.version != NEWEST_VERSION]
    return (NEWEST_VERSION, *others[:1])


def require_binaries(state_dir: Path, version: int) -> PostgresBinaries:
    """The programs of a version, the newest from the wheel, others from the system.

    Raises:
        BinariesMissingError: They are not there; the message says what to install.
    """
    if version == NEWEST_VERSION:
        binaries = find_wheel_binaries(state_dir, version)
    else:
        binaries = next((found for found in find_system_binaries() if found.version == version), None)
    if binaries is None:
        raise BinariesMissingError(
            f"The tests need PostgreSQL {version}. Version {NEWEST_VERSION} comes with Kopilka's extra "
            "`embedded`, which `make test` installs (pip install 'kopilka[embedded]'); others are the "
            f"system's. To test on a running server instead, name it in {GIVEN_SERVER_VARIABLE}."
        )
    return binaries


def _fastest_parent() -> Path:
    """Memory where there is plenty: a new database is 300 files, for which a disk may take ten times longer.

    A container's `/dev/shm` is small and runs no programs; there it is `/tmp`.
    """
    if _MEMORY.is_dir():
        status = os.statvfs(_MEMORY)
        is_roomy = status.f_bavail * status.f_frsize >= _ROOMY_BYTES
        if is_roomy and not status.f_flag & os.ST_NOEXEC and os.access(_MEMORY, os.W_OK | os.X_OK):
            return _MEMORY
    return Path("/tmp")  # noqa: S108 - as above


@contextmanager
def short_state_dir() -> Iterator[Path]:
    """Give a state folder whose path leaves room for a socket, and which a server's account can enter."""
    # Not pytest's own folders: they are deep, and closed to other accounts.
    folder = Path(tempfile.mkdtemp(prefix="kopilka-", dir=_fastest_parent()))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder)
