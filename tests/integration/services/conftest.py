"""What the tests of the processes share: one site that has been played through, and copies of it to spoil."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from services.ingest.journey import open_journey
from services.ingest.journey_selection import Selection
from tests.integration.services.played import LIMIT, Copied, Played
from tests.integration.site import CODE_KEY, Site, opened_site
from tests.postgres import PostgresServer, short_state_dir


@pytest.fixture(scope="session")
def journey_feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small feed; made once, because importing pandas takes longer than most tests."""
    folder = tmp_path_factory.mktemp("feed")
    return open_journey(folder, code_key=CODE_KEY.encode(), selection=Selection(limit=LIMIT)).path


@pytest.fixture(scope="session")
def played(newest_postgres_server: PostgresServer, journey_feed: Path) -> Iterator[Played]:
    """A site on which campaigns were published, a feed was ingested and segments were computed; nothing runs any more.

    Everything was done by real processes and commands.
    """
    with ExitStack() as stack:
        url = stack.enter_context(newest_postgres_server.fresh_database())
        folder = stack.enter_context(short_state_dir())
        with opened_site(url, folder) as site:
            result = _play(site, journey_feed)
        yield result


def _play(site: Site, feed: Path) -> Played:
    state = site.folder / "one"
    state.mkdir()
    shutil.copy(feed, state)
    created = site.run("topics", "apply")
    programs = site.start_all()
    site.publish()
    ingested = site.run("ingest", "journey", "--limit", str(LIMIT))
    site.run("doctor", "lag", "--wait")
    segments = site.run("segment", "compute")
    site.run("doctor", "lag", "--wait")
    exit_codes = [program.stop() for program in programs]
    return Played(
        database_url=site.database_url,
        folder=site.folder,
        environment=site.environment(KOPILKA_MONITOR_PORT="0"),
        answers={"topics": created, "ingest": ingested, "segments": segments},
        exit_codes=exit_codes,
    )


@pytest.fixture
def copied(newest_postgres_server: PostgresServer, played: Played) -> Copied:
    """Give what opens a copy of the played site, which a test may spoil."""

    @contextmanager
    def copy() -> Iterator[Site]:
        with newest_postgres_server.fresh_database(template=played.database) as url, short_state_dir() as folder:
            shutil.copytree(played.folder, folder, dirs_exist_ok=True)
            with opened_site(url, folder) as site:
                yield site

    return copy
