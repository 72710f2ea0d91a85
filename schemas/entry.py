"""The journal's own records: claim, entry header, entry with its postings, facts and messages.

An entry's facts are typed arrays, one per kind, so that a new kind is a new array with an empty default and old
readers stay able to read (`avro/engine/journal_entry.v1.avsc` says what each field means).

Stays whole: it is one Avro schema, type by type.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from schemas.account import Account, Sign, chart
from schemas.record.segment import PartitionOffset
from schemas.rejection import Rejection

__all__ = [
    "NO_HASH",
    "ActivationChanged",
    "BrokenInvariantError",
    "CodeChanged",
    "DocumentChanged",
    "Effect",
    "Entry",
    "EntryHeader",
    "EntrySource",
    "JournalClaim",
    "KeyTaken",
    "LotChange",
    "LotOpened",
    "Message",
    "MessageTaken",
    "Outcome",
    "ParkingChanged",
    "Posting",
    "ReceiptChanged",
    "RecordHeader",
    "SegmentChanged",
    "SkippedInput",
    "SourceRecord",
    "check_postings",
    "check_sign",
]

#: Stands where there is no entry before.
NO_HASH: Final = bytes(32)
#: What an Avro long and a `bigint` hold; an entry with more could never be written.
_POSTING_LIMIT_MINOR: Final = 2**63 - 1


class BrokenInvariantError(Exception):
    """An entry breaks what must always hold: a bug or a forged journal; whoever reads it stops."""


class Outcome(Enum):
    """What became of a record; the value stands in entries and never changes."""

    DECIDED = "DECIDED"
    #: Taken; another entity has been asked, and a later entry tells the rest.
    PENDING = "PENDING"
    REFUSED = "REFUSED"
    #: Its natural key was taken by the same body before; nothing moves.
    DUPLICATE = "DUPLICATE"
    TICKED = "TICKED"
    PARKED = "PARKED"
    UNDECODABLE = "UNDECODABLE"
    #: A message whose number was seen before.
    REPEATED_MESSAGE = "REPEATED_MESSAGE"
    #: A message whose number skips one: an alarm.
    MESSAGE_GAP = "MESSAGE_GAP"


class JournalClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A worker claims a journal partition."""

    epoch: int
    #: 16 random bytes, made for one attempt.
    writer_id: bytes
    partition_count: int
    partitioner: str
    #: Input topics in the order that breaks ties.
    topics: list[str]
    instance: str


