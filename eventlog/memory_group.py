"""Groups of the log in memory: who owns which partition, among the members of one process."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from eventlog.fair_share import quota
from eventlog.port import Group, Reassignment

__all__ = ["Coordinator", "MemoryGroup"]


class Coordinator:
    """The state that the members of one group share.

    Args:
        owners: who owns each partition, by its number; `None` is nobody.
    """

    def __init__(self, owners: list[MemoryGroup | None]) -> None:
        self.lock = threading.RLock()  # guards all of it, and the members too
        self.owners = owners
        self.members: dict[str, MemoryGroup] = {}

    @property
    def partition_count(self) -> int:
        """How many partitions the group spreads."""
        return len(self.owners)

    def owned_by(self, member: MemoryGroup) -> frozenset[int]:
        """What the member owns for others, with what it was told to give back and has not released."""
        return frozenset(number for number, owner in enumerate(self.owners) if owner is member)

    def free(self) -> list[int]:
        """What nobody owns, ascending."""
        return [number for number, owner in enumerate(self.owners) if owner is None]

    def quota_of(self, member: MemoryGroup) -> int:
        """How many partitions the member should own."""
        held = {name: len(self.owned_by(other)) for name, other in self.members.items()}
        return quota(member.instance, held, self.partition_count)


class MemoryGroup(Group):
    """One membership. Creating it joins the group, and throws out a member of the same instance id."""

    def __init__(self, coordinator: Coordinator, instance: str) -> None:
        self.instance = instance
        self._coordinator = coordinator
        self._held: frozenset[int] = frozenset()  # what it was given and not told to give back
        self._is_left = False
        with coordinator.lock:
            if before := coordinator.members.get(instance):
                before.evict()
            coordinator.members[instance] = self

    def poll(self) -> Reassignment:
        """Give what changed; an evicted member loses everything first, and is a member again after that."""
        with self._coordinator.lock:
            if self._is_left:
                return Reassignment()
            if self._coordinator.members.setdefault(self.instance, self) is not self or self._is_evicted():
                revoked, self._held = self._held, frozenset()
                return Reassignment(revoked=revoked)
            wanted = self._coordinator.quota_of(self)
            surplus = frozenset(sorted(self._held)[wanted:])
            room = max(0, wanted - len(self._coordinator.owned_by(self)))
            assigned = frozenset(self._coordinator.free()[:room])
            for number in assigned:
                self._coordinator.owners[number] = self
            self._held = (self._held - surplus) | assigned
            return Reassignment(revoked=surplus, assigned=assigned)

    def _is_evicted(self) -> bool:
        return not self._held <= self._coordinator.owned_by(self)

    def release(self, partitions: Iterable[int]) -> None:
        """Let others take revoked partitions."""
        with self._coordinator.lock:
            revoked = self._coordinator.owned_by(self) - self._held
            for number in revoked.intersection(partitions):
                self._coordinator.owners[number] = None

    def leave(self) -> None:
        """Give back everything and leave the group."""
        self.evict()
        self._is_left = True

    def evict(self) -> None:
        """Take everything from this member without telling it, as when its process died or is silent.

        If it is polled again, it hears that everything was revoked, and is a member again.
        """
        with self._coordinator.lock:
            for number in self._coordinator.owned_by(self):
                self._coordinator.owners[number] = None
            if self._coordinator.members.get(self.instance) is self:
                del self._coordinator.members[self.instance]
