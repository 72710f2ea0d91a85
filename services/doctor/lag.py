"""How far each part is behind, and what waits for a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from eventlog.journal_reader import JournalReader
from eventlog.port import Log, PartitionBounds, TopicPartition
from eventlog.position import START, Position
from processors.worker.owner import OPERATOR_TOPIC
from projections.connection import connect
from projections.journal_position import load_positions
from projections.journal_query import ParkedEntity, load_outcomes, load_parked
from schemas.entry import Outcome
from schemas.topic import INPUTS, JOURNAL
from services.doctor.finding import Finding

__all__ = ["LagReport", "PartitionLag", "find_loss", "measure_lag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionLag:
    """One partition."""

    partition: int
    #: Input topic → records not yet decided; those without any left out.
    inputs: dict[str, int]
    #: Journal offsets not yet in the read models.
    projector: int
    #: Instance of the worker whose claim is in force; empty before the first.
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LagReport:
    """All of them, and what is wrong."""

    partitions: list[PartitionLag]
    parked: list[ParkedEntity]
    #: Outcome → entries in the read models.
    outcomes: dict[str, int]
    findings: list[Finding]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong; being behind is not wrong."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines."""
        parked = [one._asdict() for one in self.parked]
        return {"is_clean": self.is_clean, **(asdict(self) | {"parked": parked})}


def measure_lag(log: Log, database_url: str) -> LagReport:
    """Look at log and read models.

    Raises:
        BrokenLogError: when the log cannot be read just now.
        JournalReplacedError: when the journal is not the one that the read models were made from.
        psycopg.OperationalError: when the database cannot be reached.
        psycopg.errors.UndefinedTable: when there are no read models yet.
    """
    with connect(database_url) as connection:
        projected = load_positions(connection)
        parked = load_parked(connection)
        outcomes: dict[str, int] = {}
        for one in load_outcomes(connection):
            outcomes[one.outcome] = outcomes.get(one.outcome, 0) + one.entry_count
    partitions = range(log.partition_counts()[JOURNAL])
    projected = {partition: projected.get(partition, START) for partition in partitions}
    decided = _read_on(log, projected)
    lags, findings = [], []
    for partition in partitions:
        inputs, lost = _look_at_inputs(log, partition, decided[partition])
        findings += lost
        claim = decided[partition].claim
        lags.append(
            PartitionLag(
                partition=partition,
                inputs=inputs,
                projector=decided[partition].next_offset - projected[partition].next_offset,
                owner="" if claim is None else claim.instance,
                epoch=0 if claim is None else claim.epoch,
            )
        )
    findings += _waiting(parked, outcomes)
    return LagReport(partitions=lags, parked=parked, outcomes=outcomes, findings=findings)


def find_loss(log: Log, database_url: str, place: TopicPartition) -> tuple[int, PartitionBounds] | None:
    """Give the offset of an input that is to be decided next, and what the log holds, when it does not hold that one.

    Raises:
        KeyError: when there is no such input.
        BrokenLogError: when the log cannot be read just now.
        psycopg.OperationalError: when the database cannot be reached.
        psycopg.errors.UndefinedTable: when there are no read models yet.
    """
    with connect(database_url) as connection:
        projected = load_positions(connection).get(place.partition, START)
    decided = _read_on(log, {place.partition: projected})[place.partition]
    next_offset = decided.source_offsets.get(place.topic, -1) + 1
    bounds = log.bounds([place])[place]
    return (next_offset, bounds) if _is_lost(place, next_offset, bounds) else None


def _is_lost(place: TopicPartition, next_offset: int, bounds: PartitionBounds) -> bool:
    """Tell whether a worker cannot go on; past a cut of the operator's topic it does so by itself."""
    is_cut = next_offset < bounds.first and place.topic != OPERATOR_TOPIC
    return is_cut or next_offset > bounds.next


def _read_on(log: Log, positions: dict[int, Position]) -> dict[int, Position]:
    """Read the journals from where the read models stand to their ends: that is how far the workers are."""
    with JournalReader(log, positions) as reader:
        while not reader.is_at_end():
            reader.poll(limit=1_000, wait_ms=1_000)
        return {partition: reader.position(partition) for partition in positions}


def _look_at_inputs(log: Log, partition: int, decided: Position) -> tuple[dict[str, int], list[Finding]]:
    places = [TopicPartition(topic.name, partition) for topic in INPUTS]
    lags, lost = {}, []
    for place, bounds in log.bounds(places).items():
        next_offset = decided.source_offsets.get(place.topic, -1) + 1
        if _is_lost(place, next_offset, bounds):
            text = (
                f"the next record to decide is {next_offset}, and the log holds {bounds.first} to {bounds.next}: the "
                f"partition stands still; go on past the loss with: kopilka doctor skip-lost {place.topic} {partition} "
                f"{bounds.first} --reason WHY"
            )
            if next_offset > bounds.next:
                text = (
                    f"the next record to decide is {next_offset}, and the log ends at {bounds.next}: it lost its end, "
                    "or was replaced; the partition stands still until the topic is restored"
                )
            lost.append(Finding(check="inputs", place=f"{place.topic}/{partition}", text=text))
        elif bounds.next > next_offset:
            lags[place.topic] = bounds.next - max(next_offset, bounds.first)
    return lags, lost


def _waiting(parked: list[ParkedEntity], outcomes: dict[str, int]) -> list[Finding]:
    findings = [
        Finding(
            check="parked",
            place=f"{one.tenant}/{one.entity_kind}/{one.entity_id}",
            text=f"{one.held_count} records are held: {one.failure}; when that is mended: kopilka doctor retry-parked "
            f"{one.tenant} {one.entity_kind} {one.entity_id} --reason WHY",
        )
        for one in parked
    ]
    gaps = outcomes.get(Outcome.MESSAGE_GAP.value, 0)
    if gaps:
        text = f"{gaps} messages came after a gap and had no effect; wind the relay back: remove its position files"
        findings.append(Finding(check="messages", place="engine.message.v1", text=text))
    return findings
