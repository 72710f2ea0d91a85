"""How the suite drives a log: writing and waiting for deliveries, reading to the end, members that obey."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eventlog.port import (
    BrokenLogError,
    Delivery,
    EndReached,
    Group,
    OffsetLost,
    Reader,
    Record,
    StoredRecord,
    TopicPartition,
    Writer,
)
from tests.waiting import wait_until

#: Generous: only a failure takes it.
LIMIT_S = 30.0
LIMIT_MS = 30_000

Item = StoredRecord | EndReached | OffsetLost


def records(*values: str) -> list[Record]:
    """Records with these values, each its own key."""
    return [Record(value.encode(), value.encode()) for value in values]


def write(writer: Writer, place: TopicPartition, written: Sequence[Record], *, first_tag: int = 1) -> list[Delivery]:
    """Send the records and give their deliveries."""
    writer.send(place.topic, place.partition, written, first_tag=first_tag)
    return list(writer.flush(limit_ms=LIMIT_MS))


def offsets(deliveries: Iterable[Delivery]) -> list[int]:
    """The offsets of deliveries that all must have succeeded."""
    found: list[int] = []
    for delivery in deliveries:
        assert delivery.error is None, delivery
        assert delivery.offset is not None
        found.append(delivery.offset)
    return found


def read_until(reader: Reader, is_enough: Callable[[list[Item]], bool], *, limit: int = 500) -> list[Item]:
    """Poll until what came is enough, and give it all; a broken log is polled again."""
    found: list[Item] = []

    def has_enough() -> bool:
        try:
            found.extend(reader.poll(limit=limit, wait_ms=50))
        except BrokenLogError:
            return False
        return is_enough(found)

    wait_until(has_enough, limit_s=LIMIT_S, what="the reader gives all it should")
    return found


def read_to_end(reader: Reader, *places: TopicPartition, limit: int = 500) -> list[StoredRecord]:
    """Poll until the end of each of these was told, and give the records."""
    found = read_until(reader, lambda items: set(ends(items)) >= set(places), limit=limit)
    lost = [item for item in found if isinstance(item, OffsetLost)]
    assert not lost
    return only_records(found)


def only_records(items: Iterable[Item]) -> list[StoredRecord]:
    """The records among what a reader gave."""
    return [item for item in items if isinstance(item, StoredRecord)]


def ends(items: Iterable[Item]) -> list[TopicPartition]:
    """The partitions whose end was told, as often as it was."""
    return [TopicPartition(item.topic, item.partition) for item in items if isinstance(item, EndReached)]


def values(items: Iterable[Item], place: TopicPartition | None = None) -> list[str]:
    """The records' values, of one partition or of all."""
    return [
        (item.value or b"").decode()
        for item in only_records(items)
        if place in (None, TopicPartition(item.topic, item.partition))
    ]


def assert_quiet(reader: Reader) -> None:
    """Nothing comes, not even another end."""
    assert [item for _ in range(5) for item in reader.poll(limit=10, wait_ms=20)] == []


@dataclass(slots=True)
class Member:
    """A member that works on what it is assigned, and releases what is revoked when it is asked to."""

    group: Group
    owned: set[int] = field(default_factory=set)
    revoked: set[int] = field(default_factory=set)

    def step(self, *, is_releasing: bool = True) -> None:
        """Ask the group what changed, and obey."""
        change = self.group.poll()
        assert not change.assigned & self.owned, "assigned what it has"
        assert change.revoked <= self.owned - self.revoked, "revoked what it has not, or twice"
        self.owned |= change.assigned
        self.revoked |= change.revoked
        if is_releasing and self.revoked:
            self.group.release(self.revoked)
            self.owned -= self.revoked
            self.revoked.clear()


def settle(members: Mapping[str, Member], sizes: Sequence[int]) -> None:
    """Let the members obey until they own so many each, in any order; at no time is one partition owned twice."""

    def is_settled() -> bool:
        for member in members.values():
            member.step()
            owned = [number for one in members.values() for number in one.owned]
            assert len(owned) == len(set(owned)), f"owned twice: {sorted(owned)}"
        return sorted(len(member.owned) for member in members.values()) == sorted(sizes)

    wait_until(is_settled, limit_s=LIMIT_S, what=f"the members own {sorted(sizes)}")
