"""Where a relay stands, kept as one small file a partition; a file that is missing or old only makes it repeat."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from eventlog.position import START, Position, decode_position, encode_position
from services.embedded.account import make_open_folder

__all__ = ["RelayPositions"]


class RelayPositions:
    """The positions in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stored: dict[int, Position] = {}

    def load(self, partitions: Iterable[int]) -> dict[int, Position]:
        """Give the position of each partition; the beginning where none can be read."""
        loaded = {}
        for partition in partitions:
            try:
                loaded[partition] = decode_position(self._path(partition).read_bytes())
            except (FileNotFoundError, msgspec.DecodeError):
                loaded[partition] = START
        return loaded

    def store(self, positions: Mapping[int, Position]) -> None:
        """Keep positions; each file is replaced whole."""
        for partition, position in positions.items():
            if self._stored.get(partition) != position:
                self._store_one(partition, position)
                self._stored[partition] = position

    def _store_one(self, partition: int, position: Position) -> None:
        make_open_folder(self._folder)
        # 1. Written, and on the disk, under a name of this process. 2. Renamed: after a crash the old or the new one is
        #    there, whole.
        draft = self._folder / f".{partition}.{os.getpid()}"
        with draft.open("wb") as file:
            file.write(encode_position(position))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path(partition))

    def _path(self, partition: int) -> Path:
        return self._folder / f"{partition}.json"
