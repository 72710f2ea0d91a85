"""A partition that a worker was given: on its way to being owned, and then with its owner."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from eventlog.claim import Claimant, ClaimStage, Cluster, Contender
from eventlog.journal import check_anchor, first_offset
from eventlog.port import EndReached, StoredRecord
from eventlog.position import Position
from processors.evolution import evolve
from processors.worker.ahead import StateAhead
from processors.worker.owner import PartitionOwner
from processors.worker.store import Store
from schemas.codec import decode_entry

__all__ = ["Held", "hold"]


@dataclass(slots=True)
class Held:
    """One partition that this worker was given."""

    partition: int
    store: Store
    anchor: Position | None
    claimant: Claimant
    #: What was read from the journal and is not yet in the store.
    caught_up: StateAhead
    caught_up_entries: int = 0
    #: Tag of the last claim's write; those of the entries go on from there.
    claim_tag: int = 0
    owner: PartitionOwner | None = None
    is_revoked: bool = False
    #: What the journal reader shall read: an offset, or `None`.
    journal_from: int | None = 0
    #: Input topics that are read no further for now.
    paused: set[str] = field(default_factory=set)
    #: Ends of ownerships by reason, over the worker's life.
    ends: Counter[str] = field(default_factory=Counter)

    def catch_up(self, item: StoredRecord | EndReached, now_ms: int) -> bool:
        """Take what the journal held next, before there is an owner; tell whether it was the own claim, in force.

        Raises:
            JournalReplacedError: when the journal is not the one that the store was filled from.
        """
        if isinstance(item, StoredRecord):
            if self.anchor is not None:
                check_anchor(item, self.anchor)
            self.anchor = None
            if item.offset < self.claimant.fold.next_offset:
                return False
        header = self.claimant.take_read(item, now_ms)
        if header is not None and isinstance(item, StoredRecord) and item.value is not None:
            entry = decode_entry(item.value)[1]
            self.caught_up.push(evolve(self.caught_up, entry, header.source))
            self.caught_up_entries += 1
        return self.claimant.stage is ClaimStage.OWNER

    def keep_caught_up(self) -> None:
        """Write what was read from the journal to the store."""
        if self.caught_up_entries:
            self.caught_up.commit(self.caught_up_entries, self.claimant.fold.position)
            self.caught_up_entries = 0


def hold(partition: int, store: Store, cluster: Cluster, contender: Contender) -> Held:
    """Begin with what the store holds."""
    position = store.position()
    return Held(
        partition=partition,
        store=store,
        anchor=position,
        claimant=Claimant(partition, position, cluster, contender),
        caught_up=StateAhead(store),
        journal_from=first_offset(position),
    )
