"""Who gets how much when several want the same: partitions among members, room in an answer among partitions.

Pure functions that the adapters share, so that they treat members and partitions alike. Who is a member and
what waits is the adapters' matter.
"""

from collections.abc import Mapping
from typing import Protocol, Self, TypeVar

__all__ = ["deal", "quota"]


class _Comparable(Protocol):
    def __lt__(self, other: Self, /) -> bool: ...
    def __hash__(self) -> int: ...


_Member = TypeVar("_Member", bound=_Comparable)
_Place = TypeVar("_Place")


def quota(member: _Member, held: Mapping[_Member, int], partition_count: int) -> int:
    """How many partitions a member should hold.

    All get the same number, and what is left over goes one each to those that hold most already (ties: the
    smaller name), so that nothing moves without need. Every member finds the same quotas from the same view.

    Args:
        member: one of `held`.
        held: how many partitions each member holds now, those it is about to release included.
        partition_count: of the whole group.

    >>> [quota(member, {"a": 4, "b": 0, "c": 0}, 4) for member in "abc"]
    [2, 1, 1]
    >>> [quota(member, {"a": 1, "b": 2}, 3) for member in "ab"]
    [1, 2]
    """
    each, left_over = divmod(partition_count, len(held))
    ranked = sorted(held, key=lambda one: (-held[one], one))
    return each + (1 if ranked.index(member) < left_over else 0)


def deal(waiting: Mapping[_Place, int], limit: int) -> dict[_Place, int]:
    """How many each may give when all together may give `limit`; the first in order have the advantage.

    Args:
        waiting: how many each has to give, in order of turn.
        limit: at least 1.

    Returns:
        Only those that may give something, in order of turn. Nobody gets less than an equal share of the
        limit unless it has less.

    >>> deal({"a": 900, "b": 1, "c": 900}, 100)
    {'a': 50, 'b': 1, 'c': 49}
    >>> deal({"a": 900, "b": 1, "c": 900}, 2)
    {'a': 1, 'b': 1}
    """
    dealt: dict[_Place, int] = {}
    hungry = {place: count for place, count in waiting.items() if count > 0}
    while hungry and limit > 0:
        share = max(1, limit // len(hungry))
        for place, count in list(hungry.items()):
            given = min(share, count, limit)
            if given == 0:
                break
            dealt[place] = dealt.get(place, 0) + given
            limit -= given
            hungry[place] -= given
            if hungry[place] == 0:
                del hungry[place]
    return dealt
