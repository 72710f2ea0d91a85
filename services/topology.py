"""The topics of a cluster: which there must be, and whether those that exist are so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eventlog.port import Log, TopicSettings
from schemas.topic import INPUTS, JOURNAL, EntityKind, dead_letter_topic

__all__ = ["TopicFault", "TopologyError", "apply_topics", "check_topics", "topics_of", "verify_topics"]


class TopologyError(Exception):
    """The topics are not as the design wants them; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFault:
    """A topic that is missing, or has another number of partitions."""

    topic: str
    #: `None` when the topic is missing.
    partitions: int | None
    wanted: int

    def __str__(self) -> str:
        """Give the fault as one line of text."""
        if self.partitions is None:
            return f"{self.topic} is missing; make it with: kopilka topics apply"
        return (
            f"{self.topic} has {self.partitions} partitions, and KOPILKA_PARTITIONS is {self.wanted}; set it to "
            f"{self.partitions} (it never changes in a cluster's life), or use another log"
        )


def topics_of(partitions: int) -> list[TopicSettings]:
    """Give every topic that a cluster needs: the journal, the inputs (the messages are one) and their dead letters.

    Instructions are few, and kept for ever: cut before they are decided, they would be lost without a word.
    """
    journal = TopicSettings(name=JOURNAL, partitions=partitions, is_kept_for_ever=True)
    inputs = [
        TopicSettings(
            name=topic.name, partitions=partitions, is_kept_for_ever=topic.entity_kind is EntityKind.PARTITION
        )
        for topic in INPUTS
    ]
    letters = [TopicSettings(name=dead_letter_topic(topic.name), partitions=partitions) for topic in INPUTS]
    return [journal, *inputs, *letters]


def check_topics(counts: Mapping[str, int], partitions: int) -> list[TopicFault]:
    """Compare the topics of a log with those wanted; faults in the order of `topics_of`.

    Args:
        counts: Topic → number of partitions, as the log has them.
        partitions: The number that the settings want.
    """
    return [
        TopicFault(topic=topic.name, partitions=counts.get(topic.name), wanted=partitions)
        for topic in topics_of(partitions)
        if counts.get(topic.name) != partitions
    ]


def apply_topics(log: Log, partitions: int) -> list[str]:
    """Create what is missing; give the names of those that were.

    Raises:
        TopologyError: when one exists with another number of partitions; nothing is created then.
        BrokenLogError: when the log cannot be reached.
    """
    counts = log.partition_counts()
    faults = check_topics(counts, partitions)
    wrong = [fault for fault in faults if fault.partitions is not None]
    if wrong:
        raise TopologyError("\n".join(map(str, wrong)))
    missing = {fault.topic for fault in faults}
    log.create_topics([topic for topic in topics_of(partitions) if topic.name in missing])
    return [fault.topic for fault in faults]


def verify_topics(log: Log, partitions: int) -> None:
    """Make sure that all topics are there, before a process begins to work on them.

    Raises:
        TopologyError: when one is missing or has another number of partitions.
        BrokenLogError: when the log cannot be reached.
    """
    faults = check_topics(log.partition_counts(), partitions)
    if faults:
        raise TopologyError("\n".join(map(str, faults)))