class EntrySource(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the decided record lies."""

    topic: str
    partition: int
    offset: int
    log_time_ms: int


class SkippedInput(msgspec.Struct, frozen=True, kw_only=True):
    """An input to go on with at a later offset."""

    topic: str
    next_offset: int


class EntryHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The protocol's part of an entry."""

    epoch: int
    writer_id: bytes
    #: From 1, without gaps among accepted entries.
    sequence: int
    #: SHA-256 of the stored value of the entry before.
    previous_hash: bytes
    #: `None` for a tick.
    source: EntrySource | None = None
    skipped_inputs: list[SkippedInput] = []
    #: How many messages the entry holds, so that a relay reads only the entries that have some.
    message_count: int = 0


class RecordHeader(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One header of a record."""

    name: str
    value: bytes


class SourceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The decided record, byte for byte."""

    key: bytes | None
    headers: list[RecordHeader]
    value: bytes | None


class Posting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Value arriving at (plus) or leaving (minus) an account."""

    kind: str
    campaign_id: str
    owner: str
    subaccount: str
    unit: str
    amount_minor: int

    @property
    def account(self) -> Account:
        """The account within the entry's tenant."""
        return Account(self.kind, self.campaign_id, self.owner, self.subaccount, self.unit)


class Effect(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rule's doing on one source."""

    campaign_id: str
    campaign_version: int
    effect: str
    #: Natural key of what it was given for.
    origin: str
    #: Empty when no cause gets it.
    beneficiary_id: str
    unit: str
    amount_minor: int
    #: A return that the log takes later than this takes nothing of it back; `None`: always taken back.
    final_at_ms: int | None = None


class LotOpened(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Points earned at once, with one age."""

    member_id: str
    lot_id: str
    unit: str
    campaign_id: str
    campaign_version: int
    #: Natural key of what earned it.
    origin: str
    amount_minor: int
    earned_at_ms: int
    #: Pending until then; `None`: available at once.
    active_from_ms: int | None = None
    #: Not spendable from then on; `None`: never.
    expires_at_ms: int | None = None


class LotChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How one lot changed."""

    member_id: str
    lot_id: str
    unit: str
    campaign_id: str
    campaign_version: int
    #: ACTIVATED, EXPIRED or REVERSED.
    reason: str
    pending_minor: int
    available_minor: int
    expired_minor: int


class ReceiptChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A receipt came to an owner, or was taken from it."""

    store_id: str
    till_id: str
    receipt_number: str
    business_date: int
    programme: str
    member_id: str | None
    #: RECORDED, RETURNED or CONFLICTED.
    status: str
    currency: str
    total_minor: int
    occurred_at_ms: int


class CodeChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A code's new state."""

    code_hash: str
    programme: str
    batch_id: str
    #: Who used it; `None` while it is free.
    member_id: str | None = None


class ActivationChanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How far an activation has come."""

    event_id: str
    member_id: str
    programme: str
    code_hash: str
    occurred_at_ms: int
    zone: str
    #: PENDING, AWARDED, or the reason of the refusal.
    status: str


class DocumentChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a campaign or of a programme's settings."""

    programme: str
    #: `None` for the programme's settings.
    campaign_id: str | None
    version: int
    document: str
    published_at_ms: int


class SegmentChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A member's segment in one set."""

    member_id: str
    segment_set: str
    segment: str
    computed_at_ms: int
    position: list[PartitionOffset]


class KeyTaken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A natural key and what came under it."""

    key: str
    #: First 16 bytes of SHA-256 over the payload without its frame.
    digest: bytes
    #: `None`: kept for ever.
    kept_until_ms: int | None = None


class MessageTaken(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Moves a sender's number."""

    sender: int
    number: int


class ParkingChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Records held for an entity whose record kept failing."""

    #: How many are held now; 0 releases the entity.
    held: int
    #: How many this entry decided.
    released: int
    failure: str


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Goes to another entity by the relay."""

    target_kind: str
    target_id: str
    target_partition: int
    #: Of this sender to that partition, from 1, without gaps.
    number: int
    #: Single-object encoded; empty: the same as that of the message before (a broadcast).
    body: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What one input record led to, without the header, which is the writer's."""

    clock_ms: int
    lateness_ms: int | None = None
    book_hash: bytes
    record: SourceRecord | None = None
    tenant: str
    entity_kind: str
    entity_id: str
    source_key: str = ""
    occurred_at_ms: int | None = None
    #: An `Outcome` value.
    outcome: str
    rejection: Rejection | None = None
    postings: list[Posting] = []
    effects: list[Effect] = []
    lots_opened: list[LotOpened] = []
    lot_changes: list[LotChange] = []
    receipts: list[ReceiptChanged] = []
    codes: list[CodeChanged] = []
    activations: list[ActivationChanged] = []
    publications: list[DocumentChanged] = []
    adoptions: list[DocumentChanged] = []
    segments: list[SegmentChanged] = []
    keys: list[KeyTaken] = []
    #: Each as `tenant/entity kind/entity id/key`.
    keys_forgotten: list[str] = []
    message_taken: MessageTaken | None = None
    parked: ParkingChanged | None = None
    messages: list[Message] = []


def check_postings(postings: list[Posting]) -> None:
    """Check that postings sum to zero per unit, each to a known account, none of nothing.

    Raises:
        BrokenInvariantError: telling which does not.
    """
    sums: dict[str, int] = {}
    for posting in postings:
        try:
            chart(posting.kind, posting.subaccount)
        except KeyError:
            msg = f"there is no account {posting.kind}.{posting.subaccount}"
            raise BrokenInvariantError(msg) from None
        if posting.amount_minor == 0:
            msg = f"a posting of nothing to {posting.account}"
            raise BrokenInvariantError(msg)
        if abs(posting.amount_minor) > _POSTING_LIMIT_MINOR:
            msg = f"a posting of {posting.amount_minor} to {posting.account} is more than an entry can hold"
            raise BrokenInvariantError(msg)
        sums[posting.unit] = sums.get(posting.unit, 0) + posting.amount_minor
    for unit, amount in sums.items():
        if amount:
            msg = f"the postings in {unit} sum to {amount}, not to zero"
            raise BrokenInvariantError(msg)


def check_sign(account: Account, balance_minor: int) -> None:
    """Check that an account may have this balance.

    Raises:
        BrokenInvariantError: when its sign forbids it.
    """
    sign = chart(account.kind, account.subaccount)
    if sign.value * balance_minor < 0:
        must = "zero or above" if sign is Sign.HOLDER else "zero or below"
        msg = f"{account} would be {balance_minor}; it must be {must}"
        raise BrokenInvariantError(msg)
