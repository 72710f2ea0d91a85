"""Where a partition's state lies: parts by key, written together with the position they were folded up to.

A store is a copy: thrown away, it is filled again from the journal. It holds only what is known accepted.
"""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from bisect import bisect_left, insort
from pathlib import Path
from typing import Any, Final

import msgspec
import rocksdict

from eventlog.position import START, Position, decode_position, encode_position
from processors.state import PART_TYPES, BrokenStateError, Delta

__all__ = ["SCANNED", "BrokenStoreError", "MemoryStore", "RocksStore", "Store"]

#: Raised with every change of what parts look like: an older store is thrown away and filled from the journal.
STATE_VERSION: Final = b"2"
_POSITION_KEY: Final = b"!position"
_VERSION_KEY: Final = b"!version"
#: Memory for blocks read back, and for what is not yet written out, per partition. Small, because a worker has many.
_BLOCK_CACHE_BYTES: Final = 8 * 1024 * 1024
_WRITE_BUFFER_BYTES: Final = 8 * 1024 * 1024
_BLOOM_BITS_PER_KEY: Final = 10
_OPEN_FILES: Final = 64
#: First letters of keys that are scanned for decisions; what is in memory is kept sorted of these.
SCANNED: Final = "bdh"

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODERS: Final = {letter: msgspec.msgpack.Decoder(part_type) for letter, part_type in PART_TYPES.items()}


class BrokenStoreError(BrokenStateError):
    """The store cannot be read or written: a broken disk, or another process has it open. Not a record's fault."""


class Store(ABC):
    """The state of one partition with its position."""

    @abstractmethod
    def get(self, key: str) -> Any:  # noqa: ANN401 (as State)
        """Give a part, or `None`."""

    @abstractmethod
    def scan(self, prefix: str, limit: int) -> list[tuple[str, Any]]:
        """Give up to `limit` parts whose keys begin with `prefix`, in the order of their keys."""

    @abstractmethod
    def write(self, delta: Delta, position: Position) -> None:
        """Write changes and the position after them, all or nothing."""

    @abstractmethod
    def position(self) -> Position:
        """Give the position that the parts were folded up to."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the store; closing twice is harmless."""


