"""Carrying messages, over a network whose faults are set by hand."""

from __future__ import annotations

from random import Random

import pytest

from eventlog.journal import entry_hash
from eventlog.memory import MemoryLog
from eventlog.port import BrokenLogError, Record, TopicPartition, TopicSettings
from eventlog.position import START
from eventlog.relay import NUMBER_HEADER, SENDER_HEADER, TARGET_KIND_HEADER, Relay
from schemas.codec import encode_claim, encode_entry, encode_entry_body
from schemas.entry import NO_HASH, Entry, EntryHeader, Message, Outcome
from schemas.topic import JOURNAL, MESSAGES
from tests.simulation.faulty_log import CALM, Faults, FaultyLog, Network
from tests.simulation.loose_group import Assignment
from tests.unit.eventlog.made_journal import PARTITION, claim

_PARTITIONS = PARTITION + 1


class _Site:
    """A journal with three entries: one message to partition 0, a broadcast to 0 and 1, one more to 0."""

    def __init__(self) -> None:
        self.log = MemoryLog(clock=lambda: 1)
        self.log.create_topics([TopicSettings(name=name, partitions=_PARTITIONS) for name in (JOURNAL, MESSAGES)])
        self.network = Network(self.log, Random(1))
        self.log.append(JOURNAL, PARTITION, Record(None, encode_claim(claim(1))))
        self._sequence, self._hash = 0, NO_HASH
        self.write([(0, 1, b"first")])
        self.write([])
        self.write([(0, 2, b"to all"), (1, 1, b"")])
        self.write([(0, 3, b"last")])

    def write(self, messages: list[tuple[int, int, bytes]]) -> None:
        """Append the next entry, with messages as (target partition, number, body)."""
        entry = Entry(
            clock_ms=1,
            book_hash=NO_HASH,
            tenant="shop",
            entity_kind="partition",
            entity_id="3",
            outcome=Outcome.DECIDED.value,
            messages=[
                Message(target_kind="member", target_id="m1", target_partition=target, number=number, body=body)
                for target, number, body in messages
            ],
        )
        self._sequence += 1
        header = EntryHeader(
            epoch=1,
            writer_id=claim(1).writer_id,
            sequence=self._sequence,
            previous_hash=self._hash,
            message_count=len(messages),
        )
        value = encode_entry(header, encode_entry_body(entry))
        self._hash = entry_hash(value)
        self.log.append(JOURNAL, PARTITION, Record(None, value))

    def relay(self) -> Relay:
        """Start a relay at the beginning."""
        return Relay(FaultyLog(self.network, Assignment()), {PARTITION: START})

    def carried(self, target: int) -> list[tuple[int, bytes]]:
        """Give number and body of the messages that arrived."""
        records = self.log.partition(TopicPartition(MESSAGES, target)).records
        return [(int(dict(record.headers)[NUMBER_HEADER]), record.value or b"") for record in records]


@pytest.fixture
def site() -> _Site:
    """A journal, and the network to it."""
    return _Site()


def _settle(relay: Relay) -> None:
    for _ in range(20):
        relay.step(wait_ms=0)
    assert relay.is_at_end()
    assert relay.in_flight == 0


def test_each_message_goes_to_exactly_its_partition(site: _Site) -> None:
    """A broadcast's body stands in the entry once, and is carried to each."""
    _settle(site.relay())
    assert site.carried(0) == [(1, b"first"), (2, b"to all"), (3, b"last")]
    assert site.carried(1) == [(1, b"to all")]
    assert site.carried(2) == []


def test_a_message_tells_sender_number_and_target_in_its_headers(site: _Site) -> None:
    """And is keyed by its target."""
    _settle(site.relay())
    (record,) = site.log.partition(TopicPartition(MESSAGES, 1)).records
    assert record.key == b"shop:m1"
    assert dict(record.headers) == {SENDER_HEADER: b"3", NUMBER_HEADER: b"1", TARGET_KIND_HEADER: b"member"}


def test_the_position_moves_only_over_what_is_acknowledged(site: _Site) -> None:
    """While messages are on the wire it stands still."""
    relay = site.relay()
    site.network.is_held_back = True
    for _ in range(3):
        relay.step(wait_ms=0)
    assert relay.positions == {PARTITION: START}
    assert relay.in_flight == 4
    assert not relay.is_at_end()
    site.network.is_held_back = False
    _settle(relay)
    assert relay.positions[PARTITION].next_offset == 5


def test_a_position_moves_also_over_entries_without_messages(site: _Site) -> None:
    """There is nothing to wait for."""
    relay = site.relay()
    _settle(relay)
    site.write([])
    _settle(relay)
    assert relay.positions[PARTITION].sequence == 5


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(Faults(lost_write=1.0), id="messages-lost"),
        pytest.param(Faults(lost_acknowledgement=1.0), id="acknowledgements-lost"),
    ],
)
def test_after_a_failed_write_it_begins_again_from_its_position(site: _Site, faults: Faults) -> None:
    """Everything arrives; what arrived before only repeats."""
    relay = site.relay()
    site.network.faults = faults
    relay.step(wait_ms=0)
    assert relay.positions == {PARTITION: START}
    site.network.faults = CALM
    _settle(relay)
    assert site.carried(0)[-3:] == [(1, b"first"), (2, b"to all"), (3, b"last")]
    assert set(site.carried(0)) == {(1, b"first"), (2, b"to all"), (3, b"last")}


def test_a_log_out_of_reach_leaves_no_message_out(site: _Site) -> None:
    """What was read when sending failed is read again."""
    relay = site.relay()
    site.network.refuses_writes = True
    with pytest.raises(BrokenLogError):
        relay.step(wait_ms=0)
    site.network.refuses_writes = False
    _settle(relay)
    assert site.carried(0) == [(1, b"first"), (2, b"to all"), (3, b"last")]


def test_two_relays_at_once_only_repeat(site: _Site) -> None:
    """Each carries everything; a receiver knows a repeat by its number."""
    one, two = site.relay(), site.relay()
    for relay in (one, two, one, two):
        relay.step(wait_ms=0)
    assert sorted(site.carried(0)) == sorted([(1, b"first"), (2, b"to all"), (3, b"last")] * 2)


def test_winding_back_only_repeats(site: _Site) -> None:
    """So an older position is the repair for any loss."""
    _settle(site.relay())
    _settle(site.relay())
    assert site.carried(1) == [(1, b"to all")] * 2
