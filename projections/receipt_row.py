"""Rows about receipts: who owns each, and what rules gave on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from projections.place import Place
from projections.table import Row, TableRows
from schemas.business_time import parse_date
from schemas.entry import Entry, ReceiptChanged
from schemas.ids import RECEIPT_ORIGIN, receipt_key, split_receipt_key

__all__ = ["CONFLICTED", "RECORDED", "ReceiptRef", "ReceiptRows", "ReceiptState"]

#: The status with which an owner begins to compete for its receipt; a return does not end that.
RECORDED: Final = "RECORDED"
#: The status in which an owner has lost its receipt, and competes no longer.
CONFLICTED: Final = "CONFLICTED"


class ReceiptRef(NamedTuple):
    """Which receipt."""

    tenant: str
    business_date: int
    store_id: str
    till_id: str
    receipt_number: str


class ReceiptState(NamedTuple):
    """A receipt under one owner, as far as owners compete for it."""

    receipt: ReceiptRef
    #: Entity id: the member, or the receipt's key when nobody was known.
    owner_id: str
    member_id: str | None
    status: str
    #: Log time of the record, UTC milliseconds. These three are those of the receipt's own record; of what took it back
    #: in a batch where the receipt itself is not: `find_losers` goes by what the database held then.
    recorded_at_ms: int
    partition: int
    source_offset: int


class ReceiptRows:
    """Gathers, over one batch, rows of `receipt` and `receipt_effect`."""

    def __init__(self) -> None:
        # (receipt, owner) → state, and the columns after the owner that never change
        self._states: dict[tuple[ReceiptRef, str], tuple[ReceiptState, ReceiptChanged]] = {}
        self._recorded: dict[ReceiptRef, None] = {}
        self._effects: list[Row] = []

    def take(self, place: Place, entry: Entry) -> None:
        """Take the next entry of its partition."""
        for change in entry.receipts:
            self._take_receipt(place, entry.tenant, change)
        if entry.effects:
            self._take_effects(place, entry)

    def _take_receipt(self, place: Place, tenant: str, change: ReceiptChanged) -> None:
        receipt = _ref(tenant, change)
        owner_id = change.member_id or receipt_key(
            change.store_id, change.till_id, change.receipt_number, change.business_date
        )
        known = self._states.get((receipt, owner_id))
        if known is None:
            state = ReceiptState(
                receipt,
                owner_id,
                change.member_id,
                change.status,
                place.recorded_at_ms,
                place.partition,
                -1 if place.source_offset is None else place.source_offset,
            )
            self._states[receipt, owner_id] = state, change
        else:
            self._states[receipt, owner_id] = known[0]._replace(status=change.status), known[1]
        if change.status == RECORDED:
            self._recorded[receipt] = None

    def _take_effects(self, place: Place, entry: Entry) -> None:
        # Nobody known: the owner is the receipt, and no member id holds a slash.
        member_id = None if "/" in entry.entity_id else entry.entity_id
        sums: dict[tuple[str, str, int, str, str, str], int] = {}
        for e in entry.effects:
            if e.origin.startswith(RECEIPT_ORIGIN):
                key = e.origin, e.campaign_id, e.campaign_version, e.effect, e.beneficiary_id, e.unit
                sums[key] = sums.get(key, 0) + e.amount_minor
        tenant, (partition, offset, *_) = entry.tenant, place
        ordinal = 0
        for key, amount in sums.items():
            if amount == 0:
                continue
            ordinal += 1
            origin, campaign_id, version, effect, beneficiary_id, unit = key
            store_id, till_id, number, date = split_receipt_key(origin.removeprefix(RECEIPT_ORIGIN))
            self._effects.append(
                (
                    tenant,
                    parse_date(date),
                    store_id,
                    till_id,
                    number,
                    partition,
                    offset,
                    ordinal,
                    campaign_id,
                    version,
                    effect,
                    beneficiary_id,
                    unit,
                    member_id,
                    amount,
                )
            )

    def states(self) -> Iterator[ReceiptState]:
        """Give the state after the batch of each receipt and owner that it touched."""
        for state, _ in self._states.values():
            yield state

    def recorded(self) -> dict[ReceiptRef, None]:
        """Give the receipts that came to an owner in this batch, in order."""
        return self._recorded

    def tables(self) -> Iterator[TableRows]:
        """Give the rows by table."""
        rows: list[Row] = [
            (
                *state.receipt,
                state.owner_id,
                state.member_id,
                change.programme,
                state.status,
                change.currency,
                change.total_minor,
                change.occurred_at_ms,
                state.recorded_at_ms,
                state.partition,
                state.source_offset,
            )
            for state, change in self._states.values()
        ]
        yield TableRows("receipt", rows)
        yield TableRows("receipt_effect", self._effects)


def _ref(tenant: str, change: ReceiptChanged) -> ReceiptRef:
    return ReceiptRef(tenant, change.business_date, change.store_id, change.till_id, change.receipt_number)
