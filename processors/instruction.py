"""What a person on call may tell a partition: go on past a loss, decide what was held for a parked entity."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from eventlog.port import PartitionBounds, StoredRecord
from processors.admission import check_repeat
from processors.context import Context, Incoming
from processors.dispatch import address_of, decide_event, source_record
from processors.draft import Draft
from processors.evolution import Layered, evolve
from processors.state import BrokenStateError, HeldPart, ParkedPart, held_key, parked_key
from schemas.codec import UndecodableError, decode_event
from schemas.entry import Entry, KeyTaken, Outcome, ParkingChanged
from schemas.record.instruction import OperatorInstructed, RetryParkedEntity, SkipLostInput, check_instruction
from schemas.rejection import Reason, reject
from schemas.topic import EntityKind

__all__ = ["decide_instruction", "told_context"]

#: What the refusal of a skip tells of the loss; read again when the entry is decided again.
_LOSS: Final = re.compile(r"holds offsets (\d+) to (\d+), the next to decide is (\d+)")


def decide_instruction(draft: Draft, incoming: Incoming, event: OperatorInstructed) -> None:
    """Decide an instruction; the same event id again is a duplicate.

    What a skip does is in the entry's header (`skipped_inputs`), which the worker fills from the record.
    """
    draft.source_key = f"instruction:{event.event_id}"
    fault = check_instruction(event)
    if fault is not None:
        draft.refuse(fault)
        return
    if check_repeat(draft, incoming):
        return
    assert incoming.decoded is not None, "an event was decoded"
    taken = KeyTaken(key=draft.source_key, digest=incoming.decoded.digest)
    if event.retry_parked_entity is not None:
        _retry(draft, incoming, event.retry_parked_entity, taken)
    elif event.skip_lost_input is not None:
        _skip(draft, event.skip_lost_input, taken)


def told_context(context: Context, entry: Entry, event: OperatorInstructed) -> Context:
    """Give the context in which an instruction was decided, as far as its entry tells: enough to decide it again."""
    skip, is_decided = event.skip_lost_input, entry.outcome == Outcome.DECIDED.value
    if skip is not None and is_decided:
        loss = skip.next_offset - 1, PartitionBounds(skip.next_offset, skip.next_offset)
        return msgspec.structs.replace(context, lost={skip.topic: loss})
    told = None if skip is None or entry.rejection is None else _LOSS.search(entry.rejection.mend)
    if skip is not None and told is not None:
        first, after, wanted = map(int, told.groups())
        return msgspec.structs.replace(context, lost={skip.topic: (wanted, PartitionBounds(first, after))})
    if is_decided and entry.parked is not None:
        return msgspec.structs.replace(context, retry_limit=entry.parked.released)
    return context


def _skip(draft: Draft, skip: SkipLostInput, taken: KeyTaken) -> None:
    """Go on past a loss, and no further: what the log holds is decided, whatever an operator mistypes."""
    loss = draft.context.lost.get(skip.topic)
    if loss is None:
        place = f"{skip.topic}/{draft.context.partition}"
        mend = f"{place} is not lost: the log holds what comes next, or it comes after what is still to be decided"
        draft.refuse(reject(Reason.NOTHING_LOST, "skip_lost_input.topic", skip.topic, mend))
        return
    wanted, bounds = loss
    last = min(bounds.first, bounds.next)
    if not wanted < skip.next_offset <= last:
        mend = (
            f"{skip.topic}/{draft.context.partition} holds offsets {bounds.first} to {bounds.next}, the next to decide "
            f"is {wanted}: "
        )
        mend += f"name {wanted + 1} to {last}" if wanted < last else "nothing before it is lost; restore the topic"
        draft.refuse(reject(Reason.INVALID_INSTRUCTION, "skip_lost_input.next_offset", skip.next_offset, mend))
        return
    draft.keys.append(taken)


def _retry(draft: Draft, incoming: Incoming, retry: RetryParkedEntity, taken: KeyTaken) -> None:
    instruction = (draft.tenant, draft.entity_kind, draft.entity_id)
    # The entry of a retry is the entity's, and the instruction's key stands under it.
    draft.address(retry.tenant, EntityKind(retry.entity_kind), retry.entity_id)
    if check_repeat(draft, incoming):
        return
    draft.address(*instruction)
    parked: ParkedPart | None = draft.state.get(parked_key(retry.entity_kind, retry.tenant, retry.entity_id))
    if parked is None:
        draft.refuse(
            reject(
                Reason.NOTHING_PARKED,
                "entity_id",
                retry.entity_id,
                "no such entity is parked in this partition",
            )
        )
        return
    state = Layered(draft.state)
    # The entity is decided as if it were not parked; its records follow one another.
    state.delta[parked_key(retry.entity_kind, retry.tenant, retry.entity_id)] = None
    released = 0
    entries: list[Entry] = []
    for number in range(parked.first, parked.first + min(parked.held, draft.context.retry_limit)):
        held: HeldPart = draft.state.get(held_key(retry.entity_kind, retry.tenant, retry.entity_id, number))
        entry = _fold_held(state, held, draft.context, released)
        if isinstance(entry, str):
            draft.refuse(
                reject(
                    Reason.STILL_FAILING,
                    "entity_id",
                    retry.entity_id,
                    f"record {held.topic}/{held.offset} fails as before: {entry}",
                )
            )
            return
        entries.append(entry)
        released += 1
    draft.address(retry.tenant, EntityKind(retry.entity_kind), retry.entity_id)
    for entry in entries:
        _merge(draft, entry)
    draft.parked = ParkingChanged(held=parked.held - released, released=released, failure="")
    draft.keys.append(taken)


def _fold_held(state: Layered, held: HeldPart, context: Context, number: int) -> Entry | str:
    """Decide a held record and fold it into `state`; give what went wrong when it fails again."""
    record = StoredRecord(
        held.topic,
        context.partition,
        held.offset,
        held.log_time_ms,
        held.key,
        held.value,
        tuple((header.name, header.value) for header in held.headers),
    )
    try:
        decoded = decode_event(held.value)
        draft = Draft(state, context)
        draft.lot_prefix = f"{context.sequence}.{number + 1}"
        address = address_of(decoded.event, context.partition)
        draft.address(address.tenant, address.kind, address.entity_id)
        decide_event(draft, Incoming(record=record, decoded=decoded), decoded.event)
        entry = draft.entry(source_record(record, decoded.stored))
        state.delta.update(evolve(state, entry, None))
    except BrokenStateError:
        raise
    except UndecodableError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 (whatever parked the record; it stays held, and the reason is told)
        return f"{type(error).__name__}: {error}"
    return entry


def _merge(draft: Draft, entry: Entry) -> None:
    draft.postings += entry.postings
    draft.effects += entry.effects
    draft.lots_opened += entry.lots_opened
    draft.lot_changes += entry.lot_changes
    draft.receipts += entry.receipts
    draft.codes += entry.codes
    draft.activations += entry.activations
    draft.publications += entry.publications
    draft.adoptions += entry.adoptions
    draft.segments += entry.segments
    draft.keys += entry.keys
    draft.messages += entry.messages
