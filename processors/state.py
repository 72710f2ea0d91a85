"""The state of a partition, in parts: what a decision may look at and what a fold may change.

A part is stored, read and written by itself (a member's header with its sums, each lot, each receipt, each code), so
that the cost of a record does not grow with the history of its member. Keys are texts whose order is meaningful;
only their last piece may hold a slash.

Stays whole: what is stored and the key that it is stored under are read side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec

from schemas.account import Account
from schemas.entry import DocumentChanged, Effect, RecordHeader

__all__ = [
    "ADOPTION_KEYS",
    "CLOCK_KEY",
    "DUE_KEYS",
    "NATURAL_KEYS",
    "PART_TYPES",
    "ActivationPart",
    "BrokenStateError",
    "CodePart",
    "Delta",
    "DuePart",
    "HeldPart",
    "KeyPart",
    "LotPart",
    "MemberPart",
    "ParkedPart",
    "Part",
    "PointBalance",
    "PublicationPart",
    "ReceiptPart",
    "State",
    "account_key",
    "activation_key",
    "adoption_key",
    "code_key",
    "due_key",
    "held_key",
    "lot_key",
    "member_key",
    "natural_key",
    "parked_key",
    "publication_key",
    "receipt_part_key",
    "received_key",
    "sent_key",
]


class BrokenStateError(Exception):
    """The state cannot be read or written just now: broken I/O, never a record's fault, so nothing may be decided."""


