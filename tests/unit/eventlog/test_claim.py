"""Becoming the owner of a partition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from eventlog.claim import Claimant, ClaimStage, Cluster, Contender, claim_record
from eventlog.port import Delivery, EndReached, WriteError
from eventlog.position import START, ClusterMismatchError, Position
from schemas.entry import JournalClaim
from schemas.topic import JOURNAL
from tests.unit.eventlog.made_journal import PARTITION, MadeJournal, claim

_CLUSTER = Cluster(partition_count=4, partitioner="murmur2", topics=("a", "b"))


def _claimant(
    position: Position = START, *, draw: Callable[[int], int] = lambda _: 0, cluster: Cluster = _CLUSTER
) -> Claimant:
    ids: Iterator[int] = count(1)
    contender = Contender(instance="me", make_writer_id=lambda: next(ids).to_bytes(16), draw=draw)
    return Claimant(PARTITION, position, cluster, contender)


def _end(journal: MadeJournal) -> EndReached:
    return EndReached(topic=JOURNAL, partition=PARTITION, next_offset=journal.next_offset)


def _stage(claimant: Claimant) -> ClaimStage:
    return claimant.stage


def _make(claimant: Claimant, now_ms: int = 0) -> JournalClaim:
    made = claimant.make_claim(now_ms)
    assert made is not None
    return made


def _failure() -> Delivery:
    error = WriteError(text="timed out", is_permanent=False)
    return Delivery(topic=JOURNAL, partition=PARTITION, tag=1, offset=None, error=error)


def test_nothing_is_claimed_before_the_journal_was_read_to_its_end() -> None:
    """The epoch is one above the highest seen, so all must have been seen."""
    journal = MadeJournal()
    claimant = _claimant()
    claimant.take_read(journal.claim(6), 0)
    assert claimant.make_claim(0) is None
    claimant.take_read(_end(journal), 0)
    assert _make(claimant).epoch == 7


def test_the_epoch_is_above_those_of_outrun_claims_and_of_the_position() -> None:
    """What is in force there was seen before."""
    journal = MadeJournal(next_offset=5)
    claimant = _claimant(Position(next_offset=5, claim=claim(3)))
    claimant.take_read(_end(journal), 0)
    assert _make(claimant).epoch == 4


def test_the_partition_is_owned_when_the_claim_is_met_in_force_and_not_before() -> None:
    """An acknowledgement says nothing yet."""
    journal = MadeJournal()
    claimant = _claimant()
    claimant.take_read(_end(journal), 0)
    record = journal.record(claim_record(_make(claimant)).value)
    claimant.take_delivery(Delivery(topic=JOURNAL, partition=PARTITION, tag=1, offset=0, error=None))
    assert _stage(claimant) is ClaimStage.CLAIMING
    claimant.take_read(record, 0)
    assert _stage(claimant) is ClaimStage.OWNER


def test_entries_that_land_before_the_claim_are_given_to_be_folded() -> None:
    """The old owner's last entries are part of the truth, and its later ones are not."""
    journal = MadeJournal()
    claimant = _claimant()
    claimant.take_read(journal.claim(1), 0)
    claimant.take_read(_end(journal), 0)
    made = _make(claimant)
    before = claimant.take_read(journal.entry(1), 0)
    assert before is not None
    assert before.sequence == 1
    claimant.take_read(journal.record(claim_record(made).value), 0)
    assert claimant.take_read(journal.entry(1), 0) is None
    assert claimant.fold.sequence == 1


def test_a_claim_that_was_outrun_waits_and_claims_again_with_a_new_writer_id() -> None:
    """The other's claim has the same epoch and came first."""
    journal = MadeJournal()
    claimant = _claimant(draw=lambda bound: bound - 1)
    claimant.take_read(_end(journal), 100)
    made = _make(claimant, 100)
    claimant.take_read(journal.claim(made.epoch, b"other"), 100)
    assert _stage(claimant) is ClaimStage.CLAIMING
    claimant.take_read(journal.record(claim_record(made).value), 100)
    assert claimant.make_claim(148) is None
    again = _make(claimant, 149)
    assert again.epoch == made.epoch + 1
    assert again.writer_id != made.writer_id


def test_a_failed_claim_that_lands_after_all_is_not_taken_for_the_new_one() -> None:
    """Its writer id was given up; the new claim has the same epoch and is outrun by it."""
    journal = MadeJournal()
    claimant = _claimant()
    claimant.take_read(_end(journal), 0)
    first = _make(claimant)
    claimant.take_delivery(_failure())
    second = _make(claimant)
    assert first.epoch == second.epoch
    claimant.take_read(journal.record(claim_record(first).value), 0)
    assert _stage(claimant) is ClaimStage.CLAIMING
    claimant.take_read(journal.record(claim_record(second).value), 0)
    assert _stage(claimant) is ClaimStage.READY
    assert _make(claimant).epoch == first.epoch + 1


def test_the_wait_is_random_below_a_bound_that_doubles_up_to_five_seconds() -> None:
    """So that workers that race part soon, and none waits for minutes."""
    bounds: list[int] = []

    def draw(bound: int) -> int:
        bounds.append(bound)
        return 0

    claimant = _claimant(draw=draw)
    claimant.take_read(_end(MadeJournal()), 0)
    for _ in range(9):
        _make(claimant)
        claimant.retreat()
    assert bounds == [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]


def test_a_claim_that_could_not_be_sent_is_made_again() -> None:
    """Nothing would ever be heard of it."""
    claimant = _claimant()
    claimant.take_read(_end(MadeJournal()), 0)
    first = _make(claimant)
    claimant.retreat()
    assert _make(claimant).writer_id != first.writer_id


def test_nobody_claims_in_another_cluster() -> None:
    """The claim in force has 4 partitions."""
    journal = MadeJournal()
    claimant = _claimant(cluster=Cluster(partition_count=8, partitioner="murmur2", topics=("a", "b")))
    claimant.take_read(journal.claim(1), 0)
    claimant.take_read(_end(journal), 0)
    with pytest.raises(ClusterMismatchError, match="KOPILKA_PARTITIONS=4"):
        claimant.make_claim(0)


def test_nobody_claims_in_a_cluster_that_came_first_in_a_race() -> None:
    """On an empty journal the first claim decides what the cluster is; who lost against it must not claim again."""
    journal = MadeJournal()
    claimant = _claimant(cluster=Cluster(partition_count=8, partitioner="murmur2", topics=("a", "b")))
    claimant.take_read(_end(journal), 0)
    made = _make(claimant)
    claimant.take_read(journal.claim(1, b"other"), 0)
    claimant.take_read(journal.record(claim_record(made).value), 0)
    with pytest.raises(ClusterMismatchError, match="KOPILKA_PARTITIONS=4"):
        claimant.make_claim(5_000)
