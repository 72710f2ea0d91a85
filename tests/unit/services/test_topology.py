"""A cluster has all its topics with one number of partitions, or a message that says what to do."""

import pytest

from eventlog.memory import MemoryLog
from eventlog.port import TopicSettings
from schemas.topic import INPUTS, JOURNAL, MESSAGES, dead_letter_topic
from services.topology import TopologyError, apply_topics, check_topics, topics_of, verify_topics


@pytest.fixture
def log() -> MemoryLog:
    """An empty log."""
    return MemoryLog(clock=lambda: 0)


def test_only_journal_and_instructions_are_kept_for_ever() -> None:
    """Other inputs may be dropped once decided; each has a topic for its dead letters."""
    topics = topics_of(4)
    assert [topic.name for topic in topics if topic.is_kept_for_ever] == [JOURNAL, "engine.operator.instructed.v1"]
    names = {topic.name for topic in topics}
    assert {MESSAGES, *(dead_letter_topic(one.name) for one in INPUTS)} < names


def test_applying_creates_what_is_missing_and_nothing_else(log: MemoryLog) -> None:
    """A second time there is nothing to do."""
    log.create_topics([TopicSettings(name=JOURNAL, partitions=4)])
    created = apply_topics(log, 4)
    assert JOURNAL not in created
    assert apply_topics(log, 4) == []
    verify_topics(log, 4)


def test_another_number_of_partitions_is_refused(log: MemoryLog) -> None:
    """The text names the topic, both numbers, and the setting; nothing is created."""
    log.create_topics([TopicSettings(name=JOURNAL, partitions=8)])
    with pytest.raises(TopologyError, match=r"engine.journal.v1 has 8 partitions, and KOPILKA_PARTITIONS is 4"):
        apply_topics(log, 4)
    assert set(log.partition_counts()) == {JOURNAL}


def test_a_missing_topic_is_told_with_the_command_that_makes_it(log: MemoryLog) -> None:
    """Whoever starts a worker too early reads what to do."""
    assert len(check_topics(log.partition_counts(), 4)) == len(topics_of(4))
    with pytest.raises(TopologyError, match=r"engine.journal.v1 is missing; make it with: kopilka topics apply"):
        verify_topics(log, 4)
