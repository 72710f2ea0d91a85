"""The fixtures that give tests a database keep their promises."""

import psycopg
import pytest

from tests.postgres import NEWEST_VERSION, PostgresServer, server_labels
from tests.waiting import wait_until


def _make_table(url: str) -> None:
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('note')").fetchone() == (None,)
        connection.execute("CREATE TABLE note (value bigint)")


def test_a_test_gets_an_empty_database(database_url: str) -> None:
    """On each server."""
    _make_table(database_url)


def test_another_test_gets_another(database_url: str) -> None:
    """What the test before it left is not seen."""
    _make_table(database_url)


def test_a_database_is_gone_after_its_test_even_if_somebody_is_connected(
    postgres_server: PostgresServer,
) -> None:
    """A test that leaks a connection does not spoil the next one."""
    with postgres_server.fresh_database() as url:
        leaked = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)
    leaked.close()


def test_a_database_can_be_the_copy_of_another(newest_postgres_server: PostgresServer) -> None:
    """Many tests may share the cost of the migrations."""
    with newest_postgres_server.fresh_database() as template_url:
        _make_table(template_url)
        template = template_url.split("?", 1)[0].rsplit("/", 1)[1]
        with (
            newest_postgres_server.fresh_database(template=template) as url,
            psycopg.connect(url) as connection,
        ):
            assert connection.execute("SELECT count(*) FROM note").fetchone() == (0,)


def test_the_newest_server_is_one_of_those_that_are_tested(newest_postgres_server: PostgresServer) -> None:
    """Unless a server is given, it is the wheel's."""
    assert newest_postgres_server.label == server_labels()[0]
    assert newest_postgres_server.label in (str(NEWEST_VERSION), "given")


def test_a_wait_that_is_in_vain_says_for_what() -> None:
    """The failure reads as a broken promise."""
    with pytest.raises(AssertionError, match=r"^waited 0\.05 s, and it did not come true that pigs fly$"):
        wait_until(lambda: False, limit_s=0.05, what="pigs fly")
