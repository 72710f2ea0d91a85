"""Processes killed with -9 while they work, and started again under their own names."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import pytest

from services.ingest.feed import FeedRecord
from tests.integration.books import assert_sound
from tests.integration.feeding import Feeding
from tests.integration.program import Program
from tests.integration.site import PARTITIONS, FreshSite, Site
from tests.journey_oracle import Journey
from tests.waiting import wait_until

_LIMIT_S = 60.0
#: Journal records, or as many projected, after which a life ends at the latest; below what its part of the feed gives.
_MOST_STEPS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """A process that is killed again and again, and how far it has come."""

    site: Site
    #: The command.
    name: str
    #: Gives a number that grows while the process works, and not without it.
    progress: Callable[[], int]

    def kill_on_the_way(self, program: Program, feeding: Feeding, steps: list[int]) -> None:
        """Kill it each time it has come so many steps on since it began, and start it again at once.

        Each life is given its part of the feed, so that the last kill comes before the feed's end however late it is
        noticed that the moment is there.
        """
        part = feeding.allowed // (len(steps) + 1)
        whole, feeding.allowed = feeding.allowed, 0
        for count in steps:
            feeding.allowed += part
            self._await_progress(self.progress() + count)
            program.kill()
            assert feeding.is_running, "the feed was over before the last fault"
            program = self.site.start(self.name)
        feeding.allowed = whole

    def _await_progress(self, end: int) -> None:
        wait_until(lambda: self.progress() >= end, limit_s=_LIMIT_S, what=f"{self.name} works")


def _draw_steps(seed: int, count: int) -> list[int]:
    """Draw after how many steps each life ends: some while it takes over, most while it works."""
    chance = Random(seed)
    return [chance.randint(1, _MOST_STEPS) for _ in range(count)]


@pytest.mark.parametrize("seed", [20_170_101])
def test_a_worker_killed_twenty_times(
    fresh_site: FreshSite, feed: list[FeedRecord], journey: Journey, seed: int
) -> None:
    """Each time a new claim goes on where the journal ends, and nothing is lost or done twice."""
    with fresh_site() as site:
        worker, _, _ = site.start_all()
        # Nobody else writes journals.
        victim = Victim(site=site, name="worker", progress=site.journal_end)
        with Feeding(site, feed) as feeding:
            victim.kill_on_the_way(worker, feeding, _draw_steps(seed, 20))
        found = assert_sound(site, journey)
    # Who published the campaigns, who began here, who came last; and each killed one had come to a claim at the least.
    assert found["verdicts"]["claim_in_force"] >= 3 * PARTITIONS + 19


@pytest.mark.parametrize("seed", [20_170_102])
def test_a_projector_killed_ten_times(
    fresh_site: FreshSite, feed: list[FeedRecord], journey: Journey, seed: int
) -> None:
    """A batch is there wholly or not at all, with its position."""
    with fresh_site() as site:
        _, _, projector = site.start_all()

        def progress() -> int:
            return sum(position.next_offset for position in site.projected().values())

        victim = Victim(site=site, name="projector", progress=progress)
        with Feeding(site, feed) as feeding:
            victim.kill_on_the_way(projector, feeding, _draw_steps(seed, 10))
        assert_sound(site, journey)
