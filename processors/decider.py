"""The one decision: what an input record, or the passing of time, leads to.

`decide` is given everything and changes nothing; `processors.evolution.evolve` makes the state of what it gives. A
record gets exactly one entry, whatever is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from eventlog.relay import NUMBER_HEADER, SENDER_HEADER, TARGET_KIND_HEADER
from processors.dispatch import address_of, decide_event, source_record
from processors.draft import Draft
from processors.instruction import decide_instruction
from processors.state import ParkedPart, State, parked_key, received_key
from schemas.entry import Entry, MessageTaken, Outcome, ParkingChanged
from schemas.record.instruction import OperatorInstructed
from schemas.rejection import Reason, reject
from schemas.topic import INPUTS, MESSAGES, EntityKind

if TYPE_CHECKING:
    from eventlog.port import StoredRecord
    from processors.context import Context, Incoming

__all__ = ["decide", "park", "read_message_place"]

#: Longest failure text that goes into an entry.
_FAILURE_CHARACTERS: Final = 400
#: A number as relays write it: at most as many digits as 2^63 has.
_NUMERAL: Final = re.compile(rb"[0-9]{1,19}")
#: Largest number of a message: what the store of a partition holds.
_NUMBER_LIMIT: Final = 2**63 - 1
#: Target kinds as relays write them.
_KINDS: Final[Mapping[bytes, EntityKind]] = {kind.value.encode(): kind for kind in EntityKind}
#: Topic → the schemas that it carries; messages are what entities of the engine send each other.
_SCHEMAS: Final[Mapping[str, tuple[str, ...]]] = {topic.name: (topic.schema,) for topic in INPUTS if topic.schema} | {
    MESSAGES: (
        "kopilka.engine.v1.DocumentPublished",
        "kopilka.engine.v1.CodeRedemptionRequested",
        "kopilka.engine.v1.CodeRedemptionAnswered",
    )
}


def read_message_place(record: StoredRecord, partition_count: int) -> tuple[int, int, EntityKind] | None:
    """Give sender, number and target kind of a message from its headers, or `None` when no relay wrote them.

    A sender that is no partition would take a counter of its own in the state, for ever; a number from outside 1 to
    2^63 - 1 could not be kept. Of a header that is there twice the last counts.
    """
    headers = dict(record.headers)
    texts = [headers.get(name) for name in (SENDER_HEADER, NUMBER_HEADER, TARGET_KIND_HEADER)]
    # A broker keeps a header without a value, whatever the port's type says.
    sender, number, kind = (text if isinstance(text, bytes) else b"" for text in texts)
    if not (_NUMERAL.fullmatch(sender) and _NUMERAL.fullmatch(number) and kind in _KINDS):
        return None
    if int(sender) >= partition_count or not 1 <= int(number) <= _NUMBER_LIMIT:
        return None
    return int(sender), int(number), _KINDS[kind]


def decide(state: State, incoming: Incoming, context: Context) -> Entry:
    """Give the entry of an input record.

    Args:
        state: The state of the partition, before it.
        incoming: The record.
        context: Time, place and rules.
    """
    draft = Draft(state, context)
    record, decoded = incoming.record, incoming.decoded
    stored = record.value if decoded is None else decoded.stored
    if record.topic == MESSAGES and not _is_next_message(draft, record):
        return draft.entry(source_record(record, stored))
    if decoded is None:
        _refuse_undecodable(draft, incoming)
        return draft.entry(source_record(record, stored))
    if decoded.schema not in _SCHEMAS.get(record.topic, ()):
        _refuse_schema(draft, record, decoded.schema)
        return draft.entry(source_record(record, stored))
    address = address_of(decoded.event, record.partition)
    draft.address(address.tenant, address.kind, address.entity_id)
    parked: ParkedPart | None = state.get(parked_key(address.kind.value, address.tenant, address.entity_id))
    if isinstance(decoded.event, OperatorInstructed):
        # Never held: it is what releases others, the partition's own adoptions among them.
        decide_instruction(draft, incoming, decoded.event)
    elif parked is not None:
        draft.outcome = Outcome.PARKED
        draft.parked = ParkingChanged(held=parked.held + 1, released=0, failure="")
    else:
        decide_event(draft, incoming, decoded.event)
    return draft.entry(source_record(record, stored))


def park(state: State, incoming: Incoming, context: Context, failure: str) -> Entry:
    """Give the entry that puts aside a record which cannot be decided, and with it its entity.

    An operator's instruction is refused instead: parked, it would hold every later one, and nothing could release it.
    """
    draft = Draft(state, context)
    decoded = incoming.decoded
    assert decoded is not None, "what cannot be decoded is a dead letter, and belongs to no entity"
    if incoming.record.topic == MESSAGES:
        _is_next_message(draft, incoming.record)
    address = address_of(decoded.event, incoming.record.partition)
    draft.address(address.tenant, address.kind, address.entity_id)
    if isinstance(decoded.event, OperatorInstructed):
        draft.source_key = f"instruction:{decoded.event.event_id}"
        draft.refuse(reject(Reason.STILL_FAILING, "instruction", decoded.event.event_id, failure[:_FAILURE_CHARACTERS]))
        return draft.entry(source_record(incoming.record, decoded.stored))
    draft.outcome = Outcome.PARKED
    parked: ParkedPart | None = state.get(parked_key(address.kind.value, address.tenant, address.entity_id))
    held = 1 if parked is None else parked.held + 1
    draft.parked = ParkingChanged(held=held, released=0, failure=failure[:_FAILURE_CHARACTERS])
    return draft.entry(source_record(incoming.record, decoded.stored))


def _is_next_message(draft: Draft, record: StoredRecord) -> bool:
    """Tell whether a message is its sender's next; close the draft when it is a repeat or a gap."""
    place = read_message_place(record, draft.context.partition_count)
    if place is None:
        # Nobody knows whose it is, so no number moves.
        draft.outcome = Outcome.UNDECODABLE
        draft.rejection = reject(
            Reason.UNDECODABLE,
            "headers",
            [name for name, _ in record.headers],
            "only a relay may write messages",
        )
        return False
    sender, number, _ = place
    last = draft.state.get(received_key(sender)) or 0
    if number <= last:
        draft.outcome = Outcome.REPEATED_MESSAGE
        return False
    if number > last + 1:
        draft.outcome = Outcome.MESSAGE_GAP
        return False
    draft.message_taken = MessageTaken(sender=sender, number=number)
    return True


def _refuse_schema(draft: Draft, record: StoredRecord, schema: str) -> None:
    """Refuse what its topic does not carry, before its tenant is believed.

    Outside producers may write public topics only; a message or an instruction among receipts would pass the border.

    Source: DESIGN, section 6 (topics are borders of trust).
    """
    wanted = " or ".join(_SCHEMAS.get(record.topic, ()))
    draft.refuse(reject(Reason.WRONG_SCHEMA, "value", schema, f"topic {record.topic} carries {wanted}"))


def _refuse_undecodable(draft: Draft, incoming: Incoming) -> None:
    draft.outcome = Outcome.UNDECODABLE
    shown = "" if incoming.record.value is None else incoming.record.value[:16].hex()
    draft.rejection = reject(Reason.UNDECODABLE, "value", shown, incoming.failure)
