"""Becoming the owner of a journal partition: read to the end, claim, read on until the claim is met.

Source: DESIGN, section 4 (Claim).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from eventlog.journal import JournalFold, Verdict
from eventlog.port import Delivery, EndReached, OffsetLost, Record, StoredRecord
from eventlog.position import Position, check_cluster
from schemas.codec import encode_claim
from schemas.entry import EntryHeader, JournalClaim

__all__ = ["ClaimStage", "Claimant", "Cluster", "Contender", "claim_record"]

#: First bound of the random wait after a claim that did not come into force, doubled each time up to the second.
_FIRST_WAIT_MS: Final = 50
_LONGEST_WAIT_MS: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What must be the same for every worker of a cluster."""

    partition_count: int
    partitioner: str
    #: Input topics in the order that breaks ties.
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Who claims."""

    #: Name of the worker, shown in the claim.
    instance: str
    #: Gives 16 random bytes, fresh at every call.
    make_writer_id: Callable[[], bytes]
    #: Gives a random integer from 0 up to, without, its argument.
    draw: Callable[[int], int]


class ClaimStage(Enum):
    """How far a claimant has come."""

    #: Reading the journal to its end.
    CATCHING_UP = "catching_up"
    #: At the end; the claim is to be sent when the wait is over.
    READY = "ready"
    #: The claim was sent, and is looked for in the journal.
    CLAIMING = "claiming"
    #: The own claim is in force.
    OWNER = "owner"


def claim_record(claim: JournalClaim) -> Record:
    """Give the journal record of a claim."""
    return Record(key=None, value=encode_claim(claim))


class Claimant:
    """One worker's way to own one partition; does no I/O.

    The worker reads the journal from `fold.next_offset` on, brings everything here, folds the accepted entries into
    its state, and sends the claim when it is asked for.
    """

    def __init__(self, partition: int, position: Position, cluster: Cluster, contender: Contender) -> None:
        """Begin reading journal partition `partition` at `position`, which is where the worker's store stands."""
        self.fold = JournalFold(partition, position)
        self.stage = ClaimStage.CATCHING_UP
        self._cluster = cluster
        self._contender = contender
        self._sent: JournalClaim | None = None
        self._highest_epoch = position.claim.epoch if position.claim else 0
        self._wait_bound_ms = _FIRST_WAIT_MS
        self._not_before_ms = 0
        self._now_ms = 0

    def take_read(self, item: StoredRecord | EndReached | OffsetLost, now_ms: int) -> EntryHeader | None:
        """Take what the journal held next; give the header when it is an accepted entry, to be folded.

        Raises:
            JournalReplacedError: when the journal ends before the position.
        """
        self._now_ms = now_ms
        assert not isinstance(item, OffsetLost), "the worker stops on a cut journal"
        if isinstance(item, EndReached):
            self.fold.pass_over(item.next_offset)
            if self.stage is ClaimStage.CATCHING_UP:
                self.stage = ClaimStage.READY
            return None
        verdict, part = self.fold.take(item)
        if isinstance(part, JournalClaim):
            self._take_claim(part, verdict)
            return None
        return part if verdict is Verdict.ACCEPTED else None

    def _take_claim(self, claim: JournalClaim, verdict: Verdict) -> None:
        self._highest_epoch = max(self._highest_epoch, claim.epoch)
        if self._sent is None or claim.writer_id != self._sent.writer_id:
            return
        if verdict is Verdict.CLAIM_IN_FORCE:
            self.stage = ClaimStage.OWNER
        else:
            self.retreat()

    def take_delivery(self, delivery: Delivery) -> None:
        """Take what became of the last claim's write. A success says nothing yet: it must be met in the journal."""
        if delivery.error is not None and self.stage is ClaimStage.CLAIMING:
            self.retreat()

    def retreat(self) -> None:
        """Give the claim up, because it could not be sent, failed or was outrun; the next one comes after a wait."""
        # A new attempt has a new writer id: the old claim may still stand, or come, and must never be taken for ours.
        self._sent = None
        self._not_before_ms = self._now_ms + self._contender.draw(self._wait_bound_ms)
        self._wait_bound_ms = min(2 * self._wait_bound_ms, _LONGEST_WAIT_MS)
        self.stage = ClaimStage.READY

    def make_claim(self, now_ms: int) -> JournalClaim | None:
        """Give the claim to send now, or `None` while it is not time.

        Raises:
            ClusterMismatchError: when the claim in force is of another cluster; one may also have come in force while
                this one was waiting, so it is looked at before each attempt.
        """
        self._now_ms = now_ms
        if self.stage is not ClaimStage.READY or now_ms < self._not_before_ms:
            return None
        if self.fold.claim is not None:
            self._check_cluster(self.fold.claim)
        self._sent = JournalClaim(
            epoch=self._highest_epoch + 1,
            writer_id=self._contender.make_writer_id(),
            partition_count=self._cluster.partition_count,
            partitioner=self._cluster.partitioner,
            topics=list(self._cluster.topics),
            instance=self._contender.instance,
        )
        self.stage = ClaimStage.CLAIMING
        return self._sent

    def _check_cluster(self, claim: JournalClaim) -> None:
        check_cluster(
            claim,
            partition_count=self._cluster.partition_count,
            partitioner=self._cluster.partitioner,
            topics=list(self._cluster.topics),
        )
