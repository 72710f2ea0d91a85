"""Groups in PostgreSQL: who owns which partition is who holds its advisory lock.

A lock lives as long as its session, so a member that dies gives everything back by that. A member that lives and does
nothing (stopped, or hanging) keeps its session, though: hence the server ends it when it was not polled for the length
of a lease. All members hold one more lock together, and from the list of locks each sees who is there and who owns
what; nobody is in charge.
"""

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b

from eventlog.fair_share import quota
from eventlog.port import BrokenLogError, Group, Reassignment
from eventlog.postgres.session import BROKEN_ERRORS, Session, Sessions, close_session
from eventlog.postgres.statement import load_statement

__all__ = ["PostgresGroup"]

#: Second key of the lock that all members share; the others' are partition numbers, from 0.
_MEMBER = 2**31 - 1


class PostgresGroup(Group):
    """One membership, with a session of its own.

    Args:
        sessions: opens its session.
        name: of the group, and of this member within it. A session that joined under the same two is ended.
        partition_count: what the group spreads; all members must give the same.
        interval_ms: how often `poll` looks at the others, or tries to reach a server that is gone.
        lease_ms: a member that is not polled for so long loses its partitions.
    """

    def __init__(
        self,
        sessions: Sessions,
        name: tuple[str, str],
        *,
        partition_count: int,
        interval_ms: int,
        lease_ms: int,
    ) -> None:
        assert interval_ms < lease_ms, "a member that works must outlast its lease"
        group, instance = name
        self._sessions = sessions
        self._partition_count = partition_count
        self._interval_s = interval_ms / 1000
        self._lease_ms = lease_ms
        self._members = _lock_key("members", sessions.schema, group)
        self._instances = _lock_key("instances", sessions.schema, group)
        self._instance = _lock_key(instance)
        self._session: Session | None = None
        self._is_member = False
        self._was_member = False
        self._is_left = False
        self._next_look_s = time.monotonic()
        self._held: frozenset[int] = frozenset()  # what it was given and not told to give back
        self._revoked: frozenset[int] = frozenset()  # what it was told to give back, and has not released
        self._favourites: frozenset[int] = frozenset()  # what it had when it was last in the group

    def poll(self) -> Reassignment:
        """Give what changed; looks at the other members only when the interval has passed."""
        now_s = time.monotonic()
        if self._is_left or now_s < self._next_look_s:
            return Reassignment()
        self._next_look_s = now_s + self._interval_s
        try:
            return self._look()
        except (*BROKEN_ERRORS, BrokenLogError):
            lost = self._held
            self._favourites |= lost
            self._disconnect()
            return Reassignment(revoked=lost)

    def release(self, partitions: Iterable[int]) -> None:
        """Let others take revoked partitions."""
        released = self._revoked.intersection(partitions)
        if not released or self._session is None:
            return
        self._revoked -= released
        # A session that broke has given them back by that; the next `poll` will find it broken.
        with suppress(*BROKEN_ERRORS):
            self._session.execute(
                load_statement("release_partitions"),
                {"members": self._members, "partitions": sorted(released)},
            )

    def leave(self) -> None:
        """Give back everything and leave the group."""
        if self._session is not None:
            with suppress(*BROKEN_ERRORS):
                self._session.execute(load_statement("leave_group"))
        self._disconnect()
        self._is_left = True

    def _look(self) -> Reassignment:
        session = self._join()
        if session is None:
            return Reassignment()
        own_pid = session.info.backend_pid
        owners, held = self._see_group(session)
        wanted = quota(own_pid, held, self._partition_count)
        surplus = frozenset(self._least_wanted_last(self._held)[wanted:])
        room = max(0, wanted - held[own_pid])
        free = self._least_wanted_last(set(range(self._partition_count)).difference(owners))
        taken = self._take(session, free[:room])
        self._held = (self._held - surplus) | taken
        self._revoked |= surplus
        return Reassignment(revoked=surplus, assigned=taken)

    def _join(self) -> Session | None:
        """The session of the membership, or none while another session still has this instance's place."""
        if self._session is None:
            self._session = self._sessions.open()
            self._session.execute(load_statement("set_lease"), {"lease_ms": self._lease_ms})
        if self._is_member:
            return self._session
        place = {"instances": self._instances, "instance": self._instance}
        if not self._was_member:
            # A restarted process puts an end to what is left of the one before. Only once: of two living
            # processes with the same id the later one stays, and they do not throw each other out in turns.
            self._session.execute(load_statement("end_instance"), place)
            self._was_member = True
        joined = self._session.execute(
            load_statement("join_group"), {**place, "members": self._members, "member": _MEMBER}
        ).fetchone()
        self._is_member = joined == (True,)
        return self._session if self._is_member else None

    def _see_group(self, session: Session) -> tuple[dict[int, int], Counter[int]]:
        """Who owns each owned partition, and how many each member owns; a member is its session's pid."""
        owners: dict[int, int] = {}
        held: Counter[int] = Counter()
        for pid, number in session.execute(load_statement("see_group"), {"members": self._members}):
            if number == _MEMBER:
                held[pid] += 0
            else:
                owners[number] = pid
                held[pid] += 1
        return owners, held

    def _least_wanted_last(self, partitions: Iterable[int]) -> list[int]:
        return sorted(partitions, key=lambda number: (number not in self._favourites, number))

    def _take(self, session: Session, partitions: list[int]) -> frozenset[int]:
        """Lock what is still free of these; another member may have been quicker."""
        if not partitions:
            return frozenset()
        rows = session.execute(load_statement("take_partitions"), {"members": self._members, "partitions": partitions})
        return frozenset(number for number, is_taken in rows if is_taken)

    def _disconnect(self) -> None:
        close_session(self._session)
        self._session = None
        self._is_member = False
        self._held = frozenset()
        self._revoked = frozenset()


def _lock_key(*names: str) -> int:
    """A key for an advisory lock; that two names have the same is one chance in two thousand million."""
    digest = blake2b("\0".join(names).encode(), digest_size=4).digest()
    return int.from_bytes(digest) >> 1  # never negative: the server shows keys without their sign
