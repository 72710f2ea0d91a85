"""A child process of the supervisor: started, ended in order, started again after a crash."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from services.failure import ExitCode

__all__ = ["Child"]

#: First wait before a crashed child is started again, doubled each time up to the second.
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
#: A child that ran so long and crashes then is started again at once.
_LASTING_S: Final = 60.0
_POLL_S: Final = 0.05


class Child:
    """One command of `kopilka` in a process of its own, which ends with this one, however that ends."""

    def __init__(
        self, name: str, environment: Mapping[str, str], logger: FilteringBoundLogger, output: Path | None = None
    ) -> None:
        """Take what it is started with; `output` takes what it says, in place of this process's own."""
        self.name = name
        self._output = output
        self._environment = dict(environment)
        self._logger = logger
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._wait_s = _FIRST_WAIT_S
        self._next_start_s = 0.0
        #: Whether it ended in a way that a start does not mend.
        self.is_given_up = False

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        return None if self._process is None else self._process.pid

    def look(self) -> None:
        """Start it if it does not run and may; note that it ended if it did."""
        if self._process is None:
            if not self.is_given_up and time.monotonic() >= self._next_start_s:
                self._start()
            return
        code = self._process.poll()
        if code is not None:
            self._take_end(code)

    def _start(self) -> None:
        with nullcontext() if self._output is None else self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.cli.main", self.name, "--with-parent"],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                # Ctrl-C goes to every process of the terminal; the order of stopping is the supervisor's.
                start_new_session=True,
            )
        self._started_s = time.monotonic()
        self._logger.info("child_started", child=self.name, pid=self._process.pid)

    def _take_end(self, code: int) -> None:
        self._forget()
        if code in (ExitCode.NEEDS_PERSON, ExitCode.USAGE):
            self.is_given_up = True
            self._logger.error("child_given_up", child=self.name, exit_code=code)
            return
        if time.monotonic() - self._started_s > _LASTING_S:
            self._wait_s = _FIRST_WAIT_S
        self._next_start_s = time.monotonic() + self._wait_s
        self._logger.warning("child_ended", child=self.name, exit_code=code, next_start_in_s=self._wait_s)
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)

    def stop(self, *, limit_s: float) -> bool:
        """End it by SIGTERM and wait; past the limit kill it. Tell whether it ended by itself."""
        process = self._process
        if process is None:
            return True
        process.send_signal(signal.SIGTERM)
        deadline_s = time.monotonic() + limit_s
        while process.poll() is None and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
        is_ended = process.poll() is not None
        if not is_ended:
            process.kill()
            process.wait()
        self._logger.info("child_stopped", child=self.name, exit_code=process.returncode)
        self._forget()
        return is_ended

    def _forget(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            with suppress(BrokenPipeError):
                process.stdin.close()
