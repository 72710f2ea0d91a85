"""A member that lives and does nothing, as a stopped process does, must not keep its partitions for ever."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from eventlog.postgres.log import PostgresLog
from tests.contract.eventlog.drive import LIMIT_S, Member, settle
from tests.waiting import wait_until

_LEASE_MS = 500


@pytest.fixture
def members(database_url: str) -> Iterator[dict[str, Member]]:
    """Two members, with two of the four partitions each."""
    with ExitStack() as stack:
        log = stack.enter_context(PostgresLog(database_url, group_interval_ms=0, group_lease_ms=_LEASE_MS))
        members = {name: Member(stack.enter_context(log.group("g", instance=name, partition_count=4))) for name in "ab"}
        settle(members, [2, 2])
        yield members


def test_a_member_that_is_not_polled_loses_everything(members: dict[str, Member]) -> None:
    """Its session is open all the while; the other one owns all after the lease."""
    settle({"b": members["b"]}, [4])


def test_a_member_that_wakes_up_hears_that_it_has_nothing(members: dict[str, Member]) -> None:
    """Before it is given anything; then it gets its share, and nothing is owned twice."""
    sleeper = members["a"]
    settle({"b": members["b"]}, [4])
    sleeper.step(is_releasing=False)
    assert sleeper.revoked == sleeper.owned
    sleeper.owned.clear()
    sleeper.revoked.clear()
    settle(members, [2, 2])


def test_members_that_are_polled_outlast_the_lease(members: dict[str, Member]) -> None:
    """Twice its length passes, and each has what it had."""
    before = {name: frozenset(member.owned) for name, member in members.items()}
    ends_s = time.monotonic() + 2 * _LEASE_MS / 1000

    def has_outlasted() -> bool:
        for member in members.values():
            member.step()
        return time.monotonic() > ends_s

    wait_until(has_outlasted, limit_s=LIMIT_S, what="two leases have passed")
    assert {name: frozenset(member.owned) for name, member in members.items()} == before
