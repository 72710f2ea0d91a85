"""The fold: what an accepted entry makes of the state. It runs no rule and never refuses; it asserts what must hold.

Stays whole: one entry is folded in one pass, and a step reads what the step before it wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from processors.balance import add_points, check_balance, within_range
from processors.standing_effect import leave_standing
from processors.state import (
    CLOCK_KEY,
    NATURAL_KEYS,
    ActivationPart,
    CodePart,
    Delta,
    DuePart,
    HeldPart,
    KeyPart,
    LotPart,
    MemberPart,
    ParkedPart,
    PointBalance,
    PublicationPart,
    ReceiptPart,
    State,
    account_key,
    activation_key,
    adoption_key,
    code_key,
    due_key,
    held_key,
    lot_key,
    member_key,
    natural_key,
    parked_key,
    publication_key,
    receipt_part_key,
    received_key,
    sent_key,
)
from schemas.entry import (
    BrokenInvariantError,
    Entry,
    EntrySource,
    LotOpened,
    Outcome,
    Posting,
    check_postings,
)
from schemas.ids import RECEIPT_ORIGIN, receipt_key

__all__ = ["KEY_OVER", "LOT_ACTIVE", "LOT_EXPIRED", "Layered", "evolve"]

LOT_ACTIVE: Final = "LOT_ACTIVE"
LOT_EXPIRED: Final = "LOT_EXPIRED"
KEY_OVER: Final = "KEY_OVER"
_NO_MEMBER: Final = MemberPart()
#: How a receipt is taken back: status before and after. One that was returned may be lost to another owner later.
_TAKEN_BACK: Final = frozenset(
    {("RECORDED", "RETURNED"), ("RECORDED", "CONFLICTED"), ("RETURNED", "CONFLICTED")},
)
_NO_POINTS: Final = PointBalance()


class Layered:
    """A state with changes on top of it that are not in it yet."""

    __slots__ = ("_below", "delta")

    def __init__(self, below: State, delta: Delta | None = None) -> None:
        """Put `delta` over `below`; it may grow."""
        self._below = below
        self.delta: Delta = {} if delta is None else delta

    def get(self, key: str) -> Any:  # noqa: ANN401 (as State)
        """Give a part, or `None`."""
        if key in self.delta:
            return self.delta[key]
        return self._below.get(key)

    def scan(self, prefix: str, limit: int) -> list[tuple[str, Any]]:
        """Give up to `limit` parts whose keys begin with `prefix`, in the order of their keys."""
        changed = {key: part for key, part in self.delta.items() if key.startswith(prefix)}
        # A removed part may hide one that would have come within the limit, so that many more are asked for.
        removed = sum(part is None for part in changed.values())
        parts = dict(self._below.scan(prefix, limit + removed)) | changed
        return [(key, part) for key, part in sorted(parts.items()) if part is not None][:limit]


def evolve(state: State, entry: Entry, source: EntrySource | None) -> Delta:
    """Give what an accepted entry changes.

    Args:
        state: The state before it.
        entry: The entry.
        source: Where its record lies; `None` for a tick.

    Raises:
        BrokenInvariantError: when it breaks what must always hold; the reader stops.
    """
    check_postings(entry.postings)
    fold = _Fold(state, entry)
    fold.post()
    fold.open_lots()
    fold.change_lots()
    fold.check_lot_sums()
    fold.change_receipts()
    fold.change_rest()
    fold.change_keys()
    fold.count_messages()
    fold.change_parking(source)
    fold.delta[CLOCK_KEY] = entry.clock_ms
    return fold.delta


class _Fold:
    """One entry on its way into the state."""

    __slots__ = ("_lot_sums", "_point_sums", "delta", "entry", "state", "tenant")

    def __init__(self, state: State, entry: Entry) -> None:
        self.state = state
        self.entry = entry
        self.tenant = entry.tenant
        self.delta: Delta = {}
        #: (member, unit) → change of pending and available, once by postings and once by lots.
        self._point_sums: dict[tuple[str, str], list[int]] = {}
        self._lot_sums: dict[tuple[str, str], list[int]] = {}

    def get(self, key: str) -> Any:  # noqa: ANN401 (as State)
        if key in self.delta:
            return self.delta[key]
        return self.state.get(key)

    def post(self) -> None:
        """Add postings to balances."""
        members: dict[str, list[Posting]] = {}
        for posting in self.entry.postings:
            if posting.kind == "member":
                members.setdefault(posting.owner, []).append(posting)
            else:
                account = posting.account
                key = account_key(self.tenant, account)
                self.delta[key] = within_range((self.get(key) or 0) + posting.amount_minor, account)
        for member_id, postings in members.items():
            self._post_member(member_id, postings)

    def _post_member(self, member_id: str, postings: Iterable[Posting]) -> None:
        key = member_key(self.tenant, member_id)
        member: MemberPart = self.get(key) or _NO_MEMBER
        points, given = member.points, member.given_minor
        for posting in postings:
            unit, amount = posting.unit, posting.amount_minor
            if posting.subaccount == "given":
                given = given | {unit: within_range(given.get(unit, 0) + amount, member_id)}
                if given[unit] > 0:
                    msg = f"member {member_id} would have been given {given[unit]} {unit} by causes"
                    raise BrokenInvariantError(msg)
                continue
            balance = add_points(points.get(unit, _NO_POINTS), posting)
            points = points | {unit: balance}
            sums = self._point_sums.setdefault((member_id, unit), [0, 0])
            if posting.subaccount == "pending":
                sums[0] += amount
            elif posting.subaccount == "available":
                sums[1] += amount
        for unit, balance in points.items():
            check_balance(member_id, unit, balance)
        self.delta[key] = msgspec.structs.replace(member, points=points, given_minor=given)

    def open_lots(self) -> None:
        """Write new lots, and when they fall due."""
        for lot in self.entry.lots_opened:
            pending = 0 if lot.active_from_ms is None else lot.amount_minor
            key = lot_key(self.tenant, lot.member_id, lot.lot_id)
            if lot.amount_minor <= 0 or key in self.delta:
                msg = f"lot {lot.lot_id} of member {lot.member_id} is opened twice, or with {lot.amount_minor}"
                raise BrokenInvariantError(msg)
            self.delta[key] = LotPart(
                unit=lot.unit,
                campaign_id=lot.campaign_id,
                campaign_version=lot.campaign_version,
                origin=lot.origin,
                earned_at_ms=lot.earned_at_ms,
                active_from_ms=lot.active_from_ms,
                expires_at_ms=lot.expires_at_ms,
                pending_minor=pending,
                available_minor=lot.amount_minor - pending,
                expired_minor=0,
            )
            sums = self._lot_sums.setdefault((lot.member_id, lot.unit), [0, 0])
            sums[0] += pending
            sums[1] += lot.amount_minor - pending
            self._schedule(lot)

    def _schedule(self, lot: LotOpened) -> None:
        for at_ms, kind in ((lot.active_from_ms, LOT_ACTIVE), (lot.expires_at_ms, LOT_EXPIRED)):
            if at_ms is not None:
                self.delta[due_key(at_ms, self.tenant, kind, lot.member_id, lot.lot_id)] = DuePart(
                    kind=kind, tenant=self.tenant, owner=lot.member_id, item=lot.lot_id
                )

    def change_lots(self) -> None:
        """Move points inside lots; a lot that holds nothing any more goes, with what it had due."""
        for change in self.entry.lot_changes:
            key = lot_key(self.tenant, change.member_id, change.lot_id)
            lot: LotPart | None = self.get(key)
            if lot is None or lot.unit != change.unit:
                msg = f"lot {change.lot_id} of member {change.member_id} in {change.unit} does not exist"
                raise BrokenInvariantError(msg)
            changed = msgspec.structs.replace(
                lot,
                pending_minor=lot.pending_minor + change.pending_minor,
                available_minor=lot.available_minor + change.available_minor,
                expired_minor=lot.expired_minor + change.expired_minor,
            )
            parts_minor = (changed.pending_minor, changed.available_minor, changed.expired_minor)
            if min(parts_minor) < 0:
                msg = f"lot {change.lot_id} of member {change.member_id} would fall below zero"
                raise BrokenInvariantError(msg)
            within_range(sum(parts_minor), f"lot {change.lot_id} of member {change.member_id}")
            self.delta[key] = changed
            sums = self._lot_sums.setdefault((change.member_id, change.unit), [0, 0])
            sums[0] += change.pending_minor
            sums[1] += change.available_minor
            self._unschedule(change.member_id, change.lot_id, changed)

    def _unschedule(self, member_id: str, lot_id: str, lot: LotPart) -> None:
        if lot.active_from_ms is not None and lot.pending_minor == 0:
            self.delta[due_key(lot.active_from_ms, self.tenant, LOT_ACTIVE, member_id, lot_id)] = None
        if lot.expires_at_ms is not None and lot.pending_minor == lot.available_minor == 0:
            self.delta[due_key(lot.expires_at_ms, self.tenant, LOT_EXPIRED, member_id, lot_id)] = None

    def check_lot_sums(self) -> None:
        """Check that lots and postings tell the same of each member."""
        for owner in sorted(self._point_sums.keys() | self._lot_sums.keys()):
            posted = self._point_sums.get(owner, [0, 0])
            in_lots = self._lot_sums.get(owner, [0, 0])
            if posted != in_lots:
                msg = f"postings move {posted} (pending, available) of {owner}, lots {in_lots}"
                raise BrokenInvariantError(msg)

    def change_receipts(self) -> None:
        """Write receipts with what they gave, or that they were taken back."""
        entry = self.entry
        for receipt in entry.receipts:
            name = receipt_key(receipt.store_id, receipt.till_id, receipt.receipt_number, receipt.business_date)
            origin = f"{RECEIPT_ORIGIN}{name}"
            key = receipt_part_key(self.tenant, receipt.member_id or name, name)
            if receipt.status == "RECORDED":
                self.delta[key] = ReceiptPart(
                    programme=receipt.programme,
                    status=receipt.status,
                    currency=receipt.currency,
                    total_minor=receipt.total_minor,
                    occurred_at_ms=receipt.occurred_at_ms,
                    effects=[effect for effect in entry.effects if effect.origin == origin],
                    lot_ids=[lot.lot_id for lot in entry.lots_opened if lot.origin == origin],
                )
            else:
                part: ReceiptPart | None = self.get(key)
                if part is None or (part.status, receipt.status) not in _TAKEN_BACK:
                    msg = f"receipt {name} is not there to be taken back"
                    raise BrokenInvariantError(msg)
                self.delta[key] = msgspec.structs.replace(
                    part,
                    status=receipt.status,
                    effects=leave_standing(part.effects, entry.effects, origin),
                    lot_ids=[],
                )

    def change_rest(self) -> None:
        """Write codes, activations, documents and segments."""
        entry, delta, tenant = self.entry, self.delta, self.tenant
        for code in entry.codes:
            known: CodePart | None = self.get(code_key(tenant, code.code_hash))
            if known is not None and known.member_id is not None:
                msg = f"code {code.code_hash} was used by {known.member_id} before"
                raise BrokenInvariantError(msg)
            delta[code_key(tenant, code.code_hash)] = CodePart(
                programme=code.programme, batch_id=code.batch_id, member_id=code.member_id
            )
        for activation in entry.activations:
            delta[activation_key(tenant, activation.member_id, activation.event_id)] = ActivationPart(
                programme=activation.programme,
                code_hash=activation.code_hash,
                occurred_at_ms=activation.occurred_at_ms,
                zone=activation.zone,
                status=activation.status,
            )
            if activation.status == Outcome.PENDING.value:
                self._change_member(activation.member_id, lambda m: {"code_attempts": m.code_attempts + 1})
        for document in entry.publications:
            delta[publication_key(tenant, document.programme, document.campaign_id)] = PublicationPart(
                version=document.version, programme=document.programme, document=document.document
            )
        for document in entry.adoptions:
            delta[adoption_key(tenant, document.programme, document.campaign_id, document.version)] = document
        for segment in entry.segments:
            named = {segment.segment_set: segment.segment}
            times = {segment.segment_set: segment.computed_at_ms}
            self._change_member(
                segment.member_id,
                lambda m, named=named, times=times: {
                    "segments": m.segments | named,
                    "segment_times_ms": m.segment_times_ms | times,
                },
            )

    def _change_member(self, member_id: str, change: Any) -> None:  # noqa: ANN401 (a function of the header)
        key = member_key(self.tenant, member_id)
        member: MemberPart = self.get(key) or _NO_MEMBER
        self.delta[key] = msgspec.structs.replace(member, **change(member))

    def change_keys(self) -> None:
        """Take natural keys, and forget those whose time is over."""
        entry = self.entry
        for taken in entry.keys:
            key = natural_key(self.tenant, entry.entity_kind, entry.entity_id, taken.key)
            self.delta[key] = KeyPart(digest=taken.digest, kept_until_ms=taken.kept_until_ms)
            if taken.kept_until_ms is not None:
                item = key.removeprefix(NATURAL_KEYS)
                self.delta[_forgetting_key(taken.kept_until_ms, self.tenant, item)] = DuePart(
                    kind=KEY_OVER, tenant=self.tenant, owner="", item=item
                )
        for item in entry.keys_forgotten:
            key = NATURAL_KEYS + item
            part: KeyPart | None = self.get(key)
            self.delta[key] = None
            if part is not None and part.kept_until_ms is not None:
                self.delta[_forgetting_key(part.kept_until_ms, self.tenant, item)] = None

    def count_messages(self) -> None:
        """Move the numbers of messages sent and taken."""
        for message in self.entry.messages:
            key = sent_key(message.target_partition)
            number = (self.get(key) or 0) + 1
            if message.number != number:
                msg = f"message {message.number} to partition {message.target_partition}; the next is {number}"
                raise BrokenInvariantError(msg)
            self.delta[key] = number
        taken = self.entry.message_taken
        if taken is not None:
            key = received_key(taken.sender)
            if taken.number != (self.get(key) or 0) + 1:
                msg = f"message {taken.number} taken from partition {taken.sender} out of turn"
                raise BrokenInvariantError(msg)
            self.delta[key] = taken.number

    def change_parking(self, source: EntrySource | None) -> None:
        """Hold a record for a parked entity, or release what is held."""
        entry, parking = self.entry, self.entry.parked
        if parking is None:
            return
        key = parked_key(entry.entity_kind, entry.tenant, entry.entity_id)
        parked: ParkedPart = self.get(key) or ParkedPart(first=1, held=0)
        if entry.outcome == Outcome.PARKED.value:
            if parking.held != parked.held + 1:
                msg = f"{parking.held} records held for {entry.entity_id}; the next is {parked.held + 1}"
                raise BrokenInvariantError(msg)
            assert source is not None, "only a record can be held"
            assert entry.record is not None, "an entry with a source holds its record"
            held = held_key(entry.entity_kind, entry.tenant, entry.entity_id, parked.first + parked.held)
            self.delta[held] = HeldPart(
                topic=source.topic,
                offset=source.offset,
                log_time_ms=source.log_time_ms,
                key=entry.record.key,
                headers=entry.record.headers,
                value=entry.record.value,
            )
            self.delta[key] = ParkedPart(first=parked.first, held=parked.held + 1)
            return
        if parking.held != parked.held - parking.released:
            msg = f"{parking.released} of {parked.held} records released leave {parking.held} for {entry.entity_id}"
            raise BrokenInvariantError(msg)
        for number in range(parked.first, parked.first + parking.released):
            self.delta[held_key(entry.entity_kind, entry.tenant, entry.entity_id, number)] = None
        rest = ParkedPart(first=parked.first + parking.released, held=parking.held)
        self.delta[key] = rest if parking.held else None


def _forgetting_key(kept_until_ms: int, tenant: str, item: str) -> str:
    """Give when a natural key is forgotten: as soon as the clock has passed its last moment, not in it."""
    return due_key(kept_until_ms + 1, tenant, KEY_OVER, "", item)
