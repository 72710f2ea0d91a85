"""Rows of the books: changes of balances, lots, and statement lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from projections.place import Place
from projections.table import Row, TableRows
from schemas.entry import BrokenInvariantError, Entry, check_postings

__all__ = ["BalanceKey", "LedgerRows"]

#: Tenant, member, unit.
BalanceKey = tuple[str, str, str]


class _StatementLine(NamedTuple):
    """A statement row that does not know its balance yet."""

    key: BalanceKey
    place: Place
    campaign_id: str
    amount_minor: int
    occurred_at_ms: int
    source_key: str


class LedgerRows:
    """Gathers, over one batch, rows of `account`, `lot`, `lot_change` and `member_statement`.

    Balances and lots are summed here, so that a batch touches each of them once in the database.
    """

    def __init__(self) -> None:
        # (tenant, kind, campaign, owner, subaccount, unit, partition) → change
        self._accounts: dict[tuple[str, str, str, str, str, str, int], int] = {}
        # (tenant, member, lot) → columns of `lot`
        self._opened: dict[tuple[str, str, str], list[object]] = {}
        # (tenant, member, lot) → change of pending, available, expired
        self._changes: dict[tuple[str, str, str], list[int]] = {}
        self._lines: list[_StatementLine] = []

    def take(self, place: Place, entry: Entry) -> None:
        """Take the next entry of its partition.

        Raises:
            BrokenInvariantError: when its postings do not sum to zero.
        """
        if entry.postings:
            check_postings(entry.postings)
            self._take_postings(place.partition, entry)
        if entry.lots_opened or entry.lot_changes:
            self._take_lots(place, entry)

    def _take_postings(self, partition: int, entry: Entry) -> None:
        tenant, accounts = entry.tenant, self._accounts
        for p in entry.postings:
            key = tenant, p.kind, p.campaign_id, p.owner, p.subaccount, p.unit, partition
            accounts[key] = accounts.get(key, 0) + p.amount_minor

    def _take_lots(self, place: Place, entry: Entry) -> None:
        tenant = entry.tenant
        # (member, unit, campaign) → change of what is available
        changes: dict[tuple[str, str, str], int] = {}
        for opened in entry.lots_opened:
            amount = opened.amount_minor
            pending, available = (amount, 0) if opened.active_from_ms is not None else (0, amount)
            lot_key = tenant, opened.member_id, opened.lot_id
            if lot_key in self._opened:
                msg = f"lot {opened.lot_id} of {tenant}:{opened.member_id} is opened twice"
                raise BrokenInvariantError(msg)
            self._opened[lot_key] = [
                tenant,
                opened.member_id,
                opened.lot_id,
                opened.unit,
                opened.campaign_id,
                opened.campaign_version,
                opened.origin,
                amount,
                pending,
                available,
                0,
                0,
                opened.earned_at_ms,
                opened.active_from_ms,
                opened.expires_at_ms,
            ]
            key = opened.member_id, opened.unit, opened.campaign_id
            changes[key] = changes.get(key, 0) + available
        for change in entry.lot_changes:
            self._take_change(
                (tenant, change.member_id, change.lot_id),
                (change.pending_minor, change.available_minor, change.expired_minor),
            )
            key = change.member_id, change.unit, change.campaign_id
            changes[key] = changes.get(key, 0) + change.available_minor
        occurred_at_ms = place.recorded_at_ms if entry.occurred_at_ms is None else entry.occurred_at_ms
        for (member_id, unit, campaign_id), amount in sorted(changes.items()):
            if amount:
                balance_key = tenant, member_id, unit
                self._lines.append(
                    _StatementLine(balance_key, place, campaign_id, amount, occurred_at_ms, entry.source_key)
                )

    def _take_change(self, lot_key: tuple[str, str, str], amounts: tuple[int, int, int]) -> None:
        opened = self._opened.get(lot_key)
        if opened is None:
            sums = self._changes.setdefault(lot_key, [0, 0, 0])
            for index, amount in enumerate(amounts):
                sums[index] += amount
            return
        for column, amount in zip((8, 9, 11), amounts, strict=True):
            held = opened[column]
            assert isinstance(held, int), "amounts of a lot are integers"
            opened[column] = held + amount

    def tables(self) -> Iterator[TableRows]:
        """Give the rows by table, statement rows left out."""
        yield TableRows("account", [(*key, amount) for key, amount in self._accounts.items()])
        yield TableRows("lot", list(self._opened.values()))
        yield TableRows("lot_change", [(*key, *amounts) for key, amounts in self._changes.items()])

    @property
    def has_statement(self) -> bool:
        """Whether what any member has available changed."""
        return bool(self._lines)

    def statement(self, available: Mapping[BalanceKey, int]) -> TableRows:
        """Give the statement rows with the balance after each.

        Args:
            available: What members had available before the batch; who is missing had nothing.
        """
        balances = dict(available)
        rows: list[Row] = []
        for key, place, campaign_id, amount, occurred_at_ms, source_key in self._lines:
            tenant, member_id, unit = key
            balances[key] = balance = balances.get(key, 0) + amount
            partition, offset, _, _, recorded_at_ms = place
            rows.append(
                (
                    tenant,
                    member_id,
                    partition,
                    offset,
                    campaign_id,
                    unit,
                    amount,
                    balance,
                    occurred_at_ms,
                    recorded_at_ms,
                    source_key,
                )
            )
        return TableRows("member_statement", rows)
