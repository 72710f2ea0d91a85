"""One receipt under two owners: who loses it, and how the loser is told.

The finding depends on nothing but the receipts, and its record on nothing but receipt and loser, so that finding it
again, after a crash or in a rebuild, has no effect.

Source: DESIGN, section 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from eventlog.port import BrokenLogError, Log, Record, Writer
from projections.receipt_row import CONFLICTED, ReceiptRef, ReceiptState
from schemas.codec import encode_event
from schemas.ids import entity_key
from schemas.partitioner import partition_of
from schemas.record.conflict import ReceiptConflicted

__all__ = ["CONFLICTS", "ConflictRefusedError", "ConflictWriter", "find_losers"]

CONFLICTS: Final = "engine.receipt.conflicted.v1"
#: How long the log may take to acknowledge findings: far above any write, and below a broker's own limits.
_FLUSH_LIMIT_MS: Final = 30_000


class ConflictRefusedError(Exception):
    """The log will never take a finding (too large, not authorised): the projector stops with an alarm."""


def find_losers(
    contested: Iterable[ReceiptRef], held: Iterable[ReceiptState], changed: Iterable[ReceiptState]
) -> list[ReceiptState]:
    """Give the owners that must give up a receipt.

    An anonymous record yields to a named one; between two members the earlier by log time, partition and offset stands,
    in whatever order partitions arrive. Who returned the receipt competes all the same, or it would matter whether the
    return or the other owner came first; only who lost it before does not.

    Args:
        contested: Receipts that came to an owner in this batch.
        held: What the database holds of receipts that the batch touches, under every owner.
        changed: What the batch makes of receipts; its status goes before that of `held`, whose place stays.
    """
    states: dict[ReceiptRef, dict[str, ReceiptState]] = {}
    for state in held:
        states.setdefault(state.receipt, {})[state.owner_id] = state
    for state in changed:
        owners = states.setdefault(state.receipt, {})
        known = owners.get(state.owner_id)
        owners[state.owner_id] = state if known is None else known._replace(status=state.status)
    losers: list[ReceiptState] = []
    for receipt in contested:
        owners = states.get(receipt, {})
        if len(owners) > 1:
            rivals = sorted((s for s in owners.values() if s.status != CONFLICTED), key=_precedence)
            losers += rivals[1:]
    return losers


def _precedence(state: ReceiptState) -> tuple[bool, int, int, int]:
    return state.member_id is None, state.recorded_at_ms, state.partition, state.source_offset


class ConflictWriter:
    """Tells losers, and returns when the log has acknowledged it."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._writer: Writer | None = None

    def tell(self, losers: Iterable[ReceiptState], *, partition_count: int) -> int:
        """Write one record for each loser.

        Returns:
            How many records were acknowledged.

        Raises:
            BrokenLogError: when not all were acknowledged; some may stand all the same.
            ConflictRefusedError: when the log will never take one.
        """
        writer = self._writer
        if writer is None:
            writer = self._writer = self._log.writer()
        count = 0
        for loser in losers:
            key = entity_key(loser.receipt.tenant, loser.owner_id)
            value = encode_event(_finding(loser))
            partition = partition_of(key, partition_count)
            writer.send(CONFLICTS, partition, [Record(key=key, value=value)], first_tag=count)
            count += 1
        acknowledged = 0
        for delivery in writer.flush(limit_ms=_FLUSH_LIMIT_MS):
            if delivery.error is not None:
                refused = ConflictRefusedError if delivery.error.is_permanent else BrokenLogError
                raise refused(f"{CONFLICTS} did not take a finding: {delivery.error.text}")
            acknowledged += 1
        if acknowledged != count:
            raise BrokenLogError(f"{CONFLICTS} acknowledged {acknowledged} of {count} findings")
        return count

    def close(self) -> None:
        """Stop writing."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _finding(loser: ReceiptState) -> ReceiptConflicted:
    tenant, business_date, store_id, till_id, receipt_number = loser.receipt
    return ReceiptConflicted(
        tenant=tenant,
        store_id=store_id,
        till_id=till_id,
        receipt_number=receipt_number,
        business_date=business_date,
        loser=loser.owner_id,
    )
