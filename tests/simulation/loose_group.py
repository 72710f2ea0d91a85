"""A group that keeps no promise: it gives a partition to whom the simulation wants, to two members at once too.

Ownership is proved by claims alone, so nothing may depend on what a group says.
"""

from __future__ import annotations

from collections.abc import Iterable

from eventlog.port import Group, Reassignment

__all__ = ["Assignment", "LooseGroup"]


class Assignment:
    """Who is told to own what."""

    def __init__(self) -> None:
        self.wanted: dict[str, set[int]] = {}

    def give(self, instance: str, partition: int) -> None:
        """Give a partition to a member; others keep it as long as `take` does not take it from them."""
        self.wanted.setdefault(instance, set()).add(partition)

    def take(self, instance: str, partition: int) -> None:
        """Take a partition from a member."""
        self.wanted.setdefault(instance, set()).discard(partition)


class LooseGroup(Group):
    """One membership."""

    def __init__(self, assignment: Assignment, instance: str) -> None:
        self._assignment = assignment
        self._instance = instance
        self._told: frozenset[int] = frozenset()

    def poll(self) -> Reassignment:
        """Give what changed."""
        wanted = frozenset(self._assignment.wanted.get(self._instance, ()))
        change = Reassignment(revoked=self._told - wanted, assigned=wanted - self._told)
        self._told = wanted
        return change

    def release(self, partitions: Iterable[int]) -> None:
        """Others were not kept waiting."""

    def leave(self) -> None:
        """Be told nothing any more."""
        self._told = frozenset()
