"""The order in which a partition's inputs are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog.port import EndReached, OffsetLost, PartitionBounds, StoredRecord
from processors.worker.merge import InputMerge

_TOPICS = ("operator", "receipt", "message")


def _merge() -> InputMerge:
    return InputMerge(_TOPICS, dict.fromkeys(_TOPICS, 0))


def _record(topic: str, offset: int, log_time_ms: int) -> StoredRecord:
    return StoredRecord(topic, 0, offset, log_time_ms, None, None, ())


def _end(topic: str, next_offset: int = 0) -> EndReached:
    return EndReached(topic=topic, partition=0, next_offset=next_offset)


def _lost(topic: str, wanted: int, first: int = 50) -> OffsetLost:
    return OffsetLost(topic=topic, partition=0, wanted_offset=wanted, bounds=PartitionBounds(first, 90))


def _put_ends(merge: InputMerge, *topics: str) -> None:
    for topic in topics:
        merge.put(_end(topic))


def _take_all(merge: InputMerge) -> list[tuple[str, int]]:
    taken = []
    while (record := merge.peek()) is not None:
        merge.take(record)
        taken.append((record.topic, record.offset))
    return taken


def test_the_smallest_log_time_is_taken_first() -> None:
    """Over all topics, however they were delivered."""
    merge = _merge()
    for item in (
        _record("message", 0, 30),
        _record("message", 1, 40),
        _record("receipt", 0, 20),
        _record("receipt", 1, 35),
        _record("operator", 0, 50),
    ):
        merge.put(item)
    _put_ends(merge, *_TOPICS)
    assert _take_all(merge) == [("receipt", 0), ("message", 0), ("receipt", 1), ("message", 1), ("operator", 0)]


def test_of_equal_log_times_the_order_of_topics_decides() -> None:
    """It is part of a claim, and so the same for every owner."""
    merge = _merge()
    for topic in reversed(_TOPICS):
        merge.put(_record(topic, 0, 7))
    _put_ends(merge, *_TOPICS)
    assert _take_all(merge) == [(topic, 0) for topic in _TOPICS]


def test_nothing_is_taken_while_a_topic_is_neither_read_nor_at_its_end() -> None:
    """It may hold something earlier."""
    merge = _merge()
    merge.put(_record("receipt", 0, 20))
    _put_ends(merge, "operator")
    assert merge.peek() is None
    assert not merge.is_idle()
    merge.put(_record("message", 0, 10))
    assert _take_all(merge) == [("message", 0)]
    _put_ends(merge, "message")
    assert _take_all(merge) == [("receipt", 0)]


def test_an_end_that_was_seen_stays_so_until_the_next_delivery() -> None:
    """With an idle topic the others go on; a topic that has begun to deliver is waited for when it is used up."""
    merge = _merge()
    _put_ends(merge, *_TOPICS)
    merge.put(_record("receipt", 0, 20))
    merge.put(_record("message", 0, 25))
    assert _take_all(merge) == [("receipt", 0)]
    _put_ends(merge, "receipt")
    assert _take_all(merge) == [("message", 0)]
    assert not merge.is_idle()
    _put_ends(merge, "message")
    assert merge.is_idle()


def test_an_end_that_comes_before_its_records_are_used_up_counts() -> None:
    """The reader delivers faster than the owner decides."""
    merge = _merge()
    _put_ends(merge, "operator", "message")
    merge.put(_record("receipt", 0, 20))
    merge.put(_end("receipt", 1))
    assert _take_all(merge) == [("receipt", 0)]
    assert merge.is_idle()


def test_a_record_that_is_delivered_again_is_passed_over() -> None:
    """Its offset lies below the next one."""
    merge = InputMerge(_TOPICS, {"operator": 0, "receipt": 5, "message": 0})
    _put_ends(merge, *_TOPICS)
    for offset in (3, 4, 5, 5, 6):
        merge.put(_record("receipt", offset, offset))
    assert merge.held("receipt") == 2
    _put_ends(merge, "receipt")
    assert _take_all(merge) == [("receipt", 5), ("receipt", 6)]


def test_reading_goes_on_behind_what_was_delivered_and_behind_holes_at_the_end() -> None:
    """Retention may remove an end without records, and nothing would be lost by that."""
    merge = _merge()
    merge.put(_record("receipt", 4, 1))
    assert merge.next_offset("receipt") == 5
    merge.put(_end("receipt", 8))
    assert merge.next_offset("receipt") == 8
    assert merge.next_offset("message") == 0


def test_a_loss_blocks_all_topics_but_that_of_the_operator() -> None:
    """What is lost came earlier than anything that could be taken now."""
    merge = _merge()
    _put_ends(merge, "operator", "message")
    merge.put(_lost("receipt", 0))
    merge.put(_record("message", 0, 10))
    instruction = _record("operator", 0, 99)
    merge.put(instruction)
    loss = merge.blocking_loss()
    assert loss is not None
    assert loss.topic == "receipt"
    assert merge.peek() is None
    assert merge.peek_of("operator") is instruction
    merge.take(instruction)
    assert merge.peek_of("operator") is None
    assert not merge.is_idle()


def test_what_was_read_before_a_loss_is_taken_in_its_turn() -> None:
    """Only the loss itself blocks; skipping it then leaves out nothing that was read."""
    merge = _merge()
    _put_ends(merge, "operator")
    merge.put(_record("receipt", 0, 10))
    merge.put(_record("receipt", 1, 20))
    merge.put(_lost("receipt", 2))
    merge.put(_record("message", 0, 15))
    merge.put(_record("message", 1, 30))
    assert merge.blocking_loss() is None
    assert _take_all(merge) == [("receipt", 0), ("message", 0), ("receipt", 1)]
    assert merge.blocking_loss() == _lost("receipt", 2)


def test_a_topic_that_was_at_its_end_can_be_lost_too() -> None:
    """It was written, and cut before it was read."""
    merge = _merge()
    _put_ends(merge, *_TOPICS)
    merge.put(_lost("receipt", 0))
    merge.put(_record("message", 0, 10))
    assert merge.peek() is None
    assert merge.blocking_loss() == _lost("receipt", 0)


def test_a_loss_stays_although_the_log_comes_to_hold_the_offset() -> None:
    """Going on is for an operator to say."""
    merge = _merge()
    _put_ends(merge, "operator", "message")
    merge.put(_lost("receipt", 7, first=0))
    merge.put(_record("receipt", 7, 1))
    merge.put(_end("receipt", 8))
    assert merge.peek() is None
    assert merge.blocking_loss() is not None


def test_what_the_log_holds_of_a_loss_is_asked_again() -> None:
    """The newest answer counts; a loss behind records that wait is nobody's to skip yet."""
    merge = _merge()
    merge.put(_lost("receipt", 0))
    merge.put(_record("message", 0, 10))
    merge.put(_lost("message", 1))
    merge.ask_again("receipt")
    assert merge.is_asked("receipt")
    merge.put(_lost("receipt", 0, first=60))
    assert not merge.is_asked("receipt")
    assert merge.losses() == {"receipt": _lost("receipt", 0, first=60)}


