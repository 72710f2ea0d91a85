"""A reader's place in a journal partition, with all it needs to judge what comes next."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.entry import NO_HASH, JournalClaim

__all__ = ["START", "ClusterMismatchError", "Position", "check_cluster", "decode_position", "encode_position"]


class ClusterMismatchError(Exception):
    """The journal belongs to a cluster with other partitions, partitioner or topics; starting would corrupt it."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a reader stands. Whoever has it needs nothing that lies before it."""

    #: Journal offset to read next.
    next_offset: int = 0
    #: The claim in force there; `None` before the first.
    claim: JournalClaim | None = None
    #: Sequence of the last accepted entry; 0 before the first.
    sequence: int = 0
    #: Hash of the last accepted entry.
    hash: bytes = NO_HASH
    #: Journal offset of the last accepted entry; -1 before the first.
    entry_offset: int = -1
    #: Per input topic the offset of the last record that an accepted entry decided.
    source_offsets: dict[str, int] = {}


#: The beginning of every journal.
START: Final = Position()


def encode_position(position: Position) -> bytes:
    """Give a position as JSON, for stores and people."""
    return msgspec.json.encode(position)


def decode_position(data: bytes | str) -> Position:
    """Give the position that `encode_position` wrote.

    Raises:
        msgspec.DecodeError: when `data` is none.
    """
    return msgspec.json.decode(data, type=Position)


def check_cluster(claim: JournalClaim, *, partition_count: int, partitioner: str, topics: list[str]) -> None:
    """Check that a worker's cluster is that of the claim in force.

    Topics may have been added since, never removed, renamed or reordered.

    Raises:
        ClusterMismatchError: naming what differs.
    """
    if claim.partition_count != partition_count:
        msg = (
            f"the journal was claimed with {claim.partition_count} partitions, this worker is set to "
            f"{partition_count}; set KOPILKA_PARTITIONS={claim.partition_count} (it never changes in a cluster's life)"
        )
        raise ClusterMismatchError(msg)
    if claim.partitioner != partitioner:
        msg = f"the journal was claimed with partitioner {claim.partitioner!r}, this worker has {partitioner!r}"
        raise ClusterMismatchError(msg)
    ours = iter(topics)
    if not all(topic in ours for topic in claim.topics):
        msg = f"the journal was claimed with the input topics {claim.topics}, this worker reads {topics}"
        raise ClusterMismatchError(msg)
