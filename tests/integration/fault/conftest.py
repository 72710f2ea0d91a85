"""What the faults share: a server of their own, the feed, and a site on which the campaigns are published."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.embedded.postgres import EmbeddedPostgres
from services.ingest.feed import FeedRecord
from services.ingest.journey import open_journey
from services.ingest.journey_selection import Selection
from tests import journey_oracle
from tests.integration.site import CODE_KEY, FreshSite, Site, opened_site
from tests.postgres import NEWEST_VERSION, PostgresServer, require_binaries, short_state_dir

#: 10,390 baskets over the year, and all 2,102 activations spread among them.
_EVERY = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a site with published campaigns has left behind."""

    database: str
    folder: Path


@pytest.fixture(scope="session")
def feed(tmp_path_factory: pytest.TempPathFactory) -> list[FeedRecord]:
    """The records, in order."""
    folder = tmp_path_factory.mktemp("feed")
    return list(open_journey(folder, code_key=CODE_KEY.encode(), selection=Selection(every=_EVERY)))


@pytest.fixture(scope="session")
def journey() -> journey_oracle.Journey:
    """The same part of the data, as the independent recomputation sees it."""
    return journey_oracle.take(journey_oracle.load_tables(), every=_EVERY)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """A server that tests here may stop: with the settings that users get."""
    with short_state_dir() as folder:
        binaries = require_binaries(folder, NEWEST_VERSION)
        with EmbeddedPostgres(folder, binaries=binaries) as server:
            yield server


@pytest.fixture(scope="session")
def published(server: EmbeddedPostgres) -> Iterator[Published]:
    """A database and state folders right after the campaigns were published; nobody is connected any more.

    Shared, because publishing is the same for every fault: each begins with the feed.
    """
    with ExitStack() as stack:
        url = stack.enter_context(_maintained(server).fresh_database())
        folder = stack.enter_context(short_state_dir())
        with opened_site(url, folder) as site:
            site.run("topics", "apply")
            programs = site.start_all()
            site.publish()
            site.await_rest()
            assert [program.stop() for program in programs] == [0, 0, 0]
        yield Published(database=url.partition("?")[0].rpartition("/")[2], folder=folder)


@pytest.fixture
def fresh_site(server: EmbeddedPostgres, published: Published) -> FreshSite:
    """Give what opens a copy of the published site."""

    @contextmanager
    def fresh() -> Iterator[Site]:
        with (
            _maintained(server).fresh_database(template=published.database) as url,
            short_state_dir() as folder,
        ):
            shutil.copytree(published.folder, folder, dirs_exist_ok=True)
            with opened_site(url, folder) as site:
                yield site

    return fresh


def _maintained(server: EmbeddedPostgres) -> PostgresServer:
    return PostgresServer(label="own", maintenance_url=server.url())
