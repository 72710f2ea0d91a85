"""What every record from outside must pass before its entity decides: its place, its key, its programme, its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processors.context import FUTURE_LIMIT_MS, Incoming
from processors.rules.book import ProgrammeBook
from processors.state import KeyPart, natural_key
from schemas.business_time import format_instant
from schemas.entry import KeyTaken, Outcome
from schemas.ids import entity_key
from schemas.partitioner import partition_of
from schemas.rejection import Reason, Rejection, reject

if TYPE_CHECKING:
    from processors.draft import Draft

__all__ = ["check_place", "check_repeat", "find_programme", "take_key"]


def check_place(draft: Draft, incoming: Incoming) -> Rejection | None:
    """Check that a keyed record has the key of its entity and lies in that key's partition.

    A producer with another partitioner, or another key, would split a member's state in two.
    """
    record = incoming.record
    expected = entity_key(draft.tenant, draft.entity_id)
    if record.key != expected:
        shown = "none" if record.key is None else record.key.decode(errors="replace")
        return reject(Reason.WRONG_PARTITION, "key", shown, f"key the record {expected.decode(errors='replace')}")
    partition = partition_of(expected, draft.context.partition_count)
    if record.partition != partition:
        return reject(
            Reason.WRONG_PARTITION,
            "partition",
            record.partition,
            f"this key belongs to partition {partition}; set the producer's partitioner to murmur2",
        )
    return None


def check_repeat(draft: Draft, incoming: Incoming) -> bool:
    """Close the draft when its natural key was taken: by the same body a duplicate, by another a conflict.

    Returns:
        Whether it was.
    """
    decoded = incoming.decoded
    assert decoded is not None, "an undecodable record has no key"
    key = natural_key(draft.tenant, draft.entity_kind.value, draft.entity_id, draft.source_key)
    taken: KeyPart | None = draft.state.get(key)
    if taken is None:
        return False
    if taken.digest == decoded.digest:
        draft.outcome = Outcome.DUPLICATE
    else:
        draft.refuse(
            reject(
                Reason.CONFLICTING_BODY,
                "key",
                draft.source_key,
                "the same key came before with another body; correct the first record, or use a key of its own",
            )
        )
    return True


def find_programme(draft: Draft, programme: str, currency: str | None) -> ProgrammeBook | None:
    """Give the programme's rules, or close the draft: unknown programme, too far ahead, too old, unknown currency.

    `draft.occurred_at_ms` and `draft.lateness_ms` are set by then.
    """
    lateness_ms = draft.lateness_ms
    assert lateness_ms is not None, "set before"
    if -lateness_ms > FUTURE_LIMIT_MS:
        draft.refuse(
            reject(
                Reason.OCCURRED_AT_IN_FUTURE,
                "occurred_at_ms",
                format_instant(draft.occurred_at_ms or 0),
                "it lies more than 24 hours ahead of the log's time; set the sender's clock, and send it again",
            )
        )
        return None
    book = draft.context.book.find(draft.tenant, programme)
    if book is None:
        draft.refuse(
            reject(
                Reason.UNKNOWN_PROGRAMME,
                "programme",
                programme,
                "publish the programme's settings, and send the record again",
                is_transient=True,
            )
        )
        return None
    horizon_ms = book.settings.horizon_ms
    if horizon_ms is not None and lateness_ms > horizon_ms:
        draft.refuse(
            reject(
                Reason.TOO_OLD,
                "occurred_at_ms",
                format_instant(draft.occurred_at_ms or 0),
                f"the programme takes nothing later than {book.settings.horizon_days} days; correct it by hand",
            )
        )
        return None
    if currency is not None and currency != book.settings.currency:
        draft.refuse(
            reject(
                Reason.UNKNOWN_UNIT,
                "currency",
                currency,
                f"the programme's currency is {book.settings.currency}; send amounts in it",
            )
        )
        return None
    return book


def take_key(draft: Draft, incoming: Incoming, book: ProgrammeBook) -> None:
    """Take the natural key for as long as the programme keeps it."""
    assert incoming.decoded is not None, "an undecodable record takes no key"
    life_ms = book.settings.key_life_ms
    kept_until_ms = None if life_ms is None else incoming.record.log_time_ms + life_ms
    draft.keys.append(KeyTaken(key=draft.source_key, digest=incoming.decoded.digest, kept_until_ms=kept_until_ms))
