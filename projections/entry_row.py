"""Rows about the entries themselves: where each stands, what became of its record, what is held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from projections.place import Place
from projections.table import Row, TableRows
from schemas.entry import Entry, Outcome

__all__ = ["EntryRows", "shorten"]

#: Characters of a source key or an id that are kept. Valid ones are shorter; a refused record may hold anything, and a
#: key of an index must stay below 2,704 bytes.
_KEY_CHARACTERS: Final = 256
#: A tenant's; valid ones have at most 32.
_TENANT_CHARACTERS: Final = 64


def shorten(text: str, characters: int = _KEY_CHARACTERS) -> str:
    """Give a text from a record that may have been refused as PostgreSQL can keep it: bounded, without NUL."""
    if len(text) > characters:
        text = text[:characters]
    return text.replace("\0", "\N{SYMBOL FOR NULL}") if "\0" in text else text


class EntryRows:
    """Gathers, over one batch, rows of `entry`, `outcome_count`, `rejection`, `dead_letter` and `parked_entity`."""

    def __init__(self) -> None:
        self._entries: list[Row] = []
        self._outcomes: Counter[tuple[int, str]] = Counter()
        self._rejections: list[Row] = []
        self._dead_letters: list[Row] = []
        # (tenant, kind, id) → held, failure, partition, offset
        self._parked: dict[tuple[str, str, str], tuple[int, str, int, int]] = {}

    def take(self, place: Place, entry: Entry) -> None:
        """Take the next entry of its partition."""
        partition, offset, topic, source_offset, recorded_at_ms = place
        tenant = shorten(entry.tenant, _TENANT_CHARACTERS)
        entity_id, source_key = shorten(entry.entity_id), shorten(entry.source_key)
        outcome = entry.outcome
        kind = entry.entity_kind
        self._entries.append(
            (partition, offset, tenant, kind, entity_id, source_key, topic, source_offset, outcome, recorded_at_ms)
        )
        self._outcomes[partition, outcome] += 1
        rejection = entry.rejection
        if rejection is not None:
            self._rejections.append(
                (
                    *(tenant, partition, offset, source_key, topic, source_offset),
                    *(rejection.reason, shorten(rejection.field), shorten(rejection.value)),
                    *(shorten(rejection.mend), rejection.is_transient, recorded_at_ms),
                )
            )
        if outcome == Outcome.UNDECODABLE.value:
            self._dead_letters.append((partition, offset, topic, source_offset, recorded_at_ms))
        if entry.parked is not None:
            key = tenant, entry.entity_kind, entity_id
            failure = shorten(entry.parked.failure)
            if not failure and key in self._parked:
                failure = self._parked[key][1]
            self._parked[key] = entry.parked.held, failure, partition, offset

    def tables(self) -> Iterator[TableRows]:
        """Give the rows by table."""
        yield TableRows("entry", self._entries)
        yield TableRows("rejection", self._rejections)
        yield TableRows("dead_letter", self._dead_letters)
        yield TableRows("outcome_count", [(*key, count) for key, count in self._outcomes.items()])
        yield TableRows("parked_entity", [(*key, *state) for key, state in self._parked.items()])
