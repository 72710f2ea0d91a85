"""Where log and read models are: the servers that the settings name, or the embedded one, running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from services.embedded.postgres import EmbeddedPostgres
from services.settings import Settings, SettingsError

__all__ = ["Backend", "given_backend", "running_backend"]

_MEMORY: Final = "memory://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Addresses of log and read models."""

    #: As `eventlog.opening.open_log` takes it.
    log_url: str
    #: As psycopg takes it.
    database_url: str
    #: The embedded server, when an address is its.
    embedded: EmbeddedPostgres | None = None


def given_backend(settings: Settings) -> Backend | None:
    """Give the addresses that the settings name; `None` when the embedded server is needed.

    A given database holds the log too, unless that has an address of its own.

    Raises:
        SettingsError: when the log would be in memory: it ends with its process, and several processes need it.
    """
    if settings.eventlog_url == _MEMORY:
        msg = (
            "KOPILKA_EVENTLOG_URL is 'memory://': such a log lives in one process, and this takes several; leave it "
            "out for the embedded server, or set postgresql://user@host/database"
        )
        raise SettingsError(msg)
    if settings.database_url is None:
        return None
    return Backend(log_url=settings.eventlog_url or settings.database_url, database_url=settings.database_url)


@contextmanager
def running_backend(settings: Settings) -> Iterator[Backend]:
    """Give the addresses, with the embedded server running where it is needed; who started it stops it.

    Raises:
        SettingsError: as `given_backend`.
        BinariesMissingError: when no PostgreSQL is on this machine.
        EmbeddedPostgresError: when the server does not come up.
    """
    given = given_backend(settings)
    if given is not None:
        yield given
        return
    with EmbeddedPostgres(settings.folder) as server:
        url = server.url()
        yield Backend(log_url=settings.eventlog_url or url, database_url=url, embedded=server)
