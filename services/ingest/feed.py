"""A feed: encoded input records in the order in which they are to be written, and its file.

A file spares the second run what made the first one slow (importing pandas takes seconds, encoding a year of
receipts more); reading it needs the standard library only. What the records mean is known to whoever makes
the feed, such as `journey`; who writes them to the log is `feeder`.

The file: one line of JSON (`format`, the topics, how many records of each), then blocks, each a little-endian
32-bit length and that many bytes of zlib. A block, unpacked, is whole records one after another: topic's
index (8 bits), time it is due (64, signed), lengths of key (16) and value (32), key, value. The same records
give the same bytes.
"""

from __future__ import annotations

import json
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Protocol

__all__ = ["FEED_FORMAT", "DamagedFeedError", "Feed", "FeedFile", "FeedRecord", "open_feed", "store_feed"]

#: The layout above. Belongs into the name of every feed file, so that a reader never meets another layout.
FEED_FORMAT: Final = 1
#: Large enough that compression finds repeats between receipts, small enough to be nothing in memory.
_BLOCK_BYTES: Final = 1 << 20
#: Higher levels take three times as long and save a tenth.
_COMPRESSION_LEVEL: Final = 1
_BLOCK_HEAD: Final = struct.Struct("<I")
_RECORD_HEAD: Final = struct.Struct("<BqHI")
#: Stands for "due before everything else"; no real instant, because times begin in 1970.
_NO_TIME_MS: Final = -1


class DamagedFeedError(Exception):
    """A feed file does not hold what its first line says; the text names the file and the mend."""


class FeedRecord(NamedTuple):
    """One record to write. A tuple, because a feed has hundreds of thousands."""

    #: Full topic name.
    topic: str
    #: The entity's key, which decides the partition.
    key: bytes
    #: Framed Avro, as `schemas.codec.encode_event` gives it.
    value: bytes
    #: When it happened, UTC milliseconds: what a replay in (multiples of) real time keeps to. `None`: all of
    #: these come before anything else, as fast as it goes.
    due_at_ms: int | None


class Feed(Protocol):
    """Records in feed order, with their number; a list of records is one."""

    def __len__(self) -> int:
        """Give the number of records."""

    def __iter__(self) -> Iterator[FeedRecord]:
        """Give the records in feed order, from the first one each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFile:
    """A feed in a file; records are read while they are asked for."""

    path: Path
    #: Number of records by full topic name, in the order in which the topics first come.
    counts: Mapping[str, int]

    def __len__(self) -> int:
        """Give the number of records."""
        return sum(self.counts.values())

    def __iter__(self) -> Iterator[FeedRecord]:
        """Give the records in feed order.

        Raises:
            DamagedFeedError: when the file was cut or changed.
        """
        topics = list(self.counts)
        count = 0
        try:
            for block in self._blocks():
                place = 0
                while place < len(block):
                    topic, due_at_ms, key_bytes, value_bytes = _RECORD_HEAD.unpack_from(block, place)
                    key_at = place + _RECORD_HEAD.size
                    value_at = key_at + key_bytes
                    place = value_at + value_bytes
                    count += 1
                    yield FeedRecord(
                        topics[topic],
                        block[key_at:value_at],
                        block[value_at:place],
                        None if due_at_ms == _NO_TIME_MS else due_at_ms,
                    )
        except (struct.error, zlib.error, IndexError) as error:
            raise _damaged(self.path, str(error)) from None
        if count != len(self):
            raise _damaged(self.path, f"it holds {count} records instead of {len(self)}")

    def _blocks(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.readline()
            while head := file.read(_BLOCK_HEAD.size):
                (size_bytes,) = _BLOCK_HEAD.unpack(head)
                yield zlib.decompress(file.read(size_bytes))


def _damaged(path: Path, what: str) -> DamagedFeedError:
    return DamagedFeedError(f"The feed file {path} is damaged: {what}. Delete it; it is made again when needed.")


def open_feed(path: Path) -> FeedFile | None:
    """Give the feed in a file, or `None` when there is no such file.

    Raises:
        DamagedFeedError: when its first line is not that of a feed of this format.
    """
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline())
        if head["format"] != FEED_FORMAT:
            raise _damaged(path, f"its format is {head['format']} instead of {FEED_FORMAT}")
        return FeedFile(path=path, counts={str(topic): int(count) for topic, count in head["topics"].items()})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _damaged(path, "its first line is none of ours") from None


def store_feed(path: Path, records: Iterable[FeedRecord]) -> FeedFile:
    """Write a feed to a file; it appears under its name only when it is whole.

    Args:
        path: In a folder that exists; a file of this name is replaced.
        records: In feed order.
    """
    counts: dict[str, int] = {}
    indexes: dict[str, int] = {}
    blocks: list[bytes] = []
    block = bytearray()
    for topic, key, value, due_at_ms in records:
        index = indexes.setdefault(topic, len(indexes))
        counts[topic] = counts.get(topic, 0) + 1
        block += _RECORD_HEAD.pack(index, _NO_TIME_MS if due_at_ms is None else due_at_ms, len(key), len(value))
        block += key
        block += value
        if len(block) >= _BLOCK_BYTES:
            blocks.append(zlib.compress(block, _COMPRESSION_LEVEL))
            block.clear()
    if block:
        blocks.append(zlib.compress(block, _COMPRESSION_LEVEL))
    # 1. Under a name of this attempt's own, so that two makers do not write into one file.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", delete=False) as file:
        made = Path(file.name)
        try:
            # The counts stand first and are known last, hence the blocks wait in memory (some 20 MB for a
            # year).
            file.write(json.dumps({"format": FEED_FORMAT, "topics": counts}).encode() + b"\n")
            for packed in blocks:
                file.write(_BLOCK_HEAD.pack(len(packed)))
                file.write(packed)
            file.flush()
            # 2. The rename is atomic: who finds the name finds the whole file. Both makers' bytes are the
            # same.
            made.replace(path)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
    return FeedFile(path=path, counts=counts)