def test_a_skip_goes_on_at_its_offset_and_waits_for_the_topic_again() -> None:
    """What was read of the topic is read anew from there."""
    merge = _merge()
    _put_ends(merge, "operator", "message")
    merge.put(_lost("receipt", 0))
    merge.put(_record("message", 0, 10))
    merge.skip_to("receipt", 50)
    assert merge.blocking_loss() is None
    assert merge.next_offset("receipt") == 50
    assert merge.peek() is None
    merge.put(_record("receipt", 50, 5))
    _put_ends(merge, "receipt")
    assert _take_all(merge) == [("receipt", 50), ("message", 0)]


def test_a_skip_drops_what_was_read_of_its_topic() -> None:
    """An operator may also skip what is there."""
    merge = _merge()
    _put_ends(merge, "operator", "message")
    for offset in range(3):
        merge.put(_record("receipt", offset, offset))
    merge.skip_to("receipt", 2)
    assert merge.held("receipt") == 0
    merge.put(_record("receipt", 2, 2))
    _put_ends(merge, "receipt")
    assert _take_all(merge) == [("receipt", 2)]


@given(
    lengths=st.tuples(*[st.lists(st.integers(0, 9), max_size=6)] * len(_TOPICS)),
    order=st.randoms(use_true_random=False),
)
def test_however_topics_are_delivered_the_order_is_the_same(lengths: tuple[list[int], ...], order: object) -> None:
    """Any delivery, each topic in its own order, with taking in between: one order by time, then topic, then offset."""
    merge = _merge()
    queues: dict[str, list[StoredRecord | EndReached]] = {}
    wanted = []
    for place, (topic, steps) in enumerate(zip(_TOPICS, lengths, strict=True)):
        records = [_record(topic, at, sum(steps[: at + 1])) for at in range(len(steps))]
        wanted += [(record.log_time_ms, place, record.offset) for record in records]
        queues[topic] = [*records, _end(topic, len(records))]
    taken = []
    while queues:
        topic = order.choice(sorted(queues))  # type: ignore[attr-defined]
        merge.put(queues[topic].pop(0))
        if not queues[topic]:
            del queues[topic]
        taken += _take_all(merge)
    assert [(topic, offset) for topic, offset in taken] == [
        (_TOPICS[place], offset) for _, place, offset in sorted(wanted)
    ]
    assert merge.is_idle()


def test_only_a_head_can_be_taken() -> None:
    """Anything else would leave records out."""
    merge = _merge()
    merge.put(_record("receipt", 0, 1))
    with pytest.raises(AssertionError, match="only a head"):
        merge.take(_record("receipt", 0, 1))
