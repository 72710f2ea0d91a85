"""From what a person has in hand to the journal entry that is meant.

A person may have a source key (`receipt:s1/1/42/2017-01-01`, or of a receipt just its key), the place of an input
record (`sales.receipt.recorded.v1/3/17`), or the place of the entry itself (`3/17`).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import psycopg

from projections.journal_query import EntryPlace, find_entries, find_entry_of_source
from schemas.ids import RECEIPT_ORIGIN
from schemas.topic import INPUTS, JOURNAL
from services.failure import NotFoundError

__all__ = ["JournalPlace", "find_places"]

_ENTRY: Final = re.compile(rf"(?:{re.escape(JOURNAL)}/)?(\d{{1,9}})/(\d{{1,18}})", re.ASCII)
_RECORD: Final = re.compile(r"([a-z0-9.]+)/(\d{1,9})/(\d{1,18})", re.ASCII)
_RECEIPT: Final = re.compile(r"[^/:]+/[^/:]+/[^/:]+/\d{4}-\d\d-\d\d")


class JournalPlace(NamedTuple):
    """Where an entry stands."""

    partition: int
    offset: int


def find_places(connection: psycopg.Connection, tenant: str, key: str) -> list[JournalPlace]:
    """Give the entries that a key means, in journal order; one or more.

    Args:
        connection: Sees the read models.
        tenant: Whose entry it is; not needed for a place.
        key: As above.

    Raises:
        NotFoundError: when there is none; the text says what a key looks like.
    """
    entry = _ENTRY.fullmatch(key)
    if entry is not None:
        return [JournalPlace(int(entry[1]), int(entry[2]))]
    record = _RECORD.fullmatch(key)
    found: list[EntryPlace] = []
    if record is not None and record[1] in {topic.name for topic in INPUTS}:
        one = find_entry_of_source(connection, record[1], int(record[2]), int(record[3]))
        found = [] if one is None else [one]
    else:
        found = find_entries(connection, tenant, RECEIPT_ORIGIN + key if _RECEIPT.fullmatch(key) else key)
    if not found:
        msg = (
            f"the read models know no entry {key!r} of tenant {tenant!r}. Give a source key "
            "(receipt:STORE/TILL/NUMBER/DATE, activation:EVENT, donation:EVENT, return:EVENT, "
            "publication:CAMPAIGN@VERSION, settings:PROGRAMME@VERSION), the place of a record "
            "(TOPIC/PARTITION/OFFSET) or of an entry "
            "(PARTITION/OFFSET). If it was written just now, see how far the projector is: kopilka doctor lag"
        )
        raise NotFoundError(msg)
    return [JournalPlace(one.journal_partition, one.journal_offset) for one in found]
