"""What the tests of the embedded PostgreSQL share: programs, state folders, processes that own a server."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from services.embedded.binaries import PostgresBinaries
from services.embedded.postgres import EmbeddedPostgres
from tests.postgres import NEWEST_VERSION, embedded_versions, require_binaries, short_state_dir

_OWNER: Final = Path(__file__).with_name("owner.py")

#: Starts a process that starts or finds the state folder's server, and uses it until its input is closed.
StartOwner = Callable[[], subprocess.Popen[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A PostgreSQL and a state folder in which it has run once."""

    binaries: PostgresBinaries
    state_dir: Path


#: Gives what is prepared for a version.
Prepare = Callable[[int], Prepared]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses `every_binaries` once with each version."""
    if "every_binaries" in metafunc.fixturenames:
        versions = embedded_versions()
        metafunc.parametrize(
            "every_binaries", versions, ids=[f"postgres{version}" for version in versions], indirect=True
        )


@pytest.fixture(scope="session")
def prepare() -> Iterator[Prepare]:
    """Give the programs and the data of a version, made once: making data takes longer than most tests."""
    with ExitStack() as cleanup:
        done: dict[int, Prepared] = {}

        def make(version: int) -> Prepared:
            if version not in done:
                state_dir = cleanup.enter_context(short_state_dir())
                binaries = require_binaries(state_dir, version)
                with EmbeddedPostgres(state_dir, binaries=binaries, is_durable=False):
                    pass
                done[version] = Prepared(binaries=binaries, state_dir=state_dir)
            return done[version]

        yield make


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """An empty state folder of the test's own, in which no server runs after the test."""
    with short_state_dir() as folder:
        yield folder
        EmbeddedPostgres(folder).stop_immediate()


@pytest.fixture
def binaries(prepare: Prepare) -> PostgresBinaries:
    """The newest PostgreSQL."""
    return prepare(NEWEST_VERSION).binaries


@pytest.fixture
def every_binaries(request: pytest.FixtureRequest, prepare: Prepare) -> PostgresBinaries:
    """Each PostgreSQL in turn."""
    return prepare(request.param).binaries


@pytest.fixture
def used_state_dir(state_dir: Path, prepare: Prepare) -> Path:
    """A state folder of the test's own, in which the newest PostgreSQL has already run once."""
    _copy_data(prepare(NEWEST_VERSION), state_dir)
    return state_dir


@pytest.fixture
def server(used_state_dir: Path, binaries: PostgresBinaries) -> Iterator[EmbeddedPostgres]:
    """A running server of the newest version."""
    with EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False) as server:
        yield server


@pytest.fixture
def every_server(state_dir: Path, prepare: Prepare, every_binaries: PostgresBinaries) -> Iterator[EmbeddedPostgres]:
    """A running server of each version in turn, with the settings that users get."""
    _copy_data(prepare(every_binaries.version), state_dir)
    with EmbeddedPostgres(state_dir, binaries=every_binaries) as server:
        yield server


def _copy_data(prepared: Prepared, state_dir: Path) -> None:
    # `cp` and not `shutil.copytree`, which gives what it copies to whoever copies.
    subprocess.run(["cp", "--archive", prepared.state_dir / "postgres", state_dir], check=True)


@pytest.fixture
def start_owner(state_dir: Path) -> Iterator[StartOwner]:
    """Start processes that use the server of the state folder; those that are left are killed in the end."""
    with ExitStack() as cleanup:

        def start() -> subprocess.Popen[str]:
            process = cleanup.enter_context(
                subprocess.Popen(
                    [sys.executable, _OWNER, state_dir],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            cleanup.callback(process.kill)
            return process

        yield start
