"""Where an entry stands, and when: what every row made from it carries."""

from __future__ import annotations

from typing import NamedTuple

from schemas.entry import Entry, EntryHeader

__all__ = ["Place", "place_of"]


class Place(NamedTuple):
    """An accepted entry's place in the journal and in time."""

    #: Journal partition; the source's partition too.
    partition: int
    #: Journal offset.
    offset: int
    #: `None` for a tick.
    source_topic: str | None
    source_offset: int | None
    #: Log time of the source, the clock for a tick; UTC milliseconds.
    recorded_at_ms: int


def place_of(partition: int, offset: int, header: EntryHeader, entry: Entry) -> Place:
    """Give the place of an entry that stands at `offset` of journal partition `partition`."""
    source = header.source
    if source is None:
        return Place(partition, offset, None, None, entry.clock_ms)
    return Place(partition, offset, source.topic, source.offset, source.log_time_ms)
