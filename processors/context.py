"""What a decision is told besides event and state: time, place and rules. Nothing is read from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from eventlog.port import PartitionBounds, StoredRecord
from processors.rules.book import Book
from schemas.business_time import DAY_MS
from schemas.codec import Decoded

__all__ = ["FUTURE_LIMIT_MS", "RETRY_LIMIT", "Context", "Incoming"]

#: A record may have happened so much after the log took it (a till's clock that runs ahead); more is refused.
#: Source: RULES, Receipts are facts.
FUTURE_LIMIT_MS: Final = DAY_MS
#: Held records that one retry decides; an entry's size is bounded, and further retries go on.
RETRY_LIMIT: Final = 50


class Incoming(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An input record, read as far as it can be read."""

    record: StoredRecord
    #: `None` when it cannot be decoded.
    decoded: Decoded | None
    #: Why it cannot be decoded; empty otherwise.
    failure: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Time, place and rules of one decision."""

    #: The journal partition.
    partition: int
    partition_count: int
    #: The partition clock after this record: max of the clock before and the record's log time.
    clock_ms: int
    #: Sequence of the entry to be; its lots are named after it.
    sequence: int
    book: Book
    #: Lost input topic → the offset wanted next, which the log does not hold, and what it holds.
    lost: Mapping[str, tuple[int, PartitionBounds]] = {}
    #: Held records that a retry may decide; fewer than usual when the entry of more would be too large.
    retry_limit: int = RETRY_LIMIT
