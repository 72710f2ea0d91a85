"""The partitioner against the vectors of Apache Kafka's Java client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import entity_key
from schemas.partitioner import murmur2, partition_of
from tests.unit.schemas.property import MANY

#: Source: Apache Kafka, `org.apache.kafka.common.utils.UtilsTest.testMurmur2`.
VECTORS = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]


@pytest.mark.parametrize(("data", "signed"), VECTORS)
def test_murmur2_is_that_of_the_java_client(data: bytes, signed: int) -> None:
    """The published vectors; Java has them signed."""
    assert murmur2(data) == signed % 2**32


@pytest.mark.parametrize(("data", "signed"), VECTORS)
def test_the_partition_is_the_hash_without_its_sign_bit(data: bytes, signed: int) -> None:
    """Java's `toPositive` is a mask, no absolute value."""
    assert partition_of(data, 7) == (signed & 0x7FFFFFFF) % 7


@given(st.binary(max_size=64), st.integers(min_value=1, max_value=1_000))
@MANY
def test_every_key_has_one_partition(key: bytes, count: int) -> None:
    """Within the topic, and the same again."""
    assert 0 <= partition_of(key, count) < count
    assert partition_of(key, count) == (murmur2(key) & 0x7FFFFFFF) % count


def test_members_are_spread_evenly() -> None:
    """2,400 members on 4 partitions: none is far from 600."""
    counts = [0, 0, 0, 0]
    for number in range(2_400):
        counts[partition_of(entity_key("journey", f"h{number}"), 4)] += 1
    assert min(counts) > 500
    assert sum(counts) == 2_400
