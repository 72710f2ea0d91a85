"""Fixtures that more than one folder of tests uses."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.postgres import PostgresServer, PostgresServers, server_labels

# Shared modules that assert: registered before anything imports them, whatever is collected first.
pytest.register_assert_rewrite("tests.integration.books", "tests.integration.reported")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses `postgres_server`, straight or through `database_url`, once on each server."""
    if "postgres_server" in metafunc.fixturenames:
        labels = [f"postgres{label}" for label in server_labels()]
        metafunc.parametrize("postgres_server", server_labels(), ids=labels, indirect=True, scope="session")


@pytest.fixture(scope="session")
def postgres_servers() -> Iterator[PostgresServers]:
    """The servers of this session; stopped at its end."""
    with ExitStack() as cleanup:
        yield PostgresServers(cleanup)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest, postgres_servers: PostgresServers) -> PostgresServer:
    """A server of each version in turn: the test runs once on each."""
    return postgres_servers.get(request.param)


@pytest.fixture(scope="session")
def newest_postgres_server(postgres_servers: PostgresServers) -> PostgresServer:
    """The server of the newest version, for a test to which the version does not matter."""
    return postgres_servers.get(server_labels()[0])


@pytest.fixture
def database_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database of this test's own; the test runs once on each server version."""
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture
def newest_database_url(newest_postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database of this test's own, on the newest version only."""
    with newest_postgres_server.fresh_database() as url:
        yield url
