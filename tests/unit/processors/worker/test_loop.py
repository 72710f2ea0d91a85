"""A worker's step on a network whose faults are set by hand; the random ones are the simulation's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from eventlog import writer as own_writer
from eventlog.journal import JournalReplacedError
from eventlog.port import Record, TopicPartition
from processors.state import parked_key
from processors.worker.merge import PAUSE_AT_RECORDS
from schemas.entry import Outcome
from schemas.topic import JOURNAL, dead_letter_topic
from tests.simulation.checker import read_books, read_records
from tests.simulation.faulty_log import CALM, Faults, FaultyWriter
from tests.simulation.feed import Sending, make_feed
from tests.simulation.process import WorkerProcess
from tests.simulation.schedule import check_world
from tests.simulation.world import World

_RECEIPTS = "sales.receipt.recorded.v1"
_UNDECODABLE = Sending(topic=_RECEIPTS, partition=0, record=Record(b"shop:m1", b"nothing"))


def _world() -> tuple[World, WorkerProcess]:
    world = World(1, partition_count=1, faults=CALM)
    world.assignment.give("one", 0)
    world.start_relay("relay")
    return world, world.start_worker("one")


def _feed(world: World, sendings: Sequence[Sending]) -> None:
    for sending in sendings:
        world.feed(sending)


def _finish(world: World) -> None:
    world.come_to_rest()
    check_world(world, read_books(world.log, 1))


def test_a_claim_that_could_not_be_sent_is_made_again() -> None:
    """The log was out of reach for a moment."""
    world, process = _world()
    world.network.refuses_writes = True
    world.step_worker(process)
    world.network.refuses_writes = False
    _finish(world)
    assert [status.stage for status in process.worker.statuses()] == ["owner"]


@pytest.mark.parametrize(
    "sendings",
    [
        pytest.param(make_feed(1, 1).rounds[0], id="entries"),
        pytest.param([_UNDECODABLE], id="dead-letter"),
    ],
)
def test_what_could_not_be_sent_is_sent_with_a_later_step(sendings: list[Sending]) -> None:
    """No entry is left out of the chain, and no record waits for a dead letter for ever."""
    world, process = _world()
    world.come_to_rest()
    _feed(world, sendings)
    world.network.refuses_writes = True
    for _ in range(3):
        world.step_worker(process)
    world.network.refuses_writes = False
    _finish(world)
    assert process.worker.statuses()[0].ends == {}


def test_a_dead_letter_whose_write_failed_is_sent_again_and_decided_once() -> None:
    """It may then stand twice among the dead letters, under one key."""
    world, process = _world()
    world.come_to_rest()
    world.network.faults = Faults(lost_acknowledgement=1.0)
    _feed(world, [_UNDECODABLE])
    for _ in range(3):
        world.step_worker(process)
    world.network.faults = CALM
    _finish(world)
    letters = read_records(world.log, dead_letter_topic(_RECEIPTS), 0)
    assert {(letter.key, letter.value) for letter in letters} == {(f"{_RECEIPTS}/0/0".encode(), b"nothing")}
    assert len(letters) > 1


def test_no_tag_comes_twice_in_the_life_of_a_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a late delivery of an ended ownership would be taken for one of the present."""
    tags: list[int] = []
    send = FaultyWriter.send

    def send_and_note(
        self: FaultyWriter, topic: str, partition: int, records: Sequence[Record], *, first_tag: int
    ) -> None:
        if topic == JOURNAL:
            tags.extend(range(first_tag, first_tag + len(records)))
        send(self, topic, partition, records, first_tag=first_tag)

    monkeypatch.setattr(FaultyWriter, "send", send_and_note)
    world, process = _world()
    for sendings in make_feed(1, 1).rounds[:2]:
        world.come_to_rest()
        _feed(world, sendings)
        world.network.faults = Faults(lost_write=0.5)
        for _ in range(4):
            world.step_worker(process)
            world.now_ms += 5_000
        world.network.faults = CALM
    _finish(world)
    assert process.worker.statuses()[0].ends
    assert all(before < after for before, after in pairwise(tags))


def test_what_is_read_ahead_of_the_other_topics_is_bounded() -> None:
    """A topic that is not delivered must not let the others fill the memory; later all are decided."""
    world, process = _world()
    world.come_to_rest()
    world.network.hidden = frozenset({"giving.donation.recorded.v1"})
    # The topic is unknown only until its end was seen, so the partition is taken up anew.
    world.assignment.take("one", 0)
    world.step_worker(process)
    world.assignment.give("one", 0)
    count = 2 * PAUSE_AT_RECORDS
    (receipt, *_) = [sending for sending in make_feed(1, 1).rounds[1] if sending.topic == _RECEIPTS]
    _feed(world, [receipt] * count)
    for _ in range(12):
        world.step_worker(process)
        world.now_ms += 5_000
    (held,) = process.worker._held.values()  # noqa: SLF001 (what it holds shows nowhere else)
    assert held.owner is not None
    assert PAUSE_AT_RECORDS <= held.owner.merge.held(_RECEIPTS) < count
    world.network.hidden = frozenset()
    _finish(world)


def test_an_entry_that_would_be_too_large_parks_its_entity(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sender's record does not stop a partition: it is held with its bytes, and others go on."""
    world, process = _world()
    world.come_to_rest()
    feed = make_feed(1, 1)
    programme, *campaigns = sorted(feed.rounds[0], key=lambda sending: sending.topic, reverse=True)
    size_bytes = len(programme.record.value or b"")
    monkeypatch.setattr(own_writer, "ENTRY_LIMIT_BYTES", size_bytes + 300)
    _feed(world, [programme])
    world.come_to_rest()
    assert process.disks[0].get(parked_key("campaign", "shop", "shop")).held == 1
    monkeypatch.undo()
    _feed(world, campaigns)
    _finish(world)
    counts = process.worker.statuses()[0].outcomes
    assert counts[Outcome.PARKED.value] == 1
    assert counts[Outcome.DECIDED.value] > len(campaigns)


@pytest.mark.parametrize("missing", [1, 2, 1_000])
def test_a_worker_stops_on_a_journal_that_lost_its_end(missing: int) -> None:
    """Restored from a backup that is older than the worker's store; going on would write another history."""
    world, process = _world()
    _feed(world, make_feed(1, 1).rounds[0])
    world.come_to_rest()
    restored = World(1, partition_count=1, faults=CALM)
    for record in read_records(world.log, JOURNAL, 0)[:-missing]:
        restored.log.append(JOURNAL, 0, Record(None, record.value))
    before = restored.log.bounds([TopicPartition(JOURNAL, 0)])
    restored.assignment.give("one", 0)
    again = restored.start_worker("one", process.disks)
    with pytest.raises(JournalReplacedError, match="cut or replaced"):
        restored.step_worker(again)
    assert restored.log.bounds([TopicPartition(JOURNAL, 0)]) == before
