"""A batch of accepted entries as rows of every table; pure, so that the same entries give the same rows."""

from __future__ import annotations

from collections.abc import Iterator

from eventlog.journal_reader import AcceptedEntry
from projections.entry_row import EntryRows
from projections.ledger_row import LedgerRows
from projections.place import place_of
from projections.receipt_row import ReceiptRows
from projections.rule_row import RuleRows
from projections.table import TableRows

__all__ = ["Batch"]


class Batch:
    """Gathers rows; each partition's entries must come in their order."""

    def __init__(self) -> None:
        self._entries = EntryRows()
        self._rules = RuleRows()
        self.ledger = LedgerRows()
        self.receipts = ReceiptRows()
        self.entry_count = 0
        #: Stored bytes of its entries.
        self.size_bytes = 0
        #: Newest log time (a tick's clock) per partition, UTC milliseconds.
        self.recorded_at_ms: dict[int, int] = {}

    def take(self, accepted: AcceptedEntry) -> None:
        """Take an entry.

        Raises:
            UndecodableError: when this release cannot read it.
            BrokenInvariantError: when it breaks what must always hold.
        """
        header, entry = accepted.header, accepted.decode()
        place = place_of(accepted.record.partition, accepted.record.offset, header, entry)
        self._entries.take(place, entry)
        self.ledger.take(place, entry)
        self.receipts.take(place, entry)
        self._rules.take(place, entry)
        self.entry_count += 1
        self.size_bytes += len(accepted.value)
        newest_ms = self.recorded_at_ms.get(place.partition, place.recorded_at_ms)
        self.recorded_at_ms[place.partition] = max(newest_ms, place.recorded_at_ms)

    def tables(self) -> Iterator[TableRows]:
        """Give the rows by table, but for statement rows, which must know the balances before."""
        for part in (self._entries, self.ledger, self.receipts, self._rules):
            yield from part.tables()
