"""Is everything as it must be? Reads all journals and inputs, and compares them with each other and the read models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import psycopg

from eventlog.port import Log, TopicPartition
from eventlog.position import Position
from projections.connection import connect
from projections.journal_position import load_positions
from schemas.account import Account
from schemas.entry import BrokenInvariantError, check_sign
from schemas.topic import JOURNAL
from services.doctor.finding import Finding
from services.doctor.fold import FoldedPartition, TotalProgress, fold_partition, shift_progress
from services.doctor.input_check import check_dead_letters, check_inputs

__all__ = ["VerifyReport", "check_messages", "check_positions", "check_signs", "load_model_positions", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What was looked at, and what is wrong."""

    #: Accepted entries over all partitions.
    entry_count: int
    #: Input records that were compared with their entries.
    input_count: int
    message_count: int
    #: Journal partition → hash of its last entry, in hexadecimal: whoever has the same has the same history.
    hashes: dict[int, str]
    #: Verdict → journal records.
    verdicts: dict[str, int]
    #: Outcome → entries.
    outcomes: dict[str, int]
    findings: list[Finding]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines."""
        return {"is_clean": self.is_clean, **asdict(self)}


def verify(
    log: Log,
    database_url: str,
    *,
    is_at_rest: bool = True,
    on_progress: TotalProgress = lambda _done, _total: None,
) -> VerifyReport:
    """Check everything.

    Args:
        log: With journals and inputs.
        database_url: Of the read models.
        is_at_rest: Whether nothing is being written: then a message under way is a fault.
        on_progress: Is told how many journal records of how many were read.

    Raises:
        BrokenLogError: when the log cannot be read just now.
        psycopg.OperationalError: when the database cannot be reached.
    """
    partitions = range(log.partition_counts()[JOURNAL])
    places = [TopicPartition(JOURNAL, partition) for partition in partitions]
    # Before the journals are read, so that a projector at work is behind what is found here, never ahead.
    positions = load_model_positions(database_url)
    total = sum(bound.next for bound in log.bounds(places).values())
    done, input_count = 0, 0
    folded: list[FoldedPartition] = []
    findings: list[Finding] = []
    for partition in partitions:
        mark = positions[partition].next_offset if partition in positions else None
        one = fold_partition(log, partition, mark=mark, on_progress=shift_progress(on_progress, done, total))
        done += one.position.next_offset
        count, wrong = check_inputs(log, one)
        input_count += count
        findings += [*one.findings, *wrong, *check_dead_letters(log, one)]
        one.decided.clear()
        folded.append(one)
    findings += check_messages(folded, is_at_rest=is_at_rest)
    findings += check_positions(folded, positions)
    findings += check_signs(folded)
    return _report(folded, input_count, findings)


def _report(folded: Sequence[FoldedPartition], input_count: int, findings: list[Finding]) -> VerifyReport:
    verdicts: dict[str, int] = {}
    outcomes: dict[str, int] = {}
    for one in folded:
        for verdict, count in one.verdicts.items():
            verdicts[verdict.value] = verdicts.get(verdict.value, 0) + count
        for outcome, count in one.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + count
    return VerifyReport(
        entry_count=sum(one.position.sequence for one in folded),
        input_count=input_count,
        message_count=sum(len(numbers) for one in folded for numbers in one.sent.values()),
        hashes={one.partition: one.position.hash.hex() for one in folded},
        verdicts=dict(sorted(verdicts.items())),
        outcomes=dict(sorted(outcomes.items())),
        findings=findings,
    )


def load_model_positions(database_url: str) -> dict[int, Position]:
    """Give where the read models stand; empty when there are none yet."""
    try:
        with connect(database_url) as connection:
            return load_positions(connection)
    except psycopg.errors.UndefinedTable:
        return {}


def check_messages(folded: Sequence[FoldedPartition], *, is_at_rest: bool) -> list[Finding]:
    """Compare what partitions sent each other with what they took; numbers are dense, the fold has seen to that."""
    by_partition = {one.partition: one for one in folded}
    findings = []
    ways = {(one.partition, target) for one in folded for target in one.sent}
    ways |= {(sender, one.partition) for one in folded for sender in one.taken}
    for sender, target in sorted(ways):
        place = f"{sender}>{target}"
        sent = by_partition[sender].sent.get(target, {}) if sender in by_partition else {}
        taken = by_partition[target].taken.get(sender, {}) if target in by_partition else {}
        under_way = len(sent.keys() - taken.keys())
        if under_way and is_at_rest:
            text = f"{under_way} messages were written and not yet taken; is a relay running? Else run this at rest"
            findings.append(Finding(check="messages", place=place, text=text))
        for number in sorted(taken.keys() - sent.keys()):
            text = f"message {number} was taken, and nobody wrote it"
            findings.append(Finding(check="messages", place=place, text=text))
        for number in sorted(sent.keys() & taken.keys()):
            if sent[number] != taken[number]:
                text = f"message {number} arrived with another body than it was written with"
                findings.append(Finding(check="messages", place=place, text=text))
    return findings


def check_positions(folded: Sequence[FoldedPartition], positions: Mapping[int, Position]) -> list[Finding]:
    """Look whether the read models stand at or behind the journal, and were made from this one."""
    findings = []
    for one in folded:
        position = positions.get(one.partition)
        if position is None:
            continue
        place = f"read_model/{one.partition}"
        if one.marked is None:
            text = (
                f"stands at offset {position.next_offset}, beyond the {one.position.next_offset} that the journal can "
                "be read up to: the journal was cut or changed; rebuild from the right one with: kopilka doctor rebuild"
            )
            findings.append(Finding(check="positions", place=place, text=text))
        elif (position.sequence, position.entry_offset, position.hash) != (
            one.marked.sequence,
            one.marked.entry_offset,
            one.marked.hash,
        ):
            text = (
                f"was made from an entry {position.sequence} with hash {position.hash.hex()[:16]}…, and the journal "
                f"has entry {one.marked.sequence} with hash {one.marked.hash.hex()[:16]}… there: it was changed"
            )
            findings.append(Finding(check="positions", place=place, text=text))
    return findings


def check_signs(folded: Sequence[FoldedPartition]) -> list[Finding]:
    """Check the sign of every account's balance, summed over the partitions."""
    sums: dict[tuple[str, Account], int] = {}
    for one in folded:
        for key, amount in one.sums.items():
            sums[key] = sums.get(key, 0) + amount
    findings = []
    for (tenant, account), amount in sorted(sums.items()):
        try:
            check_sign(account, amount)
        except BrokenInvariantError as error:
            findings.append(Finding(check="signs", place=tenant, text=str(error)))
    return findings
