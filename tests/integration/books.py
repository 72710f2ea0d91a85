"""Whether a site's books are right, as its own doctor says and as an independent recomputation does."""

from typing import Any

from tests.integration.reported import assert_totals
from tests.integration.site import Site
from tests.journey_oracle import Journey

__all__ = ["assert_clean", "assert_sound"]


def assert_sound(site: Site, journey: Journey) -> dict[str, Any]:
    """Wait for rest, have segments computed, and check everything; give what `doctor verify` found."""
    site.await_rest()
    site.run("segment", "compute")
    site.await_rest()
    assert_totals(site.database_url, journey)
    return assert_clean(site)


def assert_clean(site: Site) -> dict[str, Any]:
    """Check trial balance and journal, and that a rebuild gives what is there; give what `doctor verify` found.

    A command that finds something ends with a code that fails `Site.run`.
    """
    site.run("doctor", "trial-balance")
    verified = site.run("doctor", "verify")
    rebuilt = site.run("doctor", "rebuild")
    assert rebuilt["is_swapped"]
    assert rebuilt["differences"] == []
    return verified
