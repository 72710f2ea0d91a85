"""One real `kopilka` process of a test: started, killed, stopped in its tracks and woken, always gone in the end."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.waiting import wait_until

__all__ = ["KOPILKA", "Program", "read_tail"]

#: The command that an installation has.
KOPILKA: Final = Path(sys.executable).with_name("kopilka")
_END_LIMIT_S: Final = 40.0
#: Of each process's output, when a test fails.
_TAIL_LINES: Final = 25


class Program:
    """A `kopilka` process that runs until it is ended; at the end of the `with` block by SIGKILL, if nothing else did.

    Args:
        arguments: Of the command line.
        environment: The whole of it.
        output: Takes what it writes; added to, so that several lives of one process stand in one file.
    """

    def __init__(self, arguments: list[str], environment: Mapping[str, str], output: Path) -> None:
        self.name = output.stem
        with output.open("ab") as file:
            self._process = subprocess.Popen(
                [KOPILKA, *arguments],
                env=dict(environment),
                cwd=output.parent,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for the tests, which then end it themselves.
                start_new_session=True,
            )

    def is_running(self) -> bool:
        """Whether it has not ended; also true while it is paused."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it by SIGKILL: it can do nothing more, not even tell anybody.

        Raises:
            AssertionError: It had ended by itself before; then this was no fault of the test's making.
        """
        assert self.is_running(), f"{self.name} ended by itself, with {self._process.returncode}"
        self._process.kill()
        self._process.wait(_END_LIMIT_S)

    def pause(self) -> None:
        """Stop it in its tracks by SIGSTOP; its connections stay open. Returns when it stands still."""
        os.kill(self._process.pid, signal.SIGSTOP)
        wait_until(self._is_standing_still, limit_s=_END_LIMIT_S, what=f"{self.name} stands still")

    def _is_standing_still(self) -> bool:
        status = Path(f"/proc/{self._process.pid}/stat").read_text()
        # The name, in brackets, may hold anything; the state comes right behind it.
        return status.rpartition(")")[2].split()[0] == "T"

    def wake(self) -> None:
        """Let it go on after `pause`, by SIGCONT."""
        os.kill(self._process.pid, signal.SIGCONT)

    def stop(self) -> int:
        """End it in order, by SIGTERM; give its exit code."""
        self._process.terminate()
        return self._process.wait(_END_LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_running():
            self._process.kill()
            self._process.wait(_END_LIMIT_S)


def read_tail(output: Path) -> str:
    """Give the end of what a process wrote."""
    lines = output.read_text(errors="replace").splitlines()
    return "\n".join([f"--- {output.name}, the last of {len(lines)} lines", *lines[-_TAIL_LINES:]])
