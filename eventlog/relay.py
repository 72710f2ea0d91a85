"""Carries the messages in accepted entries to exactly the partition of `engine.message.v1` they are meant for.

The position moves only over messages that are all acknowledged; after a failed write the relay begins again from
there. An older position only repeats, and a receiver recognises repeats by their number, so winding back is the
repair, and two relays at once are harmless.

Source: DESIGN, section 4 (Messages).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from eventlog.journal_reader import JournalReader
from eventlog.port import BrokenLogError, Log, Record
from eventlog.position import Position
from schemas.entry import Entry, Message
from schemas.ids import entity_key
from schemas.topic import MESSAGES

__all__ = ["NUMBER_HEADER", "SENDER_HEADER", "TARGET_KIND_HEADER", "Relay", "message_record"]

SENDER_HEADER: Final = "kopilka-sender"
NUMBER_HEADER: Final = "kopilka-number"
TARGET_KIND_HEADER: Final = "kopilka-target-kind"
#: Entries read at a time; bounds what the relay holds in memory.
_BATCH_ENTRIES: Final = 1_000


def message_record(tenant: str, sender: int, message: Message, body: bytes) -> Record:
    """Give the record that carries a message from the partition `sender`; `body` is its own, or the one it repeats."""
    return Record(
        key=entity_key(tenant, message.target_id),
        value=body,
        headers=(
            (SENDER_HEADER, str(sender).encode()),
            (NUMBER_HEADER, str(message.number).encode()),
            (TARGET_KIND_HEADER, message.target_kind.encode()),
        ),
    )


@dataclass(slots=True)
class _Batch:
    """Positions that may be taken once every message up to them is acknowledged."""

    positions: dict[int, Position]
    last_tag: int


class Relay:
    """The relay of some journal partitions; does one bounded piece of work a step."""

    def __init__(self, log: Log, positions: Mapping[int, Position]) -> None:
        """Begin at `positions` (journal partition → where to begin)."""
        self._log = log
        self._positions = dict(positions)
        self._reader = JournalReader(log, self._positions)
        self._writer = log.writer()
        self._tag = 0
        self._acknowledged: set[int] = set()
        self._acknowledged_below = 1
        self._batches: deque[_Batch] = deque()

    @property
    def positions(self) -> dict[int, Position]:
        """Positions before which every message is acknowledged; keep them to begin there the next time."""
        return dict(self._positions)

    @property
    def in_flight(self) -> int:
        """How many messages are not yet acknowledged."""
        return self._tag - (self._acknowledged_below - 1) - len(self._acknowledged)

    def is_at_end(self) -> bool:
        """Tell whether everything in the journals was read and every message acknowledged."""
        return self._reader.is_at_end() and not self._batches

    def step(self, *, wait_ms: int) -> int:
        """Read what came, send its messages, take acknowledgements; give how many messages were sent.

        Raises:
            JournalReplacedError: when the journal is not the one that the positions were made from.
            BrokenLogError: when the log does not work just now; stepping again goes on.
        """
        entries = self._reader.poll(limit=_BATCH_ENTRIES, wait_ms=wait_ms) if len(self._batches) < 2 else []  # noqa: PLR2004 (one batch on its way, one being filled)
        sent = 0
        try:
            for accepted in entries:
                if accepted.header.message_count:
                    sent += self._send(accepted.record.partition, accepted.decode())
        except BrokenLogError:
            # What was read and not sent would be left out.
            self._begin_again()
            raise
        positions = {partition: self._reader.position(partition) for partition in self._positions}
        if positions != (self._batches[-1].positions if self._batches else self._positions):
            self._batches.append(_Batch(positions, self._tag))
        for delivery in self._writer.poll(wait_ms=0 if sent or not self._batches else wait_ms):
            if delivery.error is not None:
                self._begin_again()
                return sent
            self._acknowledge(delivery.tag)
        while self._batches and self._batches[0].last_tag < self._acknowledged_below:
            self._positions = self._batches.popleft().positions
        return sent

    def _send(self, sender: int, entry: Entry) -> int:
        body = b""
        for message in entry.messages:
            self._tag += 1
            body = message.body or body
            record = message_record(entry.tenant, sender, message, body)
            self._writer.send(MESSAGES, message.target_partition, [record], first_tag=self._tag)
        return len(entry.messages)

    def _acknowledge(self, tag: int) -> None:
        self._acknowledged.add(tag)
        while self._acknowledged_below in self._acknowledged:
            self._acknowledged.discard(self._acknowledged_below)
            self._acknowledged_below += 1

    def _begin_again(self) -> None:
        self.close()
        self._reader = JournalReader(self._log, self._positions)
        self._writer = self._log.writer()
        self._tag, self._acknowledged_below = 0, 1
        self._acknowledged.clear()
        self._batches.clear()

    def close(self) -> None:
        """Stop; what is not acknowledged will be sent again by whoever begins at `positions`."""
        self._reader.close()
        self._writer.close()

    def __enter__(self) -> Self:
        """Give the relay itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
