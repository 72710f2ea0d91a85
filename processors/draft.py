"""An entry while it is being decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from processors.context import Context
from processors.state import State, sent_key
from schemas.business_time import LATEST_MS
from schemas.codec import Event, encode_event
from schemas.entry import (
    ActivationChanged,
    CodeChanged,
    DocumentChanged,
    Effect,
    Entry,
    KeyTaken,
    LotChange,
    LotOpened,
    Message,
    MessageTaken,
    Outcome,
    ParkingChanged,
    Posting,
    ReceiptChanged,
    SegmentChanged,
    SourceRecord,
)
from schemas.ids import entity_key
from schemas.partitioner import partition_of
from schemas.topic import EntityKind

if TYPE_CHECKING:
    from schemas.rejection import Rejection

__all__ = ["Draft"]

#: Longest id or natural key that goes into an entry. Valid ones are shorter (a receipt key has 205); a refused record
#: may hold anything, stands in the entry whole already, and must not make the entry too large to be written.
_NAME_CHARACTERS: Final = 300


class Draft:
    """Collects what one record leads to; the entity's decision fills it, `entry` closes it."""

    __slots__ = (
        "activations",
        "adoptions",
        "codes",
        "context",
        "effects",
        "entity_id",
        "entity_kind",
        "keys",
        "keys_forgotten",
        "lateness_ms",
        "lot_changes",
        "lot_prefix",
        "lots_opened",
        "message_taken",
        "messages",
        "occurred_at_ms",
        "outcome",
        "parked",
        "postings",
        "publications",
        "receipts",
        "rejection",
        "segments",
        "source_key",
        "state",
        "tenant",
    )

    def __init__(self, state: State, context: Context) -> None:
        """Begin with nothing but what may be looked at."""
        self.state = state
        self.context = context
        self.tenant = ""
        self.entity_kind = EntityKind.PARTITION
        self.entity_id = str(context.partition)
        self.source_key = ""
        self.occurred_at_ms: int | None = None
        self.lateness_ms: int | None = None
        self.outcome = Outcome.DECIDED
        self.rejection: Rejection | None = None
        self.postings: list[Posting] = []
        self.effects: list[Effect] = []
        self.lots_opened: list[LotOpened] = []
        self.lot_changes: list[LotChange] = []
        self.receipts: list[ReceiptChanged] = []
        self.codes: list[CodeChanged] = []
        self.activations: list[ActivationChanged] = []
        self.publications: list[DocumentChanged] = []
        self.adoptions: list[DocumentChanged] = []
        self.segments: list[SegmentChanged] = []
        self.keys: list[KeyTaken] = []
        self.keys_forgotten: list[str] = []
        self.message_taken: MessageTaken | None = None
        self.parked: ParkingChanged | None = None
        self.messages: list[Message] = []
        #: Lots are named after the entry; of several held records decided in one entry, each has a prefix of its own.
        self.lot_prefix = str(context.sequence)

    def address(self, tenant: str, kind: EntityKind, entity_id: str) -> None:
        """Say whose entry it is."""
        self.tenant = tenant
        self.entity_kind = kind
        self.entity_id = entity_id

    def take_time(self, occurred_at_ms: int, log_time_ms: int) -> None:
        """Say when it happened, and how late it came; an instant that no calendar has is left out: it is refused."""
        if 0 <= occurred_at_ms <= LATEST_MS:
            self.occurred_at_ms = occurred_at_ms
            self.lateness_ms = log_time_ms - occurred_at_ms

    def refuse(self, rejection: Rejection) -> None:
        """Close with a refusal; nothing may have been decided before."""
        self.outcome = Outcome.REFUSED
        self.rejection = rejection

    def send(self, kind: EntityKind, entity_id: str, body: Event, *, partition: int | None = None) -> None:
        """Send a message to an entity of the same tenant; to a partition itself by its number."""
        if partition is None:
            partition = partition_of(entity_key(self.tenant, entity_id), self.context.partition_count)
        sent = self.state.get(sent_key(partition)) or 0
        sent += sum(message.target_partition == partition for message in self.messages)
        encoded = encode_event(body)
        # A broadcast repeats its body; it is written once, so that an entry does not grow with the partitions.
        last = next((message.body for message in reversed(self.messages) if message.body), b"")
        self.messages.append(
            Message(
                target_kind=kind.value,
                target_id=entity_id,
                target_partition=partition,
                number=sent + 1,
                body=b"" if encoded == last else encoded,
            )
        )

    def lot_id(self) -> str:
        """Give the id of the next lot: sequence of the entry and number within it."""
        return f"{self.lot_prefix}.{len(self.lots_opened) + 1}"

    def entry(self, record: SourceRecord | None) -> Entry:
        """Close the draft."""
        return Entry(
            clock_ms=self.context.clock_ms,
            lateness_ms=self.lateness_ms,
            book_hash=self.context.book.hash,
            record=record,
            tenant=self.tenant[:_NAME_CHARACTERS],
            entity_kind=self.entity_kind.value,
            entity_id=self.entity_id[:_NAME_CHARACTERS],
            source_key=self.source_key[:_NAME_CHARACTERS],
            occurred_at_ms=self.occurred_at_ms,
            outcome=self.outcome.value,
            rejection=self.rejection,
            postings=self.postings,
            effects=self.effects,
            lots_opened=self.lots_opened,
            lot_changes=self.lot_changes,
            receipts=self.receipts,
            codes=self.codes,
            activations=self.activations,
            publications=self.publications,
            adoptions=self.adoptions,
            segments=self.segments,
            keys=self.keys,
            keys_forgotten=self.keys_forgotten,
            message_taken=self.message_taken,
            parked=self.parked,
            messages=self.messages,
        )
