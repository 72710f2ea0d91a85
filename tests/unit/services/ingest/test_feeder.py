"""A feed reaches the log in order, whole or with a clear word of how far it came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, islice

import pytest

from eventlog.memory import MemoryLog, MemoryWriter
from eventlog.port import BrokenLogError, Delivery, EndReached, StoredRecord, TopicPartition, TopicSettings
from schemas.partitioner import partition_of
from services.ingest.feed import FeedRecord
from services.ingest.feeder import BATCH_RECORDS, Feeder, FeedStoppedError, Pace

PARTITIONS = 4
CODES, RECEIPTS = "promo.code.issued.v1", "sales.receipt.recorded.v1"
ACTIVATIONS, GIFTS = "promo.code.activated.v1", "giving.donation.recorded.v1"
TOPICS = (CODES, RECEIPTS, ACTIVATIONS, GIFTS)


def make_log(*, record_limit_bytes: int = 1000) -> MemoryLog:
    """Give a log whose time is the number of records written, so that it tells their order."""
    ticks = count(1)
    log = MemoryLog(clock=lambda: next(ticks), record_limit_bytes=record_limit_bytes)
    log.create_topics(TopicSettings(name=topic, partitions=PARTITIONS) for topic in TOPICS)
    return log


def make_feed(members: int, *, codes: int = 3) -> list[FeedRecord]:
    """Give codes, and then a receipt and a donation of each member in turn."""
    issued = [FeedRecord(CODES, b"journey:c%d" % number, b"code %d" % number, None) for number in range(codes)]
    rest = [
        FeedRecord(topic, b"journey:h%d" % (number % 10), b"%d" % number, number * 1000)
        for number in range(members)
        for topic in (RECEIPTS, GIFTS)
    ]
    return issued + rest


def read_all(log: MemoryLog) -> list[StoredRecord]:
    """Give all records in the order in which they were written."""
    reader = log.reader()
    reader.assign({TopicPartition(topic, number): 0 for topic in TOPICS for number in range(PARTITIONS)})
    found = reader.poll(limit=1_000_000, wait_ms=0)
    records = [one for one in found if isinstance(one, StoredRecord)]
    assert all(isinstance(one, StoredRecord | EndReached) for one in found)
    return sorted(records, key=lambda one: one.log_time_ms)


def test_each_record_goes_to_its_partition_in_feed_order() -> None:
    """Key and value as they are; per topic and partition the order is that of the feed."""
    log, feed = make_log(), make_feed(BATCH_RECORDS)
    assert Feeder(writer=log.writer(), partition_count=PARTITIONS).feed(feed) == len(feed)
    written = read_all(log)
    for topic in TOPICS:
        for partition in range(PARTITIONS):
            expected = [
                (one.key, one.value)
                for one in feed
                if one.topic == topic and partition_of(one.key, PARTITIONS) == partition
            ]
            assert [
                (one.key, one.value) for one in written if (one.topic, one.partition) == (topic, partition)
            ] == expected
    assert len(written) == len(feed)


def test_codes_stand_in_the_log_before_anything_else() -> None:
    """They make batches of their own, and those are acknowledged before the next is sent."""
    log = make_log()
    Feeder(writer=log.writer(), partition_count=PARTITIONS).feed(make_feed(20))
    topics = [one.topic for one in read_all(log)]
    assert topics[:3] == [CODES] * 3
    assert CODES not in topics[3:]


def test_a_donation_stands_in_the_log_after_its_receipt() -> None:
    """Within a batch too, where the log stamps in the order of sending."""
    log = make_log()
    Feeder(writer=log.writer(), partition_count=PARTITIONS).feed(make_feed(2 * BATCH_RECORDS))
    times = {(one.topic, one.value): one.log_time_ms for one in read_all(log)}
    for number in range(2 * BATCH_RECORDS):
        value = b"%d" % number
        assert times[RECEIPTS, value] < times[GIFTS, value]


def test_progress_is_told_after_each_batch() -> None:
    """From nothing to everything, codes apart."""
    told: list[tuple[int, int]] = []
    feeder = Feeder(
        writer=make_log().writer(),
        partition_count=PARTITIONS,
        on_progress=lambda done, total: told.append((done, total)),
    )
    feeder.feed(make_feed(BATCH_RECORDS, codes=7))
    assert told == [(0, 1007), (7, 1007), (507, 1007), (1007, 1007)]


def test_an_empty_feed_is_fed() -> None:
    """Nothing to write is no fault."""
    assert Feeder(writer=make_log().writer(), partition_count=PARTITIONS).feed([]) == 0


def test_a_refused_record_stops_the_feed_and_says_what_to_mend() -> None:
    """How far it came, what was wrong, and that running it again is harmless."""
    feed = make_feed(BATCH_RECORDS)
    feed[-1] = feed[-1]._replace(value=b"x" * 2000)
    with pytest.raises(FeedStoppedError) as stopped:
        Feeder(writer=make_log().writer(), partition_count=PARTITIONS).feed(feed)
    assert (stopped.value.done, stopped.value.total, stopped.value.is_permanent) == (503, 1003, True)
    assert str(stopped.value) == (
        "Writing stopped after 503 of 1,003 records: a record of 2010 bytes is above the limit of 1000. "
        "Mend that, then run the same again: that is harmless, because records that the log has already are "
        "recognised as duplicates and have no second effect."
    )


class _BreakingWriter(MemoryWriter):
    """A writer to a log that breaks after some batches; with `is_silent` it forgets a delivery instead."""

    def __init__(self, log: MemoryLog, *, good_batches: int, is_silent: bool) -> None:
        super().__init__(log)
        self._good_batches = good_batches
        self._is_silent = is_silent

    def flush(self, *, limit_ms: int) -> Sequence[Delivery]:
        self._good_batches -= 1
        deliveries = super().flush(limit_ms=limit_ms)
        if self._good_batches >= 0:
            return deliveries
        if self._is_silent:
            return deliveries[1:]
        raise BrokenLogError("the broker does not answer")


@pytest.mark.parametrize(
    ("is_silent", "cause"),
    [
        pytest.param(False, "the broker does not answer", id="broken-log"),
        pytest.param(True, "1 records were neither taken nor refused", id="delivery-missing"),
    ],
)
def test_a_broken_log_stops_the_feed_and_a_second_run_completes_it(*, is_silent: bool, cause: str) -> None:
    """Nothing is retried within the run; the next run writes everything again."""
    log, feed = make_log(), make_feed(2 * BATCH_RECORDS)
    writer = _BreakingWriter(log, good_batches=2, is_silent=is_silent)
    with pytest.raises(FeedStoppedError, match=cause) as stopped:
        Feeder(writer=writer, partition_count=PARTITIONS).feed(feed)
    assert (stopped.value.done, stopped.value.is_permanent) == (503, False)
    assert "Run the same again: that is harmless" in str(stopped.value)
    begun = len(read_all(log))
    assert Feeder(writer=log.writer(), partition_count=PARTITIONS).feed(feed) == len(feed)
    again = read_all(log)[begun:]
    assert {(one.topic, one.key, one.value) for one in again} == {(one.topic, one.key, one.value) for one in feed}


class _Clock:
    """Time that passes only by sleeping, and a little with each look."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.sleeps_s: list[float] = []

    def look(self) -> float:
        return self.now_s

    def sleep(self, wait_s: float) -> None:
        self.sleeps_s.append(wait_s)
        self.now_s += wait_s