class PointBalance(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A member's points in one unit; pending and available are also the sums of the lots."""

    pending_minor: int = 0
    available_minor: int = 0
    reserved_minor: int = 0
    #: Zero or below.
    debt_minor: int = 0


class MemberPart(msgspec.Struct, frozen=True, array_like=True):
    """A member's header with its sums."""

    points: dict[str, PointBalance] = {}
    #: Own money given to causes per currency; zero or below.
    given_minor: dict[str, int] = {}
    #: Segment set → segment.
    segments: dict[str, str] = {}
    #: Attempts to activate codes, right and wrong.
    code_attempts: int = 0
    #: Segment set → when its segment was computed; an older assignment never replaces it.
    segment_times_ms: dict[str, int] = {}


class LotPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Points earned at once, with one age."""

    unit: str
    campaign_id: str
    campaign_version: int
    origin: str
    earned_at_ms: int
    active_from_ms: int | None
    expires_at_ms: int | None
    pending_minor: int
    available_minor: int
    expired_minor: int


class ReceiptPart(msgspec.Struct, frozen=True, array_like=True):
    """What a receipt gave, for returns."""

    programme: str
    #: RECORDED, RETURNED or CONFLICTED.
    status: str
    currency: str
    total_minor: int
    occurred_at_ms: int
    effects: list[Effect]
    lot_ids: list[str]


class KeyPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A natural key that is taken."""

    digest: bytes
    kept_until_ms: int | None


class CodePart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A pack code."""

    programme: str
    batch_id: str
    #: Who used it; `None` while it is free.
    member_id: str | None


class ActivationPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A member's activation of a code."""

    programme: str
    code_hash: str
    occurred_at_ms: int
    zone: str
    #: PENDING, AWARDED, or the reason of the refusal.
    status: str


class PublicationPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The highest published version of a campaign or of a programme's settings."""

    version: int
    #: Whose campaign it is: an id belongs to one programme of its tenant, because accounts are named after it.
    programme: str
    #: Canonical JSON; a later version is compared with it.
    document: str


class ParkedPart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entity whose record kept failing: how many of its records are held, and the number of the first of them."""

    first: int
    held: int


class HeldPart(msgspec.Struct, frozen=True, array_like=True):
    """A record held for a parked entity."""

    topic: str
    offset: int
    log_time_ms: int
    key: bytes | None
    headers: list[RecordHeader]
    value: bytes | None


class DuePart(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something that falls due at the time in its key."""

    #: LOT_ACTIVE, LOT_EXPIRED or KEY_OVER.
    kind: str
    tenant: str
    #: The member of a lot; empty for a key.
    owner: str
    #: Lot id, or a natural key without its first letter.
    item: str


#: One stored part. Balances of shared accounts and message numbers are plain integers.
Part = (
    MemberPart
    | LotPart
    | ReceiptPart
    | KeyPart
    | CodePart
    | ActivationPart
    | PublicationPart
    | DocumentChanged
    | ParkedPart
    | HeldPart
    | DuePart
    | int
)
#: New content of parts; `None` removes one.
Delta = dict[str, Part | None]


class State(Protocol):
    """What a decision may look at."""

    def get(self, key: str) -> Any:  # noqa: ANN401 (the key's first letter tells the type, see PART_TYPES)
        """Give a part, or `None`."""

    def scan(self, prefix: str, limit: int) -> list[tuple[str, Any]]:
        """Give up to `limit` parts whose keys begin with `prefix`, in the order of their keys."""


#: First letter of a key → type of the part.
PART_TYPES: Final[Mapping[str, type[Any]]] = {
    "a": int,
    "b": DocumentChanged,
    "c": CodePart,
    "d": DuePart,
    "h": HeldPart,
    "k": KeyPart,
    "l": LotPart,
    "m": MemberPart,
    "p": PublicationPart,
    "q": ParkedPart,
    "r": ReceiptPart,
    "s": int,
    "t": int,
    "v": int,
    "x": ActivationPart,
}


def account_key(tenant: str, account: Account) -> str:
    """Key of a shared account's balance in this partition."""
    return f"a/{tenant}/{account.kind}/{account.campaign_id}/{account.owner}/{account.subaccount}/{account.unit}"


def adoption_key(tenant: str, programme: str, campaign_id: str | None, version: int) -> str:
    """Key of an adopted version; versions of one campaign sort by number."""
    return f"b/{tenant}/{programme}/{campaign_id or ''}/{version:010d}"


def code_key(tenant: str, code_hash: str) -> str:
    """Key of a pack code."""
    return f"c/{tenant}/{code_hash}"


def due_key(at_ms: int, tenant: str, kind: str, owner: str, item: str) -> str:
    """Key of something due: sorts by time, then by what it is."""
    return f"d/{at_ms:015d}/{tenant}/{kind}/{owner}/{item}"


def held_key(entity_kind: str, tenant: str, entity_id: str, number: int) -> str:
    """Key of a held record; sorts in the order in which they came."""
    return f"h/{entity_kind}/{tenant}/{entity_id}/{number:010d}"


#: The partition clock.
CLOCK_KEY: Final = "t/clock"
#: What falls due begins so, and sorts by time.
DUE_KEYS: Final = "d/"
#: Adopted documents begin so.
ADOPTION_KEYS: Final = "b/"
#: All natural keys begin so.
NATURAL_KEYS: Final = "k/"


def natural_key(tenant: str, entity_kind: str, entity_id: str, key: str) -> str:
    """Key of a natural key, which is unique per entity: one receipt under two owners is the read model's to find."""
    return f"k/{tenant}/{entity_kind}/{entity_id}/{key}"


def lot_key(tenant: str, member_id: str, lot_id: str) -> str:
    """Key of a lot."""
    return f"l/{tenant}/{member_id}/{lot_id}"


def member_key(tenant: str, entity_id: str) -> str:
    """Key of a member's header."""
    return f"m/{tenant}/{entity_id}"


def publication_key(tenant: str, programme: str, campaign_id: str | None) -> str:
    """Key of the highest published version."""
    return f"p/{tenant}/programme/{programme}" if campaign_id is None else f"p/{tenant}/campaign/{campaign_id}"


def parked_key(entity_kind: str, tenant: str, entity_id: str) -> str:
    """Key of a parked entity."""
    return f"q/{entity_kind}/{tenant}/{entity_id}"


def receipt_part_key(tenant: str, owner: str, receipt: str) -> str:
    """Key of a receipt under its owner; `receipt` is its receipt key."""
    return f"r/{tenant}/{owner}/{receipt}"


def sent_key(target_partition: int) -> str:
    """Key of the number of the last message sent to a partition."""
    return f"s/{target_partition}"


def received_key(sender: int) -> str:
    """Key of the number of the last message taken from a partition."""
    return f"v/{sender}"


def activation_key(tenant: str, member_id: str, event_id: str) -> str:
    """Key of a code activation."""
    return f"x/{tenant}/{member_id}/{event_id}"
