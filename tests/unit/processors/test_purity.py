"""A decision depends on nothing but its arguments: the same arguments, the same bytes, in any process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eventlog.port import Record
from processors.decider import decide
from processors.evolution import evolve
from processors.state import State
from schemas.codec import Event, decode_event, encode_entry_body, encode_event
from schemas.entry import EntrySource
from schemas.ids import entity_key
from schemas.record.code import CodeIssued
from tests.unit.processors.engine import TOPICS, read
from tests.unit.processors.journal_digest import journal_digest, play
from tests.unit.processors.made_document import journey_engine
from tests.unit.schemas.made_record import NOON_MS, activation, donation, issue, line, receipt, returned

ROOT = Path(__file__).resolve().parents[3]


class Watched:
    """A state that notes every look and refuses to be written."""

    def __init__(self, below: State) -> None:
        self._below = below
        self.looks: list[str] = []

    def get(self, key: str) -> Any:  # noqa: ANN401 (as State)
        """Give a part, and note it."""
        self.looks.append(key)
        return self._below.get(key)

    def scan(self, prefix: str, limit: int) -> list[tuple[str, Any]]:
        """Give parts, and note what was looked for."""
        self.looks.append(prefix)
        return self._below.scan(prefix, limit)


EVENTS: list[Event] = [
    receipt(line(category="FROZEN PIZZA"), receipt_number="2"),
    receipt(),
    returned(receipt()),
    donation(),
    activation(),
    issue(batch_id="27"),
]


@pytest.mark.parametrize("event", [pytest.param(event, id=type(event).__name__) for event in EVENTS])
def test_the_same_arguments_give_the_same_bytes(event: Event) -> None:
    """Twice, and the arguments are as they were."""
    made = journey_engine()
    made.send(receipt())
    made.send(issue())
    desk = made.desks[0]
    value = encode_event(event)
    topic = TOPICS[decode_event(value).schema]
    key = entity_key("journey", event.code_hash if isinstance(event, CodeIssued) else "h7")
    record = desk.place(topic, Record(key, value), NOON_MS)
    context, watched = desk.context(NOON_MS), Watched(desk.store)
    first, second = (encode_entry_body(decide(watched, read(record), context)) for _ in range(2))
    assert first == second
    half = len(watched.looks) // 2
    assert watched.looks[:half] == watched.looks[half:], "the same looks in the same order"
    source = EntrySource(topic=topic, partition=0, offset=record.offset, log_time_ms=NOON_MS)
    entry = decide(desk.store, read(record), context)
    assert evolve(watched, entry, source) == evolve(watched, entry, source)
    assert entry.outcome != "UNDECODABLE"


def test_a_replay_gives_the_same_journal() -> None:
    """Every entry, byte for byte."""
    assert journal_digest() == journal_digest()


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_another_process_gives_the_same_journal(seed: str) -> None:
    """Whatever order its sets and hashes have."""
    command = [sys.executable, "-m", "tests.unit.processors.journal_digest"]
    environment = os.environ | {"PYTHONHASHSEED": seed}
    found = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == journal_digest()


def test_the_journal_that_is_compared_holds_something() -> None:
    """Awards, refusals, duplicates, returns, messages, on three partitions."""
    made = play()
    outcomes = {entry.outcome for entry in made.entries}
    assert outcomes >= {"DECIDED", "PENDING", "REFUSED", "DUPLICATE"}
    assert all(len(desk.entries) > 10 for desk in made.desks)
    assert sum(len(entry.messages) for entry in made.entries) > 40


def test_the_cost_of_a_receipt_does_not_grow_with_its_member_s_history() -> None:
    """The same number of looks after five receipts and after fifty."""
    made = journey_engine()
    looks = []
    for number in range(50):
        desk = made.desks[0]
        sold = receipt(receipt_number=str(number))
        record = desk.place(
            TOPICS["kopilka.sales.v1.ReceiptRecorded"], Record(b"journey:h7", encode_event(sold)), NOON_MS
        )
        watched = Watched(desk.store)
        entry = decide(watched, read(record), desk.context(NOON_MS))
        evolve(watched, entry, None)
        looks.append(len(watched.looks))
        made.send(sold)
    assert len(set(looks[5:])) == 1
