"""The trial balance: the ledger's equations, and whether the read models hold what the journal sums to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from psycopg import IsolationLevel

from eventlog.port import Log, TopicPartition
from processors.state import LotPart, MemberPart
from projections.connection import connect
from projections.journal_end import EndedLog
from projections.journal_position import load_positions
from projections.trial_balance import find_faults
from schemas.account import Account
from schemas.topic import JOURNAL
from services.doctor.finding import Finding
from services.doctor.fold import FoldedPartition, TotalProgress, fold_partition, shift_progress

__all__ = ["BalanceReport", "check_balance"]

_LOAD_ACCOUNTS: Final = Path(__file__).with_name("load_accounts.sql")
#: Differences that are listed; the first ones tell as much as all.
_LISTED: Final = 20
#: More parts of one kind than a partition has in memory.
_EVERY_PART: Final = 1 << 60

#: Tenant, account, journal partition.
_BalanceKey = tuple[str, Account, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReport:
    """What was checked, and what is wrong."""

    #: Names of the equations, sorted.
    equations: list[str]
    #: Balances that are not zero, over all tenants and partitions.
    account_count: int
    #: Journal partition → next offset at which journal and read models were compared.
    position: dict[int, int]
    findings: list[Finding]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines."""
        return {"is_clean": self.is_clean, **asdict(self)}


def check_balance(
    log: Log, database_url: str, *, on_progress: TotalProgress = lambda _done, _total: None
) -> BalanceReport:
    """Check the books.

    Raises:
        BrokenLogError: when the log cannot be read just now.
        psycopg.OperationalError: when the database cannot be reached.
        psycopg.errors.UndefinedTable: when there are no read models yet.
    """
    equations = find_faults(database_url)
    findings = [Finding(check=fault.equation, place=fault.tenant, text=fault.sentence) for fault in equations.faults]
    ends, held = _load_held(database_url)
    ended = EndedLog(log, {TopicPartition(JOURNAL, partition): end for partition, end in ends.items()})
    total, done = sum(ends.values()), 0
    summed: dict[_BalanceKey, int] = {}
    for partition in sorted(ends):
        folded = fold_partition(ended, partition, on_progress=shift_progress(on_progress, done, total))
        done += ends[partition]
        findings += folded.findings
        findings += _compare_lots(folded)
        for (tenant, account), amount in folded.sums.items():
            if amount:
                summed[tenant, account, partition] = amount
    findings += _compare(summed, held)
    return BalanceReport(equations=equations.equations, account_count=len(held), position=ends, findings=findings)


def _load_held(database_url: str) -> tuple[dict[int, int], dict[_BalanceKey, int]]:
    """Give positions and balances of the read models, as they were at one moment."""
    with connect(database_url) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            positions = load_positions(connection)
            rows = connection.execute(_LOAD_ACCOUNTS.read_bytes()).fetchall()
    ends = {partition: position.next_offset for partition, position in positions.items()}
    held = {(tenant, Account(*account), partition): amount for tenant, *account, partition, amount in rows}
    return ends, held


def _compare(summed: dict[_BalanceKey, int], held: dict[_BalanceKey, int]) -> list[Finding]:
    different = sorted(key for key in summed.keys() | held.keys() if summed.get(key, 0) != held.get(key, 0))
    findings = []
    for tenant, account, partition in different[:_LISTED]:
        key = tenant, account, partition
        text = (
            f"{'/'.join(account)} is {held.get(key, 0)} in the read models, and the journal sums to "
            f"{summed.get(key, 0)}; kopilka doctor rebuild makes the read models anew"
        )
        findings.append(Finding(check="journal_sum", place=f"{tenant}, partition {partition}", text=text))
    if len(different) > _LISTED:
        more = f"and {len(different) - _LISTED} more balances that differ"
        findings.append(Finding(check="journal_sum", place="read models", text=more))
    return findings


def _compare_lots(folded: FoldedPartition) -> list[Finding]:
    """Compare each member's lots with its sums, in the state that the journal gives."""
    in_lots: dict[tuple[str, str, str], tuple[int, int]] = {}
    for key, part in folded.state.scan("l/", _EVERY_PART):
        _, tenant, member_id, _ = key.split("/", 3)
        lot: LotPart = part
        pending, available = in_lots.get((tenant, member_id, lot.unit), (0, 0))
        in_lots[tenant, member_id, lot.unit] = pending + lot.pending_minor, available + lot.available_minor
    findings = []
    for key, part in folded.state.scan("m/", _EVERY_PART):
        _, tenant, member_id = key.split("/", 2)
        member: MemberPart = part
        for unit, balance in member.points.items():
            lots = in_lots.pop((tenant, member_id, unit), (0, 0))
            if lots != (balance.pending_minor, balance.available_minor):
                text = (
                    f"member {member_id} has {balance.pending_minor} pending and {balance.available_minor} available "
                    f"{unit}, and its lots hold {lots[0]} and {lots[1]}"
                )
                findings.append(Finding(check="lots", place=tenant, text=text))
    for (tenant, member_id, unit), lots in in_lots.items():
        if any(lots):
            text = f"lots of member {member_id} hold {lots[0]} and {lots[1]} {unit}, and it has no balance"
            findings.append(Finding(check="lots", place=tenant, text=text))
    return findings
