"""Failures that a person can act on: their words and exit codes. What is not listed here is a bug, with its trace."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import psycopg

from eventlog.journal import JournalReplacedError
from eventlog.port import BrokenLogError
from eventlog.position import ClusterMismatchError
from processors.rules.source import FaultyDocumentError
from processors.worker.store import BrokenStoreError
from projections.conflict import ConflictRefusedError
from projections.migrate import ChangedMigrationError
from schemas.codec import UndecodableError
from schemas.entry import BrokenInvariantError
from services.embedded.binaries import BinariesMissingError
from services.embedded.cluster import EmbeddedPostgresError
from services.ingest.feed import DamagedFeedError
from services.ingest.feeder import FeedStoppedError
from services.ingest.journey import JourneyMissingError
from services.settings import SettingsError
from services.telemetry.probe import PortTakenError
from services.topology import TopologyError

__all__ = ["ExitCode", "Failure", "NotFoundError", "WorkRefusedError", "describe_failure"]


class ExitCode(IntEnum):
    """How a command ends."""

    WELL = 0
    #: Something is wrong: a check found it, a record was refused, a part does not work.
    WRONG = 1
    #: The call or a setting is wrong.
    USAGE = 2
    #: Starting again would end the same way: a person must look first.
    NEEDS_PERSON = 3


class NotFoundError(Exception):
    """What was asked for is not there; the text says what was looked for, and where."""


class WorkRefusedError(Exception):
    """The engine, or another process, did not take what was asked of it; the text says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure in words."""

    text: str
    exit_code: ExitCode


def describe_failure(error: BaseException) -> Failure | None:
    """Give a failure in words; `None` when it is a bug, whose trace says more."""
    match error:
        case SettingsError() | PortTakenError() | BinariesMissingError() | JourneyMissingError():
            return Failure(text=str(error), exit_code=ExitCode.USAGE)
        case FaultyDocumentError() | NotFoundError() | WorkRefusedError() | FeedStoppedError() | DamagedFeedError():
            return Failure(text=str(error), exit_code=ExitCode.WRONG)
        case ClusterMismatchError() | JournalReplacedError() | TopologyError() | ConflictRefusedError():
            return Failure(text=str(error), exit_code=ExitCode.NEEDS_PERSON)
        case ChangedMigrationError() | BrokenInvariantError() | UndecodableError():
            return Failure(text=str(error), exit_code=ExitCode.NEEDS_PERSON)
        case BrokenLogError() | BrokenStoreError() | EmbeddedPostgresError() | PermissionError() | TimeoutError():
            return Failure(text=str(error), exit_code=ExitCode.WRONG)
        case psycopg.errors.UndefinedTable() | psycopg.errors.InvalidSchemaName():
            text = "the read models are not there yet; the projector makes them: start it with kopilka projector, or up"
            return Failure(text=text, exit_code=ExitCode.WRONG)
        case psycopg.OperationalError():
            text = f"the database does not work: {error}; is KOPILKA_DATABASE_URL right, and the server running?"
            return Failure(text=text, exit_code=ExitCode.WRONG)
        case _:
            return None
