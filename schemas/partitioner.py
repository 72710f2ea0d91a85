"""The partitioner that every producer of the engine's topics uses: murmur2 of the key, as Kafka's Java client has it.

A producer with another partitioner (librdkafka's default is one) would put a member's records where the member's
state is not; the engine refuses such records, so what decides here decides for all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

__all__ = ["PARTITIONER", "murmur2", "partition_of"]

#: Stands in every claim; a worker with another partitioner refuses to start.
PARTITIONER: Final = "murmur2"

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF
#: Keys kept with their partition: the pure-Python hash costs some microseconds, and a member's key comes again.
_CACHED_KEYS: Final = 65_536


def murmur2(data: bytes) -> int:
    """Give the 32-bit murmur2 hash of `data` as an unsigned integer.

    Source: `org.apache.kafka.common.utils.Utils.murmur2` (Apache Kafka); its published vectors are in the tests.
    """
    length = len(data)
    h = (_SEED ^ length) & _MASK
    whole = length - length % 4
    for i in range(0, whole, 4):
        k = (int.from_bytes(data[i : i + 4], "little") * _M) & _MASK
        k = ((k ^ (k >> 24)) * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    if length > whole:
        h = ((h ^ int.from_bytes(data[whole:], "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=_CACHED_KEYS)
def partition_of(key: bytes, partition_count: int) -> int:
    """Give the partition of a record key: the hash without its sign bit, modulo the number of partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partition_count
