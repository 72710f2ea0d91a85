"""The relay process: carries messages of the journal partitions that its group gives it."""

from __future__ import annotations

import time
from typing import Final

from eventlog.port import BrokenLogError, Group
from eventlog.relay import Relay
from services.process.lifetime import Pause
from services.process.relay_position import RelayPositions
from services.process.site import Site
from services.telemetry.metric import RelayMetrics, journal_lags

__all__ = ["GROUP", "RelayMember", "run_relay"]

#: Name of the group over which partitions are spread.
GROUP: Final = "kopilka-relay"
_STEP_WAIT_MS: Final = 50
#: Positions go to their files this often: what lies between is repeated after a crash.
_STORE_INTERVAL_S: Final = 0.5
_LAG_INTERVAL_S: Final = 5.0


class RelayMember:
    """A relay that follows its group: of other partitions it is made anew, from the positions kept.

    Two relays on one partition are harmless: receivers know a repeat by its number.
    """

    def __init__(self, site: Site, positions: RelayPositions) -> None:
        """Join the group.

        Raises:
            BrokenLogError: when the log cannot be reached.
        """
        self._log = site.log
        self._kept = positions
        self._group: Group = site.log.group(
            GROUP, instance=site.settings.worker_id, partition_count=site.settings.partitions
        )
        self._held: set[int] = set()
        self._relay: Relay | None = None
        self._next_store_s = 0.0

    @property
    def held(self) -> list[int]:
        """The partitions it relays, sorted."""
        return sorted(self._held)

    @property
    def in_flight(self) -> int:
        """How many messages are not yet acknowledged."""
        return 0 if self._relay is None else self._relay.in_flight

    def lags(self) -> dict[int, int]:
        """Give how many journal offsets lie before it, per partition.

        Raises:
            BrokenLogError: when the log cannot be asked.
        """
        positions = {} if self._relay is None else self._relay.positions
        return journal_lags(self._log, {partition: one.next_offset for partition, one in positions.items()})

    def is_at_end(self) -> bool:
        """Tell whether everything in the journals was read and every message acknowledged."""
        return self._relay is not None and self._relay.is_at_end()

    def step(self, *, wait_ms: int) -> int:
        """Take assignments, relay what came, and keep the positions; give how many messages were sent.

        Raises:
            BrokenLogError: when the log does not work just now; stepping again goes on.
            JournalReplacedError: when the journal is not the one that the positions were made from.
        """
        change = self._group.poll()
        wanted = (self._held - change.revoked) | change.assigned
        if wanted != self._held or (wanted and self._relay is None):
            self._open(wanted)
        if change.revoked:
            self._group.release(change.revoked)
        if self._relay is None:
            return 0
        sent = self._relay.step(wait_ms=wait_ms)
        if time.monotonic() >= self._next_store_s:
            self.store()
        return sent

    def _open(self, wanted: set[int]) -> None:
        self._close_relay()
        self._held = wanted
        if wanted:
            self._relay = Relay(self._log, self._kept.load(sorted(wanted)))

    def store(self) -> None:
        """Keep the positions before which every message is acknowledged."""
        self._next_store_s = time.monotonic() + _STORE_INTERVAL_S
        if self._relay is not None:
            self._kept.store(self._relay.positions)

    def _close_relay(self) -> None:
        if self._relay is not None:
            self.store()
            self._relay.close()
            self._relay = None

    def close(self) -> None:
        """Stop, and leave the group."""
        self._close_relay()
        self._group.leave()


def run_relay(site: Site) -> None:
    """Relay until the lifetime is over.

    Raises:
        JournalReplacedError: when the journal is not the one that the positions were made from.
    """
    metrics = RelayMetrics(site.registry)
    pause = Pause(site.lifetime)
    relay = RelayMember(site, RelayPositions(site.settings.folder / "relay"))
    next_lag_s = 0.0
    try:
        while not site.lifetime.is_over():
            try:
                sent = relay.step(wait_ms=_STEP_WAIT_MS)
                metrics.observe(sent, relay.in_flight)
                if time.monotonic() >= next_lag_s:
                    next_lag_s = time.monotonic() + _LAG_INTERVAL_S
                    metrics.observe_lags(relay.lags())
                report = {"partitions": relay.held, "in_flight": relay.in_flight}
                site.health.beat(is_ready=bool(relay.held), report=report)
            except BrokenLogError as error:
                site.logger.warning("log_broken", text=str(error))
                site.health.beat(is_ready=False, report={"waiting_for": str(error)})
                pause.take()
            else:
                pause.reset()
                if not relay.held:
                    site.lifetime.wait(_STEP_WAIT_MS / 1000)
        _finish(site, relay)
    finally:
        relay.close()


def _finish(site: Site, relay: RelayMember) -> None:
    """Send what the workers wrote before they stopped, so that nothing waits for the next start."""
    deadline_s = time.monotonic() + site.settings.drain_limit_s
    while relay.held and not relay.is_at_end() and time.monotonic() < deadline_s:
        try:
            relay.step(wait_ms=_STEP_WAIT_MS)
        except BrokenLogError:
            return
