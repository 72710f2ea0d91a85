"""Migrations go forward once, in order, and notice when they were changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from projections.migrate import ChangedMigrationError, migrate
from projections.sql_file import load_sql, sql_files
from tests.integration.projections.made_model import ask, change

NAMES = [path.removeprefix("migrations/") for path in sql_files("migrations")]


def test_migrations_are_applied_once_in_the_order_of_their_numbers(database_url: str) -> None:
    """A second run finds nothing to do."""
    assert migrate(database_url) == NAMES
    assert migrate(database_url) == []
    assert ask(database_url, "SELECT name FROM migration ORDER BY applied_at, name") == [(name,) for name in NAMES]


def test_two_processes_may_migrate_at_once(newest_database_url: str) -> None:
    """Processes that start together do not trip over each other."""
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, [newest_database_url] * 4))
    assert sorted(map(len, applied)) == [0, 0, 0, len(NAMES)]


def test_a_changed_migration_is_refused_with_the_way_out(model_url: str) -> None:
    """A file that was edited after its release is noticed, and the message says what to do."""
    change(model_url, "UPDATE migration SET digest = 'other' WHERE name = %s", NAMES[2])
    with pytest.raises(ChangedMigrationError, match="drop schema read_model"):
        migrate(model_url)


@pytest.mark.parametrize("path", sql_files("migrations"))
def test_each_migration_says_whether_it_locks(path: str) -> None:
    """Who applies it can tell beforehand what will wait."""
    head = load_sql(path).decode().split("\n\n")[0]
    assert "lock" in head.lower()
    assert all(line.startswith("-- ") for line in head.splitlines())


def test_migration_numbers_have_no_gaps() -> None:
    """Two changes that took the same number are noticed."""
    assert [int(name[:4]) for name in NAMES] == list(range(1, len(NAMES) + 1))
