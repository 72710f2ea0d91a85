"""What every log promises to the members of a group."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from eventlog.port import Log
from tests.contract.eventlog.drive import LIMIT_S, Member, settle
from tests.waiting import wait_until

#: Ends a member as if its process had died: nobody leaves, nobody releases.
Crash = Callable[[Member], None]
Join = Callable[[str], Member]


class GroupContract:
    """Who owns which partition."""

    @pytest.fixture
    def join(self, log: Log) -> Iterator[Join]:
        """Joins this test's group of four partitions under an instance id."""
        name = f"group-{uuid4().hex}"
        with ExitStack() as members:
            yield lambda instance: Member(members.enter_context(log.group(name, instance=instance, partition_count=4)))

    def test_the_only_member_gets_everything(self, join: Join) -> None:
        """And hears of it once."""
        alone = join("a")
        settle({"a": alone}, [4])
        assert alone.owned == {0, 1, 2, 3}
        alone.step()

    def test_a_second_member_gets_half(self, join: Join) -> None:
        """The first keeps two of its own, and nothing is ever owned by both."""
        members = {"a": join("a")}
        settle(members, [4])
        members["b"] = join("b")
        settle(members, [2, 2])
        assert members["a"].owned | members["b"].owned == {0, 1, 2, 3}

    def test_a_revoked_partition_is_not_given_away_before_it_is_released(self, join: Join) -> None:
        """The first member still works on it, so nobody else may."""
        one = join("a")
        settle({"a": one}, [4])
        two = join("b")

        def is_revoked() -> bool:
            one.step(is_releasing=False)
            two.step()
            return bool(one.revoked)

        wait_until(is_revoked, limit_s=LIMIT_S, what="half is revoked")
        for _ in range(5):
            one.step(is_releasing=False)
            two.step()
        assert (len(one.owned), len(one.revoked), two.owned) == (4, 2, set())
        settle({"a": one, "b": two}, [2, 2])

    def test_three_members_share_four_partitions(self, join: Join) -> None:
        """Nobody is left without while another has more than one above the least."""
        members = {"a": join("a")}
        settle(members, [4])
        members |= {name: join(name) for name in "bc"}
        settle(members, [1, 1, 2])

    def test_more_members_than_partitions(self, join: Join) -> None:
        """One each; the fifth waits, and takes over when another leaves."""
        members = {name: join(name) for name in "abcde"}
        settle(members, [0, 1, 1, 1, 1])
        leaving = next(name for name, member in members.items() if member.owned)
        members.pop(leaving).group.leave()
        settle(members, [1, 1, 1, 1])

    def test_what_a_leaving_member_had_goes_to_the_others(self, join: Join) -> None:
        """At once, without a release; the others keep what they had. Leaving twice is harmless."""
        one, two = join("a"), join("b")
        settle({"a": one, "b": two}, [2, 2])
        kept = frozenset(two.owned)
        one.group.leave()
        one.group.leave()
        settle({"b": two}, [4])
        assert two.owned > kept

    def test_members_keep_what_they_have_when_another_joins(self, join: Join) -> None:
        """Only what the newcomer gets moves."""
        members = {name: join(name) for name in "ab"}
        settle(members, [2, 2])
        before = {name: frozenset(member.owned) for name, member in members.items()}
        members["c"] = join("c")
        settle(members, [1, 1, 2])
        assert all(members[name].owned <= before[name] for name in "ab")

    def test_a_crashed_member_frees_its_partitions(self, join: Join, crash: Crash) -> None:
        """Nobody left and nobody released; the others own everything after a while."""
        one, two = join("a"), join("b")
        settle({"a": one, "b": two}, [2, 2])
        crash(one)
        settle({"b": two}, [4])

    def test_a_member_that_the_group_lost_hears_it_and_joins_again(self, join: Join, crash: Crash) -> None:
        """Its first news is that all is revoked; then it gets its share."""
        one, two = join("a"), join("b")
        settle({"a": one, "b": two}, [2, 2])
        crash(one)

        def has_heard() -> bool:
            one.step(is_releasing=False)
            return one.revoked == one.owned

        wait_until(has_heard, limit_s=LIMIT_S, what="everything is revoked")
        one.owned.clear()
        one.revoked.clear()
        settle({"a": one, "b": two}, [2, 2])

    def test_a_restarted_process_takes_the_place_of_the_one_before(self, join: Join) -> None:
        """Under the same instance id the old membership ends; it is given nothing while the new one lives."""
        old = join("a")
        settle({"a": old}, [4])
        new = join("a")
        settle({"a": new}, [4])

        def has_nothing() -> bool:
            old.step()
            return not old.owned

        wait_until(has_nothing, limit_s=LIMIT_S, what="the old membership hears that it has nothing")
        for _ in range(5):
            old.step()
            new.step()
        assert (old.owned, new.owned) == (set(), {0, 1, 2, 3})

    def test_groups_do_not_know_each_other(self, log: Log, join: Join) -> None:
        """Two groups own the same partitions, each for its own work."""
        one = join("a")
        with log.group(f"group-{uuid4().hex}", instance="a", partition_count=4) as other:
            settle({"a": one}, [4])
            settle({"a": Member(other)}, [4])

    def test_releasing_what_was_not_revoked_changes_nothing(self, join: Join) -> None:
        """A member cannot give away by mistake what it works on."""
        one, two = join("a"), join("b")
        settle({"a": one, "b": two}, [2, 2])
        one.group.release([0, 1, 2, 3])
        for _ in range(5):
            one.step()
            two.step()
        assert (len(one.owned), len(two.owned)) == (2, 2)
