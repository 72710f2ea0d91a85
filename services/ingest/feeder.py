"""Writes a feed to the input topics, in order, and says how far it came.

A feed goes in batches, and a batch is sent only when every record of the one before is acknowledged. So the
log's time never contradicts the feed between two batches, on any log: codes, which make batches of their own,
are issued before anything asks for them. Within a batch each partition of each topic keeps the feed's order,
and topics are sent in the order of `schemas.topic.INPUTS`, receipts before donations; but a broker may stamp
two topics the other way round. That changes nothing that is decided: rules look at `occurred_at`, an
activation asks only its code and a donation no other record, so records of different topics within a batch
may change places.

Nothing is retried here. What is sent twice has no effect twice, because the engine knows each record by its
natural key; so the answer to every failure is to run the same feed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from eventlog.port import BrokenLogError, Delivery, Record, TopicPartition, WriteError, Writer
from schemas.partitioner import partition_of
from schemas.topic import INPUTS
from services.ingest.feed import Feed, FeedRecord

__all__ = ["BATCH_RECORDS", "FeedStoppedError", "Feeder", "Pace"]

#: Records that go at once: enough that waiting for the acknowledgement costs little, few enough that progress
#: is seen.
BATCH_RECORDS: Final = 500
#: How long acknowledgements may take before the feeding gives up; a broker that changes its leader needs
#: seconds.
_FLUSH_LIMIT_MS: Final = 60_000
_MS_PER_S: Final = 1000
_TOPIC_ORDER: Final = {one.name: index for index, one in enumerate(INPUTS)}


class FeedStoppedError(Exception):
    """The log did not take a record; the text says how far the feed came and what to do."""

    def __init__(self, done: int, total: int, cause: str, *, is_permanent: bool = False) -> None:
        #: Records from the feed's beginning that are acknowledged, each one of them.
        self.done = done
        #: Records of the feed.
        self.total = total
        #: Whether the same will fail again until what `cause` names is mended.
        self.is_permanent = is_permanent
        mend = "Mend that, then run the same again" if is_permanent else "Run the same again"
        super().__init__(
            f"Writing stopped after {done:,} of {total:,} records: {cause}. {mend}: that is harmless, "
            "because records that the log has already are recognised as duplicates and have no second effect."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A replay at a multiple of real time.

    Raises:
        ValueError: when the speed is not above zero.
    """

    #: Seconds of the feed per second.
    speed: float
    #: Seconds of a clock that only goes forward, such as `time.monotonic`.
    now_s: Callable[[], float]
    #: Waits so many seconds, such as `time.sleep`.
    sleep_s: Callable[[float], None]

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ValueError(
                f"The speed is {self.speed:g}. Give a number above zero, such as 3600 for an hour a second."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeder:
    """Writes feeds through one writer, which nobody else may use meanwhile."""

    writer: Writer
    #: Of every input topic.
    partition_count: int
    #: Without it as fast as it goes. Records without a time are never waited for.
    pace: Pace | None = None
    #: Is told after each batch how many records of how many are acknowledged.
    on_progress: Callable[[int, int], None] = field(default=lambda _done, _total: None)

    def feed(self, feed: Feed) -> int:
        """Write the whole feed and give the number of its records; all of them are acknowledged then.

        Raises:
            FeedStoppedError: when the log did not take a record, or did not say in time whether it has it.
        """
        total, done = len(feed), 0
        self.on_progress(done, total)
        for batch in _batches(feed, self.pace):
            try:
                deliveries = self._write(batch, first_tag=done)
            except BrokenLogError as error:
                raise FeedStoppedError(done, total, str(error)) from error
            failure = _find_failure(deliveries, range(done, done + len(batch)))
            if failure is not None:
                raise FeedStoppedError(done, total, failure.text, is_permanent=failure.is_permanent)
            done += len(batch)
            self.on_progress(done, total)
        return done

    def _write(self, batch: Sequence[FeedRecord], *, first_tag: int) -> Sequence[Delivery]:
        """Send a batch and give what became of it; tags are given in the order of sending."""
        sends: dict[TopicPartition, list[Record]] = {}
        for topic, key, value, _ in batch:
            place = TopicPartition(topic, partition_of(key, self.partition_count))
            sends.setdefault(place, []).append(Record(key, value))
        tag = first_tag
        for place in sorted(sends, key=lambda one: (_TOPIC_ORDER[one.topic], one.partition)):
            self.writer.send(place.topic, place.partition, sends[place], first_tag=tag)
            tag += len(sends[place])
        return self.writer.flush(limit_ms=_FLUSH_LIMIT_MS)


def _find_failure(deliveries: Sequence[Delivery], tags: range) -> WriteError | None:
    """Give the failure to tell: a permanent one if there is any, because that needs mending first."""
    failures = [one.error for one in deliveries if one.error is not None]
    if failures:
        return max(failures, key=lambda one: one.is_permanent)
    missing = set(tags) - {one.tag for one in deliveries}
    if missing:
        return WriteError(text=f"{len(missing)} records were neither taken nor refused", is_permanent=False)
    return None


def _batches(feed: Feed, pace: Pace | None) -> Iterator[Sequence[FeedRecord]]:
    """Give the feed in batches, each when its last record is due."""
    wait_s = _schedule(pace)
    batch: list[FeedRecord] = []
    for record in feed:
        early_s = wait_s(record)
        is_first_with_time = bool(batch) and batch[-1].due_at_ms is None and record.due_at_ms is not None
        if batch and (len(batch) == BATCH_RECORDS or is_first_with_time or early_s > 0):
            yield batch
            batch = []
        # Asked again: writing what was due took its time too.
        if pace is not None and (early_s := wait_s(record)) > 0:
            pace.sleep_s(early_s)
        batch.append(record)
    if batch:
        yield batch


def _schedule(pace: Pace | None) -> Callable[[FeedRecord], float]:
    """Give the function that tells how many seconds early a record is; the first with a time is on time."""
    began: tuple[float, int] | None = None

    def wait_s(record: FeedRecord) -> float:
        nonlocal began
        if pace is None or record.due_at_ms is None:
            return 0.0
        if began is None:
            began = pace.now_s(), record.due_at_ms
        began_s, began_at_ms = began
        return began_s + (record.due_at_ms - began_at_ms) / _MS_PER_S / pace.speed - pace.now_s()

    return wait_s
