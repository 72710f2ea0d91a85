"""Positions of the read models in the journal, kept in the same transaction as the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from eventlog.position import START, Position, decode_position, encode_position
from projections.sql_file import load_sql

__all__ = [
    "LostPositionError",
    "PositionMove",
    "begin_positions",
    "load_positions",
    "lock_positions",
    "move_positions",
]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class LostPositionError(Exception):
    """Another projector moved a position first: give the batch up, load the positions, go on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMove:
    """One partition's position before and after a batch."""

    partition: int
    before: Position
    after: Position
    #: Newest log time (a tick's clock) of the batch, UTC milliseconds; `None` when no entry counted.
    recorded_at_ms: int | None


def begin_positions(connection: psycopg.Connection, partition_count: int) -> None:
    """Note journal partitions that are new: they stand at their beginning."""
    start = encode_position(START).decode()
    connection.execute(load_sql("position/begin.sql"), {"partition_count": partition_count, "start": start})


def load_positions(connection: psycopg.Connection) -> dict[int, Position]:
    """Give the position of each journal partition that has been begun."""
    rows = connection.execute(load_sql("position/load.sql")).fetchall()
    return {partition: decode_position(position) for partition, _, position, _ in rows}


def lock_positions(connection: psycopg.Connection) -> None:
    """Hold all positions to the end of the transaction."""
    connection.execute(load_sql("position/lock.sql"))


def move_positions(connection: psycopg.Connection, moves: Mapping[int, PositionMove]) -> None:
    """Move positions by compare-and-set, within the transaction that writes the rows.

    Raises:
        LostPositionError: when one does not stand where the batch began.
    """
    ordered = [moves[partition] for partition in sorted(moves)]
    cursor = connection.execute(
        load_sql("position/move.sql"),
        {
            "partitions": [move.partition for move in ordered],
            "old_offsets": [move.before.next_offset for move in ordered],
            "new_offsets": [move.after.next_offset for move in ordered],
            "positions": [encode_position(move.after).decode() for move in ordered],
            "recorded_at": [_instant(move.recorded_at_ms) for move in ordered],
        },
    )
    if cursor.rowcount != len(ordered):
        raise LostPositionError(f"{len(ordered) - cursor.rowcount} journal partitions stand elsewhere by now")


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else _EPOCH + timedelta(milliseconds=ms)
