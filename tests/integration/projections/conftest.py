"""Databases with read models in them."""

import pytest

from projections.migrate import migrate


@pytest.fixture
def model_url(newest_database_url: str) -> str:
    """The address of a database whose read models are migrated and empty."""
    migrate(newest_database_url)
    return newest_database_url


@pytest.fixture
def every_model_url(database_url: str) -> str:
    """The same, on each server version in turn."""
    migrate(database_url)
    return database_url
