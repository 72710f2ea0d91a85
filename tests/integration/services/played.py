"""A site that was played through, and how its commands are called when they are to fail."""

import json
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.integration.program import KOPILKA
from tests.integration.site import Site

__all__ = ["LIMIT", "TENANT", "Answer", "Copied", "Played", "call"]

#: Baskets of the feed: some with each campaign, few enough to be quick.
LIMIT: Final = 150
TENANT: Final = "journey"
_COMMAND_LIMIT_S: Final = 120.0

#: Opens a copy of the played site.
Copied = Callable[[], AbstractContextManager[Site]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What was left behind, and what commands answered on the way."""

    database_url: str
    folder: Path
    environment: dict[str, str]
    answers: dict[str, dict[str, Any]]
    #: Of worker, relay and projector.
    exit_codes: list[int]

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.database_url.partition("?")[0].rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a command ended, and what it said."""

    exit_code: int
    output: str
    errors: str

    @property
    def data(self) -> dict[str, Any]:
        """What it printed with --json."""
        data = json.loads(self.output)
        assert isinstance(data, dict)
        return data


def call(environment: Mapping[str, str], *arguments: str, folder: Path | None = None) -> Answer:
    """Run a command to its end, however it ends."""
    done = subprocess.run(
        [KOPILKA, *arguments],
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_COMMAND_LIMIT_S,
        check=False,
    )
    return Answer(exit_code=done.returncode, output=done.stdout, errors=done.stderr)
