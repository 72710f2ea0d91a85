"""What is counted of the processes: taken from outside, out of what they tell of themselves.

The processes keep plain counters that begin anew with each ownership; here they become Prometheus counters that only
grow. Names begin with `kopilka_`; the operations page lists which of them are alarms.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from eventlog.journal import Verdict
from eventlog.port import Log, TopicPartition
from processors.worker.loop import PartitionStatus
from processors.worker.owner import Standstill
from projections.projector import ProjectorCounts
from schemas.entry import Outcome
from schemas.topic import INPUTS, JOURNAL

__all__ = ["ProjectorMetrics", "RelayMetrics", "WorkerMetrics", "input_lags", "journal_lags"]

#: Outcomes that are alarms or near to it have a counter of their own name.
_NAMED_OUTCOMES: Final = {
    Outcome.MESSAGE_GAP.value: ("kopilka_message_gaps", "Messages that skipped a number: an alarm."),
    Outcome.PARKED.value: ("kopilka_parked_records", "Records held because their entity is parked."),
    Outcome.UNDECODABLE.value: ("kopilka_dead_letters", "Records that nobody can decode."),
}


class _Growth:
    """How much a counter grew since it was looked at last; one that fell began anew."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, int] = {}

    def of(self, key: Hashable, value: int) -> int:
        before = self._seen.get(key, 0)
        self._seen[key] = value
        return value - before if value >= before else value


class WorkerMetrics:
    """Metrics of one worker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._growth = _Growth()
        self._entries = Counter(
            "kopilka_entries", "Entries known accepted, by outcome.", ["partition", "outcome"], registry=registry
        )
        self._refusals = Counter(
            "kopilka_refusals", "Refused records, by reason.", ["partition", "reason"], registry=registry
        )
        self._named = {
            outcome: Counter(name, text, ["partition"], registry=registry)
            for outcome, (name, text) in _NAMED_OUTCOMES.items()
        }
        self._ends = Counter(
            "kopilka_ownership_ends", "Ownerships that ended, by reason.", ["partition", "reason"], registry=registry
        )
        self._standstill = Gauge(
            "kopilka_standstill",
            "1 while an owned partition stands still for this reason: an alarm.",
            ["partition", "reason"],
            registry=registry,
        )
        self._is_owned = Gauge("kopilka_partition_owned", "1 while owned.", ["partition"], registry=registry)
        self._in_flight = Gauge(
            "kopilka_entries_in_flight", "Own entries not yet known accepted.", ["partition"], registry=registry
        )
        self._clock = Gauge(
            "kopilka_partition_clock_seconds", "The partition clock, Unix time.", ["partition"], registry=registry
        )
        self._input_lag = Gauge(
            "kopilka_input_lag", "Records of an input not yet decided.", ["topic", "partition"], registry=registry
        )

        self._journal_lag = Gauge(
            "kopilka_journal_lag", "Journal offsets not yet folded into the store.", ["partition"], registry=registry
        )

    def observe(self, statuses: Iterable[PartitionStatus]) -> None:
        """Take how the held partitions fare."""
        self._is_owned.clear()
        self._in_flight.clear()
        self._standstill.clear()
        for status in statuses:
            partition = str(status.partition)
            self._is_owned.labels(partition).set(status.stage == "owner")
            self._in_flight.labels(partition).set(status.in_flight)
            self._clock.labels(partition).set(status.clock_ms / 1000)
            for outcome, count in status.outcomes.items():
                grown = self._growth.of(("outcome", partition, outcome), count)
                self._entries.labels(partition, outcome).inc(grown)
                if outcome in self._named:
                    self._named[outcome].labels(partition).inc(grown)
            for reason, count in status.reasons.items():
                self._refusals.labels(partition, reason).inc(self._growth.of(("reason", partition, reason), count))
            for reason, count in status.ends.items():
                self._ends.labels(partition, reason).inc(self._growth.of(("end", partition, reason), count))
            for standstill in Standstill:
                self._standstill.labels(partition, standstill.value).set(status.standstill == standstill.value)

    def observe_lags(self, inputs: Mapping[TopicPartition, int], journals: Mapping[int, int]) -> None:
        """Take how many records of each input are not yet decided, and how far each store is behind its journal."""
        self._input_lag.clear()
        for place, lag in inputs.items():
            self._input_lag.labels(place.topic, str(place.partition)).set(lag)
        self._journal_lag.clear()
        for partition, lag in journals.items():
            self._journal_lag.labels(str(partition)).set(lag)


class RelayMetrics:
    """Metrics of one relay."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._sent = Counter("kopilka_messages_sent", "Messages written, repeats too.", registry=registry)
        self._in_flight = Gauge(
            "kopilka_messages_in_flight", "Messages written and not yet acknowledged.", registry=registry
        )
        self._lag = Gauge("kopilka_relay_lag", "Journal offsets not yet relayed.", ["partition"], registry=registry)

    def observe(self, sent: int, in_flight: int) -> None:
        """Take what a step did."""
        self._sent.inc(sent)
        self._in_flight.set(in_flight)

    def observe_lags(self, lags: Mapping[int, int]) -> None:
        """Take how far each partition is behind."""
        self._lag.clear()
        for partition, lag in lags.items():
            self._lag.labels(str(partition)).set(lag)


