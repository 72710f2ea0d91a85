"""The files of one embedded PostgreSQL and the programs run on them; when which is run, `postgres` decides.

PostgreSQL's own word for a data folder and what belongs to it is a cluster.
"""

import os
import shutil
import subprocess
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from services.embedded.account import (
    check_reachable,
    make_open_folder,
    make_private_folder,
    server_account,
)
from services.embedded.binaries import PostgresBinaries

_USER: Final = "kopilka"
#: There is no port; the number is part of the socket's name, and PGPORT would change it if it were not given.
_PORT: Final = 5432
#: The operating system's limit for the path of a socket, without the zero byte at its end.
_SOCKET_PATH_LIMIT_BYTES: Final = 107
#: A log beyond this is set aside at the next start; one older log is kept.
_LOG_LIMIT_BYTES: Final = 10_000_000
_LOG_LINES_IN_ERROR: Final = 15

_SETTINGS: Final = (
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "max_connections=100",
    "shared_buffers=128MB",
    "fsync=on",
    "synchronous_commit=on",
    # One machine, no replicas: a rebuild's COPY into a new table then skips the write-ahead log.
    "wal_level=minimal",
    "max_wal_senders=0",
    # Short queries only; compiling them costs more than it gives.
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_line_prefix=%m [%p] ",
)
#: For tests: nothing is lost when the server is killed, everything may be when the machine is. Without
#: `synchronous_commit=off`, which loses commits with the server too.
_UNSAFE_SETTINGS: Final = ("fsync=off", "full_page_writes=off")
#: Given, not inherited: PGDATA, PGPORT, LD_LIBRARY_PATH or a locale of the user's must not reach the server.
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}


class EmbeddedPostgresError(RuntimeError):
    """The embedded server could not be made, started or stopped; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The folder of one embedded PostgreSQL."""

    #: Holds everything below; absolute.
    folder: Path
    #: Whether what was committed survives a loss of power; off for tests only, where it saves time.
    is_durable: bool

    @property
    def data(self) -> Path:
        """The data folder, which belongs to the server's account alone."""
        return self.folder / "data"

    @property
    def run(self) -> Path:
        """The folder of the socket, which belongs to the server's account alone."""
        return self.folder / "run"

    @property
    def log(self) -> Path:
        """What the server has said, oldest first."""
        return self.folder / "log"

    @property
    def pid(self) -> int | None:
        """The server's process id, as its data folder has it; a server that was killed leaves it behind."""
        try:
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def url(self, database: str) -> str:
        """The address of a database; valid whether or not the server runs."""
        folder = quote(str(self.run), safe="")
        return f"postgresql:///{quote(database, safe='')}?host={folder}&port={_PORT}&user={_USER}"

    def prepare_folders(self) -> None:
        """Make what must be there before a server can be looked for.

        Raises:
            EmbeddedPostgresError: The socket's path would be too long.
            PermissionError: As root: the server's account cannot reach the folder.
        """
        socket_path = self.run / f".s.PGSQL.{_PORT}"
        length_bytes = len(os.fsencode(socket_path))
        if length_bytes > _SOCKET_PATH_LIMIT_BYTES:
            raise EmbeddedPostgresError(
                f"The path of PostgreSQL's socket is {length_bytes} bytes long, and the system takes at most "
                f"{_SOCKET_PATH_LIMIT_BYTES}: {socket_path}. Set KOPILKA_STATE_DIR to a folder with "
                "a shorter path."
            )
        make_open_folder(self.folder)
        account = server_account()
        if account is not None:
            check_reachable(self.folder, account)
        make_private_folder(self.run, account)

    def read_version(self) -> int | None:
        """The major version of PostgreSQL that made the data folder, or nothing if there is none yet."""
        if not self.data.is_dir():
            return None
        return int((self.data / "PG_VERSION").read_text(encoding="utf-8"))

    def create_data(self, binaries: PostgresBinaries) -> None:
        """Make the data folder under another name, so that one under the final name is always whole."""
        draft = self.data.with_name("data.new")
        if draft.exists():
            shutil.rmtree(draft)
        make_private_folder(draft, server_account())
        options = ["-U", _USER, "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
        if not self.is_durable:
            options.append("--no-sync")
        exit_code = self._spawn([binaries.bin_dir / "initdb", "-D", draft, *options]).wait()
        if exit_code != 0:
            raise EmbeddedPostgresError(f"PostgreSQL could not make its data folder {draft}. {self.describe_log()}")
        draft.rename(self.data)

    def spawn_server(self, binaries: PostgresBinaries, *, server_lock: int) -> subprocess.Popen[bytes]:
        """Run the server, which is not ready when this returns.

        Args:
            binaries: The programs, of the version of the data folder.
            server_lock: A descriptor that holds a lock; the server and its children inherit it.
        """
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_name("log.old"))
        settings = (*_SETTINGS, *(() if self.is_durable else _UNSAFE_SETTINGS))
        arguments: list[Path | str] = ["-D", self.data, "-k", self.run, "-p", str(_PORT)]
        for setting in settings:
            arguments += ["-c", setting]
        return self._spawn([binaries.bin_dir / "postgres", *arguments], inherited=(server_lock,))

    def discard_stale_pid(self) -> None:
        """Remove the file of a killed server if another program has its number now, as in a new container.

        PostgreSQL takes any living process of its account for its predecessor, and refuses to start. To be
        called only while nothing lives that Kopilka started on this folder. A process called postgres might
        have been started by hand, and is left for PostgreSQL to judge.
        """
        try:
            command = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return
        if b"postgres" not in command.split(b"\0", 1)[0]:
            (self.data / "postmaster.pid").unlink()

    def describe_log(self) -> str:
        """The end of the log, with words before it that say so."""
        with self.log.open(encoding="utf-8", errors="replace") as log:
            lines = deque(log, maxlen=_LOG_LINES_IN_ERROR)
        return f"The end of its log, {self.log}:\n{''.join(lines)}"

    def _spawn(self, command: list[Path | str], *, inherited: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        account = server_account()
        if account is not None:
            check_reachable(Path(command[0]).parent, account)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=inherited,
                # Ctrl-C goes to every process of the terminal; the server must outlive those that use it.
                start_new_session=True,
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
            )
