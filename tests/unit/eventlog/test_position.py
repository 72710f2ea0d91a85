"""A worker of another cluster refuses to start."""

from __future__ import annotations

import pytest

from eventlog.position import ClusterMismatchError, check_cluster
from tests.unit.eventlog.made_journal import claim


@pytest.mark.parametrize(
    ("partition_count", "partitioner", "topics", "fault"),
    [
        pytest.param(4, "murmur2", ["a", "b"], None, id="same"),
        pytest.param(4, "murmur2", ["a", "b", "c"], None, id="topic-added-at-the-end"),
        pytest.param(4, "murmur2", ["c", "a", "b"], None, id="topic-added-in-front"),
        pytest.param(8, "murmur2", ["a", "b"], "KOPILKA_PARTITIONS=4", id="other-partition-count"),
        pytest.param(4, "crc32", ["a", "b"], "partitioner 'murmur2'", id="other-partitioner"),
        pytest.param(4, "murmur2", ["a"], "input topics", id="topic-removed"),
        pytest.param(4, "murmur2", ["a", "x"], "input topics", id="topic-renamed"),
        pytest.param(4, "murmur2", ["b", "a"], "input topics", id="topics-reordered"),
    ],
)
def test_a_cluster_may_gain_topics_and_change_in_nothing_else(
    partition_count: int, partitioner: str, topics: list[str], fault: str | None
) -> None:
    """The claim in force has 4 partitions, murmur2, and topics a and b."""
    if fault is None:
        check_cluster(claim(1), partition_count=partition_count, partitioner=partitioner, topics=topics)
        return
    with pytest.raises(ClusterMismatchError, match=fault):
        check_cluster(claim(1), partition_count=partition_count, partitioner=partitioner, topics=topics)
