"""A worker: owns the partitions its group gives it, one step at a time.

A step reads, decides, sends and keeps, without waiting longer than it was told; nothing in it sleeps, so that a
simulation can drive many workers from one thread. The order of a step is its safety:

1. Assignments first: what was revoked takes no more inputs.
2. Journal reading: catching up, meeting the own claim, filling gaps. An ownership that ended must not decide.
3. Inputs are read and decided; own entries are sent in the order in which they were sealed.
4. Deliveries are taken, and only what is known accepted goes to the store.

Stays whole: one step is read from its first line to its last, and that its parts fit is what makes it safe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from eventlog.claim import Cluster, Contender, claim_record
from eventlog.journal import lost_journal
from eventlog.port import BrokenLogError, EndReached, Group, Log, OffsetLost, Record, TopicPartition
from eventlog.position import Position
from eventlog.writer import OwnershipEnd
from processors.worker.held import Held, hold
from processors.worker.merge import PAUSE_AT_RECORDS
from processors.worker.owner import PartitionOwner, Rules, Standstill
from processors.worker.store import Store
from schemas.codec import SchemaResolver
from schemas.topic import INPUTS, JOURNAL

__all__ = ["GROUP", "PartitionStatus", "Worker", "WorkerParts"]

#: Name of the group over which partitions are spread.
GROUP: Final = "kopilka-worker"
#: Records read and decided in one step at the most, over all partitions.
_STEP_RECORDS: Final = 1_000
#: Journal records read in one step while catching up.
_JOURNAL_RECORDS: Final = 1_000
#: Longest wait for the journal in a step: a claim is met soon, and other partitions of the worker must go on.
_JOURNAL_WAIT_MS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerParts:
    """What a worker is made of; everything that is not the same in every run comes from outside."""

    log: Log
    cluster: Cluster
    #: Name of this worker among its group; a restarted one has its old name.
    instance: str
    #: Opens the store of a partition.
    open_store: Callable[[int], Store]
    resolver: SchemaResolver | None
    #: Wall time, UTC milliseconds.
    now_ms: Callable[[], int]
    #: Gives 16 random bytes, fresh at every call.
    make_writer_id: Callable[[], bytes]
    #: Gives a random integer from 0 up to, without, its argument.
    draw: Callable[[int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionStatus:
    """How a partition fares, for readiness, metrics and people."""

    partition: int
    stage: str
    standstill: str
    standstill_text: str
    clock_ms: int
    position: Position
    in_flight: int
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]
    ends: Mapping[str, int]


class Worker:
    """Owns partitions and decides their records."""

    def __init__(self, parts: WorkerParts) -> None:
        """Join the group; nothing is owned before the first steps.

        Raises:
            BrokenLogError: when the log cannot be reached.
        """
        self._parts = parts
        self._rules = Rules(partition_count=parts.cluster.partition_count, resolver=parts.resolver, now_ms=parts.now_ms)
        self._contender = Contender(instance=parts.instance, make_writer_id=parts.make_writer_id, draw=parts.draw)
        self._held: dict[int, Held] = {}
        #: Per journal partition the tag of the last write. No tag comes twice in the writer's life, so that a delivery
        #: which comes late, from an ownership that has ended, is never taken for one of the present.
        self._last_tags: Counter[int] = Counter()
        self._group: Group = parts.log.group(
            GROUP, instance=parts.instance, partition_count=parts.cluster.partition_count
        )
        self._writer = parts.log.writer()
        self._journal = parts.log.reader()
        self._inputs = parts.log.reader()
        self._is_journal_stale = False
        self._are_inputs_stale = False
        self._is_stopping = False

    # -- one step

    def step(self, *, wait_ms: int) -> int:
        """Do one bounded piece of work; wait up to `wait_ms` when there is none. Give how many records were decided.

        Raises:
            BrokenLogError: when the log does not work just now; stepping again goes on. After any other error it does
                not: the worker is to be closed, and what it had in memory is in the journal.
            BrokenStoreError: when a store does not work.
            JournalReplacedError: when a journal is not the one that a store was filled from.
            ClusterMismatchError: when the journal belongs to another cluster.
        """
        self._take_assignments()
        self._read_journal(wait_ms=min(wait_ms, _JOURNAL_WAIT_MS))
        self._send_claims()
        is_busy = any(held.owner is not None and held.owner.own.in_flight for held in self._held.values())
        decided = self._work()
        self._read_inputs(wait_ms=0 if decided or is_busy or self._is_journal_wanted() else wait_ms)
        decided += self._work()
        self._send()
        self._take_deliveries(wait_ms=1 if is_busy and not decided else 0)
        return decided

    def _work(self) -> int:
        return sum(
            held.owner.work(_STEP_RECORDS)
            for held in self._held.values()
            if held.owner is not None and not held.is_revoked
        )

    # -- assignments

    def _take_assignments(self) -> None:
        change = self._group.poll()
        for partition in change.revoked:
            if partition in self._held:
                self._held[partition].is_revoked = True
        for partition in change.assigned:
            if partition in self._held:
                self._held[partition].is_revoked = False
            elif not self._is_stopping:
                self._open(partition)
        for partition in [held.partition for held in self._held.values() if held.is_revoked]:
            held = self._held[partition]
            if held.owner is None or held.owner.own.end is not None or not held.owner.own.in_flight:
                self._let_go(held)
                self._group.release([partition])
        # A group that broke has nothing to release; what it revoked was let go above.

    def _open(self, partition: int) -> None:
        self._begin(partition, self._parts.open_store(partition))

    def _begin(self, partition: int, store: Store) -> Held:
        held = hold(partition, store, self._parts.cluster, self._contender)
        self._held[partition] = held
        self._is_journal_stale = True
        return held

    def _let_go(self, held: Held) -> None:
        held.store.close()
        del self._held[held.partition]
        self._is_journal_stale = True
        self._are_inputs_stale = True

    # -- the journal

    def _is_journal_wanted(self) -> bool:
        return any(held.journal_from is not None for held in self._held.values())

    def _read_journal(self, *, wait_ms: int) -> None:
        if self._is_journal_stale:
            self._journal.assign(
                {
                    TopicPartition(JOURNAL, held.partition): held.journal_from
                    for held in self._held.values()
                    if held.journal_from is not None
                }
            )
            self._is_journal_stale = False
        if not self._is_journal_wanted():
            return
        for item in self._journal.poll(limit=_JOURNAL_RECORDS, wait_ms=wait_ms):
            held = self._held.get(item.partition)
            if held is None or held.journal_from is None:
                continue
            if isinstance(item, OffsetLost):
                raise lost_journal(item)
            held.journal_from = item.next_offset if isinstance(item, EndReached) else item.offset + 1
            if held.owner is not None:
                held.owner.own.take_read(item)
            elif held.catch_up(item, self._parts.now_ms()):
                self._own(held)
        for held in self._held.values():
            if held.owner is None:
                held.keep_caught_up()

    def _own(self, held: Held) -> None:
        """Make the owner, now that the own claim was met."""
        held.keep_caught_up()
        at_claim = held.claimant.fold.position
        held.owner = PartitionOwner(held.partition, held.store, at_claim, self._rules, held.claim_tag)
        held.journal_from = None
        self._is_journal_stale = True
        self._are_inputs_stale = True

    def _send_claims(self) -> None:
        for held in self._held.values():
            if held.owner is None and not held.is_revoked:
                claim = held.claimant.make_claim(self._parts.now_ms())
                if claim is None:
                    continue
                try:
                    held.claim_tag = self._send_to_journal(held.partition, [claim_record(claim)])
                except BrokenLogError:
                    held.claimant.retreat()
                    raise

    # -- inputs

    def _read_inputs(self, *, wait_ms: int) -> None:
        if self._are_inputs_stale:
            self._assign_inputs()
        for item in self._inputs.poll(limit=_STEP_RECORDS, wait_ms=wait_ms):
            held = self._held.get(item.partition)
            if held is not None and held.owner is not None:
                held.owner.take_input(item)
        self._balance_inputs()

    def _assign_inputs(self) -> None:
        positions = {}
        for held in self._held.values():
            held.paused.clear()
            if held.owner is not None:
                held.owner.reassign.clear()
                for topic in INPUTS:
                    positions[TopicPartition(topic.name, held.partition)] = held.owner.merge.next_offset(topic.name)
        self._inputs.assign(positions)
        self._are_inputs_stale = False

    def _balance_inputs(self) -> None:
        """Pause what is far ahead of the other topics, so that nothing grows without bound; resume what was used up."""
        pause, resume = [], []
        for held in self._held.values():
            owner = held.owner
            if owner is None:
                continue
            if owner.reassign:
                self._are_inputs_stale = True
            for topic in INPUTS:
                waiting = owner.merge.held(topic.name)
                if topic.name in held.paused:
                    if waiting < PAUSE_AT_RECORDS // 2:
                        held.paused.discard(topic.name)
                        resume.append(TopicPartition(topic.name, held.partition))
                elif waiting >= PAUSE_AT_RECORDS:
                    held.paused.add(topic.name)
                    pause.append(TopicPartition(topic.name, held.partition))
        if pause:
            self._inputs.pause(pause)
        if resume:
            self._inputs.resume(resume)

    # -- writes

    def _send(self) -> None:
        for held in self._held.values():
            owner = held.owner
            if owner is None:
                continue
            # What could not be taken stays where it is, and is sent with the next step.
            letters = owner.dead_letters.outbox
            while letters:
                topic, record, tag = letters[0]
                self._writer.send(topic, held.partition, [record], first_tag=tag)
                letters.popleft()
            if owner.outbox:
                first_tag = self._send_to_journal(held.partition, [Record(None, one.value) for one in owner.outbox])
                assert first_tag == owner.own.tag_of(owner.outbox[0]), "entries are tagged from their claim on"
                owner.outbox.clear()

    def _send_to_journal(self, partition: int, records: list[Record]) -> int:
        first_tag = self._last_tags[partition] + 1
        self._writer.send(JOURNAL, partition, records, first_tag=first_tag)
        self._last_tags[partition] += len(records)
        return first_tag

    def _take_deliveries(self, *, wait_ms: int) -> None:
        for delivery in self._writer.poll(wait_ms=wait_ms):
            held = self._held.get(delivery.partition)
            if held is None:
                continue
            if held.owner is not None:
                held.owner.take_delivery(delivery)
            elif delivery.topic == JOURNAL and delivery.tag == held.claim_tag:
                held.claimant.take_delivery(delivery)
        for held in list(self._held.values()):
            if held.owner is not None:
                self._keep_known(held, held.owner)

    def _keep_known(self, held: Held, owner: PartitionOwner) -> None:
        owner.keep_known()
        end = owner.own.end
        if end is OwnershipEnd.WRITE_REFUSED:
            return
        if end is not None:
            # Everything in memory is dropped: what of it counts is in the journal, and is read from there.
            begun = self._begin(held.partition, held.store)
            begun.is_revoked = held.is_revoked
            begun.ends = held.ends
            begun.ends[end.value] += 1
            self._are_inputs_stale = True
            return
        wanted = owner.own.wanted_offset()
        if wanted is None:
            if held.journal_from is not None:
                held.journal_from = None
                self._is_journal_stale = True
        elif held.journal_from is None:
            held.journal_from = wanted
            self._is_journal_stale = True

    # -- the outside

    def statuses(self) -> list[PartitionStatus]:
        """Tell how each held partition fares, sorted by number."""
        statuses = []
        for partition in sorted(self._held):
            held = self._held[partition]
            owner = held.owner
            standstill: Standstill | None = None if owner is None else owner.standstill
            statuses.append(
                PartitionStatus(
                    partition=partition,
                    stage=held.claimant.stage.value,
                    standstill="" if standstill is None else standstill.value,
                    standstill_text="" if owner is None else owner.standstill_text,
                    clock_ms=0 if owner is None else owner.clock_ms,
                    position=held.claimant.fold.position if owner is None else owner.own.position,
                    in_flight=0 if owner is None else owner.own.in_flight,
                    outcomes={} if owner is None else dict(owner.outcomes),
                    reasons={} if owner is None else dict(owner.reasons),
                    ends=dict(held.ends),
                )
            )
        return statuses

    def is_idle(self) -> bool:
        """Tell whether every held partition is owned, has nothing on its way and saw all its inputs at their end."""
        return bool(self._held) and all(
            held.owner is not None and not held.owner.own.in_flight and held.owner.merge.is_idle()
            for held in self._held.values()
        )

    def drain(self) -> bool:
        """Take no more inputs, and hand over what is done; give whether everything was. Call until it is."""
        self._is_stopping = True
        for held in self._held.values():
            held.is_revoked = True
        self._take_assignments()
        if not self._held:
            return True
        try:
            self._read_journal(wait_ms=0)
            self._send()
            self._take_deliveries(wait_ms=10)
        except BrokenLogError:
            return False
        return False

    def close(self) -> None:
        """Stop at once: what is not known accepted is decided again by the next owner."""
        for held in list(self._held.values()):
            held.store.close()
        self._held.clear()
        self._inputs.close()
        self._journal.close()
        self._writer.close()
        self._group.leave()

    def __enter__(self) -> Self:
        """Give the worker itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