def test_a_replay_keeps_the_feed_s_time_at_its_speed() -> None:
    """Ten times as fast: receipts a second apart go 100 ms apart, and each second's records together."""
    clock, log = _Clock(), make_log()
    told: list[int] = []
    feeder = Feeder(
        writer=log.writer(),
        partition_count=PARTITIONS,
        pace=Pace(speed=10, now_s=clock.look, sleep_s=clock.sleep),
        on_progress=lambda done, _: told.append(done),
    )
    feeder.feed(make_feed(4))
    assert clock.sleeps_s == pytest.approx([0.1, 0.1, 0.1])
    # What is due is written before the next wait; codes are never waited for.
    assert told == [0, 3, 5, 7, 9, 11]


def test_a_replay_that_fell_behind_goes_on_without_waiting() -> None:
    """Time spent on writing is not waited for again."""
    clock = _Clock()

    def look() -> Iterator[float]:
        while True:
            yield clock.look()
            clock.now_s += 5

    looks = look()
    pace = Pace(speed=1, now_s=lambda: next(looks), sleep_s=clock.sleep)
    feed = list(islice(make_feed(20, codes=0), 40))
    assert Feeder(writer=make_log().writer(), partition_count=PARTITIONS, pace=pace).feed(feed) == 40
    assert clock.sleeps_s == []


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    """It would never come to the second receipt."""
    clock = _Clock()
    with pytest.raises(ValueError, match="above zero"):
        Pace(speed=speed, now_s=clock.look, sleep_s=clock.sleep)