class MemoryStore(Store):
    """A store that is gone with its process: for tests, and for folding a partition to look at it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._parts: dict[str, Any] = {}
        self._sorted: dict[str, list[str]] = {letter: [] for letter in SCANNED}
        self._position = START

    def get(self, key: str) -> Any:  # noqa: ANN401 (as State)
        """Give a part, or `None`."""
        return self._parts.get(key)

    def scan(self, prefix: str, limit: int) -> list[tuple[str, Any]]:
        """Give up to `limit` parts whose keys begin with `prefix`, in the order of their keys."""
        keys = self._sorted.get(prefix[0])
        if keys is None:
            return [(key, self._parts[key]) for key in sorted(self._parts) if key.startswith(prefix)][:limit]
        found: list[tuple[str, Any]] = []
        for index in range(bisect_left(keys, prefix), len(keys)):
            if len(found) == limit or not keys[index].startswith(prefix):
                break
            found.append((keys[index], self._parts[keys[index]]))
        return found

    def write(self, delta: Delta, position: Position) -> None:
        """Write changes and the position after them."""
        for key, part in delta.items():
            keys = self._sorted.get(key[0])
            if part is None:
                if self._parts.pop(key, None) is not None and keys is not None:
                    del keys[bisect_left(keys, key)]
            else:
                if keys is not None and key not in self._parts:
                    insort(keys, key)
                self._parts[key] = part
        self._position = position

    def position(self) -> Position:
        """Give the position that the parts were folded up to."""
        return self._position

    def close(self) -> None:
        """Keep everything: the process may open it again."""


def _options() -> rocksdict.Options:
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)  # noqa: FBT003 (the library's signature)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_max_open_files(_OPEN_FILES)
    options.set_keep_log_file_num(1)
    options.set_compression_type(rocksdict.DBCompressionType.lz4())
    blocks = rocksdict.BlockBasedOptions()
    blocks.set_block_cache(rocksdict.Cache(_BLOCK_CACHE_BYTES))
    # Most look-ups are for natural keys that are not there; the filter answers those from memory.
    blocks.set_bloom_filter(_BLOOM_BITS_PER_KEY, block_based=False)
    options.set_block_based_table_factory(blocks)
    return options


class RocksStore(Store):
    """A store in a folder, by RocksDB.

    Writes go through its write-ahead log without a sync: after a crash of the machine the store may be older than it
    was, never torn, and the journal gives what is missing.
    """

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, which is made; one of another state version is thrown away first.

        Raises:
            BrokenStoreError: when it cannot be opened, as when another process has it.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._db = self._open(folder)
        version = self._read(_VERSION_KEY)
        if version is not None and version != STATE_VERSION:
            self._db.close()
            shutil.rmtree(folder)
            self._db = self._open(folder)
        if version != STATE_VERSION:
            batch = rocksdict.WriteBatch(raw_mode=True)
            batch.put(_VERSION_KEY, STATE_VERSION)
            self._write(batch)
        self._is_open = True

    @staticmethod
    def _open(folder: Path) -> rocksdict.Rdict:
        try:
            return rocksdict.Rdict(str(folder), _options())
        except Exception as error:  # the library raises bare exceptions
            msg = f"the store in {folder} cannot be opened: {error}"
            raise BrokenStoreError(msg) from error

    def get(self, key: str) -> Any:  # noqa: ANN401 (as State)
        """Give a part, or `None`.

        Raises:
            BrokenStoreError: when it cannot be read.
        """
        data = self._read(key.encode())
        return None if data is None else _DECODERS[key[0]].decode(data)

    def _read(self, key: bytes) -> bytes | None:
        try:
            data: bytes | None = self._db.get(key)
        except Exception as error:  # the library raises bare exceptions
            msg = f"the store cannot be read: {error}"
            raise BrokenStoreError(msg) from error
        return data

    def scan(self, prefix: str, limit: int) -> list[tuple[str, Any]]:
        """Give up to `limit` parts whose keys begin with `prefix`, in the order of their keys.

        Raises:
            BrokenStoreError: when it cannot be read.
        """
        wanted = prefix.encode()
        decoder = _DECODERS[prefix[0]]
        found: list[tuple[str, Any]] = []
        try:
            cursor = self._db.iter()
            cursor.seek(wanted)
            while len(found) < limit and cursor.valid():
                key = cursor.key()
                if not key.startswith(wanted):
                    break
                found.append((key.decode(), decoder.decode(cursor.value())))
                cursor.next()
        except Exception as error:
            msg = f"the store cannot be read: {error}"
            raise BrokenStoreError(msg) from error
        return found

    def write(self, delta: Delta, position: Position) -> None:
        """Write changes and the position after them, all or nothing.

        Raises:
            BrokenStoreError: when they cannot be written.
        """
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, part in delta.items():
            if part is None:
                batch.delete(key.encode())
            else:
                batch.put(key.encode(), _ENCODER.encode(part))
        batch.put(_POSITION_KEY, encode_position(position))
        self._write(batch)

    def _write(self, batch: rocksdict.WriteBatch) -> None:
        try:
            self._db.write(batch)
        except Exception as error:
            msg = f"the store cannot be written: {error}"
            raise BrokenStoreError(msg) from error

    def position(self) -> Position:
        """Give the position that the parts were folded up to.

        Raises:
            BrokenStoreError: when it cannot be read.
        """
        data = self._read(_POSITION_KEY)
        return START if data is None else decode_position(data)

    def close(self) -> None:
        """Let go of the folder; closing twice is harmless."""
        if self._is_open:
            self._is_open = False
            self._db.close()
