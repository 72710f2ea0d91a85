"""Records that cannot be decoded, on their way to the dead letters: acknowledged there first, then decided."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from eventlog.port import Delivery, Record, StoredRecord
from processors.context import Incoming
from schemas.topic import dead_letter_topic

__all__ = ["DeadLetters", "Letter"]


class Letter(NamedTuple):
    """A dead letter to send."""

    topic: str
    record: Record
    tag: int


class DeadLetters:
    """The dead letters of one partition, one at a time: what comes after such a record waits for it."""

    def __init__(self, tags: Iterator[int]) -> None:
        """Begin with none; `tags` gives none twice in a writer's life, whose late deliveries may still come."""
        self._tags = tags
        self._waiting: tuple[Incoming, Letter] | None = None
        #: To be sent, in order.
        self.outbox: deque[Letter] = deque()
        #: Why the waiting letter can never be written; empty otherwise.
        self.refusal_text = ""

    def is_waiting(self) -> bool:
        """Tell whether a record waits for its letter to be acknowledged."""
        return self._waiting is not None

    def put(self, incoming: Incoming, record: StoredRecord) -> None:
        """Send the letter of `record`, as the log gave it, and let `incoming` wait for it."""
        letter = Letter(
            dead_letter_topic(record.topic),
            Record(
                key=f"{record.topic}/{record.partition}/{record.offset}".encode(),
                value=record.value,
                headers=(*record.headers, ("kopilka-failure", incoming.failure.encode())),
            ),
            next(self._tags),
        )
        self.outbox.append(letter)
        self._waiting = (incoming, letter)

    def take_delivery(self, delivery: Delivery) -> Incoming | None:
        """Take what became of a letter; give the record that may now be decided.

        A letter whose write failed is sent again; one that can never be written stays, and `refusal_text` says why.
        """
        if self._waiting is None or delivery.tag != self._waiting[1].tag:
            return None
        incoming, letter = self._waiting
        if delivery.error is None:
            self._waiting = None
            return incoming
        if delivery.error.is_permanent:
            self.refusal_text = delivery.error.text
        else:
            again = letter._replace(tag=next(self._tags))
            self.outbox.append(again)
            self._waiting = (incoming, again)
        return None