class ProjectorMetrics:
    """Metrics of one projector."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._growth = _Growth()
        self._counters = {
            name: Counter(f"kopilka_projector_{name}", text, registry=registry)
            for name, text in {
                "entries": "Entries written to the read models.",
                "batches": "Batches written.",
                "lost_batches": "Batches that another projector had written already.",
                "failures": "Times the database or the log did not work.",
                "conflicts": "Receipts that were found under two owners.",
            }.items()
        }
        self._verdicts = Counter(
            "kopilka_journal_records", "Journal records by what they are to readers.", ["verdict"], registry=registry
        )
        self._skipped = Counter(
            "kopilka_journal_records_skipped", "Journal records that do not count.", registry=registry
        )
        self._lag = Gauge(
            "kopilka_projector_lag", "Journal offsets not yet projected.", ["partition"], registry=registry
        )

    def observe(self, counts: ProjectorCounts, verdicts: Mapping[Verdict, int]) -> None:
        """Take what the projector did."""
        for name, counter in self._counters.items():
            counter.inc(self._growth.of(name, getattr(counts, name)))
        for verdict, count in verdicts.items():
            grown = self._growth.of(verdict, count)
            self._verdicts.labels(verdict.value).inc(grown)
            if verdict not in (Verdict.ACCEPTED, Verdict.CLAIM_IN_FORCE):
                self._skipped.inc(grown)

    def observe_lags(self, lags: Mapping[int, int]) -> None:
        """Take how far each partition is behind."""
        self._lag.clear()
        for partition, lag in lags.items():
            self._lag.labels(str(partition)).set(lag)


def input_lags(log: Log, decided: Mapping[int, Mapping[str, int]]) -> dict[TopicPartition, int]:
    """Give how many records of each input are not decided.

    Args:
        log: Is asked where its partitions end.
        decided: Partition → input topic → offset of the last decided record.

    Raises:
        BrokenLogError: when the log cannot be asked.
    """
    places = [TopicPartition(topic.name, partition) for topic in INPUTS for partition in sorted(decided)]
    bounds = log.bounds(places)
    lags = {}
    for place in places:
        next_offset = decided[place.partition].get(place.topic, -1) + 1
        lags[place] = max(0, bounds[place].next - max(next_offset, bounds[place].first))
    return lags


def journal_lags(log: Log, next_offsets: Mapping[int, int]) -> dict[int, int]:
    """Give how many journal offsets a reader has before it, per partition.

    Raises:
        BrokenLogError: when the log cannot be asked.
    """
    bounds = log.bounds([TopicPartition(JOURNAL, partition) for partition in next_offsets])
    return {place.partition: max(0, bound.next - next_offsets[place.partition]) for place, bound in bounds.items()}
