"""Sessions on the server: how one is opened, and that the log's schema is there before the first."""

import struct
import threading
from contextlib import suppress
from typing import Any
from zlib import crc32

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Format
from psycopg.rows import TupleRow

from eventlog.port import BrokenLogError
from eventlog.postgres.statement import load_migrations, load_statement

__all__ = ["BROKEN_ERRORS", "Session", "Sessions", "close_session", "is_alive"]

Session = psycopg.Connection[TupleRow]

#: What psycopg raises when the server or the way to it fails, as opposed to a bug of ours.
BROKEN_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError)

#: What an address may override. A peer that vanished is noticed within half a minute, not in hours.
_DEFAULTS = {
    "application_name": "kopilka-eventlog",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}

_BETWEEN_EPOCHS_MS = 946_684_800_000  # from 1970 to 2000, where PostgreSQL's binary times begin


class _MillisecondLoader(Loader):
    """Reads a time as UTC milliseconds: the log's times have no more, and millions of datetimes are slow."""

    format = Format.BINARY

    _unpack = struct.Struct(">q").unpack

    def load(self, data: Buffer) -> int:
        (microseconds,) = self._unpack(data)
        return int(microseconds) // 1000 + _BETWEEN_EPOCHS_MS


class Sessions:
    """Opens sessions on one schema of one database; may be used by several threads.

    Args:
        url: the database, in any form that libpq takes.
        schema: of the log's tables; made when it is first needed.
    """

    def __init__(self, url: str, schema: str) -> None:
        # Any: libpq's options are strings and numbers, and psycopg types each by its name.
        self._options: dict[str, Any] = _DEFAULTS | conninfo_to_dict(url)
        self.schema = schema
        self._lock = threading.Lock()
        self._is_installed = False

    def open(self) -> Session:
        """Open a session, autocommitting.

        Raises:
            BrokenLogError: when the server cannot be reached.
        """
        try:
            session = psycopg.connect(**self._options, autocommit=True)
            try:
                session.execute(load_statement("set_session"), {"schema": self.schema})
                with self._lock:
                    if not self._is_installed:
                        _install(session, self.schema)
                        self._is_installed = True
            except BaseException:
                close_session(session)
                raise
        except BROKEN_ERRORS as error:
            raise BrokenLogError(f"PostgreSQL cannot be reached: {error}") from error
        session.adapters.register_loader("timestamptz", _MillisecondLoader)
        return session


def close_session(session: Session | None) -> None:
    """Close a session in whatever state it is; nothing happens to none."""
    if session is not None:
        with suppress(*BROKEN_ERRORS):
            session.close()


def is_alive(session: Session) -> bool:
    """Whether an idle session is still there, as far as its socket knows; asks the server nothing."""
    try:
        for _ in range(2):  # the first look takes the server's last words, the second finds that it hung up
            for _ in session.notifies(timeout=0):
                pass
    except BROKEN_ERRORS:
        return False
    return True


def _install(session: Session, schema: str) -> None:
    """Bring the schema to the newest migration. What is there already is only looked at."""
    migrations = list(load_migrations())
    if _count_applied(session) == len(migrations):
        return
    with session.transaction():
        session.execute(load_statement("lock_migrations"), {"key": crc32(schema.encode())})
        session.execute(load_statement("create_schema"))
        session.execute(load_statement("create_migration"))
        applied = _count_applied(session)
        assert applied <= len(migrations), f"schema {schema} was made by a newer version of Kopilka"
        for number, name, text in migrations[applied:]:
            session.execute(text)
            session.execute(load_statement("insert_migration"), {"number": number, "name": name})


def _count_applied(session: Session) -> int:
    has_migrations = session.execute(load_statement("has_migrations")).fetchone()
    if has_migrations != (True,):
        return 0
    counted = session.execute(load_statement("count_migrations")).fetchone()
    assert counted is not None
    return int(counted[0])
