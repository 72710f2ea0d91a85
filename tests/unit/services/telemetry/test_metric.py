"""Metrics grow as the processes work, also over the end of an ownership, whose own counts begin anew."""

from dataclasses import replace

from prometheus_client import CollectorRegistry

from eventlog.journal import Verdict
from eventlog.memory import MemoryLog
from eventlog.port import Record, TopicPartition, TopicSettings
from eventlog.position import START
from processors.worker.loop import PartitionStatus
from projections.projector import ProjectorCounts
from schemas.topic import INPUTS
from services.telemetry.metric import ProjectorMetrics, WorkerMetrics, input_lags

STATUS = PartitionStatus(
    partition=3,
    stage="owner",
    standstill="",
    standstill_text="",
    clock_ms=1_500,
    position=START,
    in_flight=2,
    outcomes={"DECIDED": 10, "MESSAGE_GAP": 1},
    reasons={"UNKNOWN_CODE": 2},
    ends={},
)


def test_counters_go_on_after_a_new_ownership() -> None:
    """Ten entries, then three of the next ownership, are thirteen."""
    registry = CollectorRegistry()
    metrics = WorkerMetrics(registry)
    metrics.observe([STATUS])
    metrics.observe([replace(STATUS, outcomes={"DECIDED": 3}, reasons={}, ends={"write_failed": 1})])
    labels = {"partition": "3", "outcome": "DECIDED"}
    assert registry.get_sample_value("kopilka_entries_total", labels) == 13
    assert registry.get_sample_value("kopilka_refusals_total", {"partition": "3", "reason": "UNKNOWN_CODE"}) == 2
    assert registry.get_sample_value("kopilka_message_gaps_total", {"partition": "3"}) == 1
    ends = {"partition": "3", "reason": "write_failed"}
    assert registry.get_sample_value("kopilka_ownership_ends_total", ends) == 1


def test_a_standstill_is_a_gauge_by_reason() -> None:
    """And is gone when the partition was given away."""
    registry = CollectorRegistry()
    metrics = WorkerMetrics(registry)
    metrics.observe([replace(STATUS, standstill="input_lost", standstill_text="lost")])
    labels = {"partition": "3", "reason": "input_lost"}
    assert registry.get_sample_value("kopilka_standstill", labels) == 1
    assert registry.get_sample_value("kopilka_standstill", {"partition": "3", "reason": "clock_ahead"}) == 0
    metrics.observe([])
    assert registry.get_sample_value("kopilka_standstill", labels) is None


def test_what_does_not_count_in_a_journal_is_counted_apart() -> None:
    """Accepted entries and claims in force are no news."""
    registry = CollectorRegistry()
    verdicts = {Verdict.ACCEPTED: 7, Verdict.CLAIM_IN_FORCE: 1, Verdict.STALE_WRITER: 2, Verdict.BROKEN_CHAIN: 1}
    ProjectorMetrics(registry).observe(ProjectorCounts(entries=7, batches=1), verdicts)
    assert registry.get_sample_value("kopilka_journal_records_skipped_total") == 3
    assert registry.get_sample_value("kopilka_projector_entries_total") == 7


def test_lag_counts_what_the_log_still_holds() -> None:
    """What retention took is no lag, but a standstill."""
    log = MemoryLog(clock=lambda: 0)
    log.create_topics([TopicSettings(name=topic.name, partitions=1) for topic in INPUTS])
    topic = INPUTS[0].name
    writer = log.writer()
    writer.send(topic, 0, [Record(None, b"x")] * 5, first_tag=1)
    writer.flush(limit_ms=0)
    assert input_lags(log, {0: {topic: 1}})[TopicPartition(topic, 0)] == 3
    log.drop_before(TopicPartition(topic, 0), 4)
    assert input_lags(log, {0: {topic: 1}})[TopicPartition(topic, 0)] == 1
    assert input_lags(log, {0: {topic: 4}})[TopicPartition(topic, 0)] == 0
