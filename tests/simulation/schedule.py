"""One seed from its beginning to its end: the schedule, and all checks behind it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from eventlog.journal import JournalFold, Verdict
from schemas.business_time import DAY_MS
from schemas.topic import JOURNAL
from tests.simulation.checker import Books, BrokenPromiseError, read_books, read_records
from tests.simulation.faulty_log import CALM, Faults
from tests.simulation.feed import make_feed
from tests.simulation.world import World

__all__ = ["FEEDS", "Report", "check_world", "run_seed", "run_straight"]

#: So many different feeds there are: for each the run without faults is made once.
FEEDS: Final = 6
#: Steps with faults in each round of the feed.
_FAULTY_STEPS: Final = 130
#: By then every lot has become available or expired, and every natural key is forgotten.
_LATER_MS: Final = 40 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a seed met."""

    seed: int
    #: What went wrong how often.
    met: Counter[str]
    #: What the journals' records are to their readers.
    verdicts: Counter[Verdict]


def _make_faults(chance: Random) -> Faults:
    """Draw how bad a world is: some have all faults, some hardly any, so that each is also seen alone."""

    def draw(most: float) -> float:
        return most * chance.random() if chance.random() < 0.7 else 0.0

    return Faults(
        death=draw(0.02),
        outage=draw(0.05),
        lost_acknowledgement=draw(0.03),
        lost_offset=draw(0.3),
        lost_write=draw(0.03),
        hole=draw(0.3),
        delay=draw(0.9),
    )


def run_seed(seed: int) -> Report:
    """Run the schedule of a seed, and check what must hold.

    Raises:
        BrokenPromiseError: when it does not; any other exception is a failure too.
    """
    try:
        return _run_seed(seed)
    except Exception as error:
        error.add_note(f"seed {seed}; repeat it with: python -m tests.simulation {seed}")
        raise


def _run_seed(seed: int) -> Report:
    chance = Random(f"schedule {seed}")
    straight = run_straight(seed % FEEDS)
    partition_count = len(straight.journals)
    world = World(seed, partition_count=partition_count, faults=_make_faults(chance))
    for number in range(chance.randint(2, 4)):
        world.start_worker(f"worker {number + 1}")
    for number in range(chance.randint(1, 2)):
        world.start_relay(f"relay {number + 1}")
    for partition in range(partition_count):
        world.assignment.give(chance.choice(world.workers).name, partition)
    for sendings in make_feed(seed % FEEDS, partition_count).rounds:
        world.run_faulty(iter(sendings), _FAULTY_STEPS)
        if chance.random() < 0.5:
            world.wake_everything()
        world.come_to_rest()
    world.wake_everything()
    world.come_to_rest()
    world.pass_time(_LATER_MS)
    world.come_to_rest()
    books = read_books(world.log, partition_count)
    check_world(world, books)
    _compare(books, straight)
    return Report(seed=seed, met=world.network.met, verdicts=_count_verdicts(world))


def _count_verdicts(world: World) -> Counter[Verdict]:
    verdicts: Counter[Verdict] = Counter()
    for partition in range(world.partition_count):
        fold = JournalFold(partition)
        for record in read_records(world.log, JOURNAL, partition):
            fold.take(record)
        verdicts.update(fold.counts)
    return verdicts


def check_world(world: World, books: Books) -> None:
    """Check the log, every store there ever was, and every position that was ever told.

    Raises:
        BrokenPromiseError: when something does not hold.
    """
    books.check()
    for partition in range(world.partition_count):
        disks = [(whose, disk) for whose, held, disk in world.disks if held == partition]
        for whose, disk in disks:
            for position in disk.told:
                books.check_position(partition, position, whose)
        books.check_stores(partition, {f"{whose} ({number})": disk for number, (whose, disk) in enumerate(disks)})
    for whose, partition, position in world.told:
        books.check_position(partition, position, whose)


@cache
def run_straight(feed_seed: int) -> Books:
    """Run a feed with one worker, one relay and no fault."""
    partition_count = 2 + feed_seed % 3
    world = World(feed_seed, partition_count=partition_count, faults=CALM)
    world.start_worker("worker")
    world.start_relay("relay")
    for sendings in make_feed(feed_seed, partition_count).rounds:
        for sending in sendings:
            world.feed(sending)
        world.come_to_rest()
    world.pass_time(_LATER_MS)
    world.come_to_rest()
    books = read_books(world.log, partition_count)
    check_world(world, books)
    assert len(books.balances) > 10, "a feed that moves nothing proves nothing"
    return books


def _compare(books: Books, straight: Books) -> None:
    for what, found, wanted in (
        ("balances", books.balances, straight.balances),
        ("outcomes", books.outcomes, straight.outcomes),
    ):
        if found != wanted:
            differing = [
                key for key in sorted(found.keys() | wanted.keys(), key=str) if found.get(key) != wanted.get(key)
            ]
            shown = [(key, found.get(key), wanted.get(key)) for key in differing[:5]]
            msg = f"{what} differ from a run without faults in {len(differing)} places: {shown}"
            raise BrokenPromiseError(msg)
