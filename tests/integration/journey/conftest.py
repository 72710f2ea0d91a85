"""A site with the journey's campaigns in force."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.site import FreshSite, Site, opened_site
from tests.postgres import short_state_dir


@pytest.fixture
def fresh_site(newest_database_url: str) -> FreshSite:
    """Give what opens the test's site, all processes running; once, as there is one database."""

    @contextmanager
    def fresh() -> Iterator[Site]:
        with short_state_dir() as folder, opened_site(newest_database_url, folder) as site:
            site.run("topics", "apply")
            site.start_all()
            site.publish()
            yield site

    return fresh
