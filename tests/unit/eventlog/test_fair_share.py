"""Who gets how much: partitions among members, room in an answer among partitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlog.fair_share import deal, quota


@pytest.mark.parametrize(
    ("held", "partition_count", "quotas"),
    [
        pytest.param({"a": 0}, 4, {"a": 4}, id="alone"),
        pytest.param({"a": 4, "b": 0}, 4, {"a": 2, "b": 2}, id="even"),
        pytest.param({"a": 1, "b": 2}, 3, {"a": 1, "b": 2}, id="who-has-most-keeps-the-rest"),
        pytest.param({"b": 1, "a": 1}, 3, {"a": 2, "b": 1}, id="tie-goes-to-the-smaller-name"),
        pytest.param({"a": 4, "b": 0, "c": 0}, 4, {"a": 2, "b": 1, "c": 1}, id="nobody-is-left-out"),
        pytest.param({"a": 1, "b": 1, "c": 0}, 2, {"a": 1, "b": 1, "c": 0}, id="more-members-than-partitions"),
    ],
)
def test_partitions_are_spread_evenly_and_stay_where_they_are(
    held: dict[str, int], partition_count: int, quotas: dict[str, int]
) -> None:
    """What is left over stays with those that hold most."""
    assert {member: quota(member, held, partition_count) for member in held} == quotas


@given(st.dictionaries(st.text(), st.integers(0, 99), min_size=1), st.integers(1, 99))
def test_quotas_sum_to_the_partitions_and_differ_by_one_at_most(held: dict[str, int], partition_count: int) -> None:
    """Whatever is held now."""
    quotas = [quota(member, held, partition_count) for member in held]
    assert sum(quotas) == partition_count
    assert max(quotas) - min(quotas) <= 1


@pytest.mark.parametrize(
    ("waiting", "limit", "dealt"),
    [
        pytest.param({"a": 900, "b": 1, "c": 900}, 100, {"a": 50, "b": 1, "c": 49}, id="the-small-one-has-all"),
        pytest.param({"a": 900, "b": 1, "c": 900}, 2, {"a": 1, "b": 1}, id="first-in-turn"),
        pytest.param({"a": 3, "b": 0}, 9, {"a": 3}, id="nothing-waits"),
        pytest.param({}, 9, {}, id="nobody"),
    ],
)
def test_each_has_an_equal_share_of_the_limit(waiting: dict[str, int], limit: int, dealt: dict[str, int]) -> None:
    """What one does not need goes to the others."""
    assert deal(waiting, limit) == dealt


@given(st.dictionaries(st.text(), st.integers(0, 99)), st.integers(1, 300))
def test_the_limit_is_used_and_kept(waiting: dict[str, int], limit: int) -> None:
    """Nobody gives more than it has, and no room is left while something waits."""
    dealt = deal(waiting, limit)
    assert sum(dealt.values()) == min(limit, sum(waiting.values()))
    assert all(0 < count <= waiting[place] for place, count in dealt.items())
