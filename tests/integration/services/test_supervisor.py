"""`kopilka up` runs everything, starts what crashed again, and stops it all in order; nothing is left behind."""

import json
import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.integration.program import Program
from tests.integration.services.played import Played, call
from tests.postgres import short_state_dir
from tests.waiting import wait_until

CHILDREN = {"worker", "relay", "projector", "segmenter", "api"}


class Up:
    """A running `kopilka up` with its log lines."""

    def __init__(self, program: Program, output: Path, environment: dict[str, str]) -> None:
        self.program = program
        self.output = output
        self.environment = environment

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The supervisor's own lines of one event."""
        found = []
        for line in self.output.read_text().splitlines():
            with suppress(json.JSONDecodeError):
                data = json.loads(line)
                if data.get("process") == "up" and data.get("event") == event:
                    found.append(data)
        return found

    def pids(self) -> dict[str, int]:
        """The newest process id of each child."""
        return {line["child"]: line["pid"] for line in self.lines("child_started")}

    def ready(self, path: str) -> bool:
        """Whether the API or a monitoring port says that it is ready."""
        try:
            with urllib.request.urlopen(path, timeout=2) as answer:  # noqa: S310 (this machine's own port)
                return bool(answer.status == 200)
        except OSError:
            return False

    def api(self) -> str:
        """Where the API's readiness is asked."""
        return f"http://127.0.0.1:{self.environment['KOPILKA_API_PORT']}/readyz"

    def worker(self) -> str:
        """Where the worker's readiness is asked."""
        return f"http://127.0.0.1:{int(self.environment['KOPILKA_MONITOR_PORT']) + 1}/readyz"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def up(newest_database_url: str, played: Played) -> Iterator[Up]:
    """Everything running on a database of its own."""
    with ExitStack() as cleanup:
        folder = cleanup.enter_context(short_state_dir())
        environment = played.environment | {
            "KOPILKA_DATABASE_URL": newest_database_url,
            "KOPILKA_STATE_DIR": str(folder / "state"),
            "KOPILKA_API_PORT": str(_free_port()),
            "KOPILKA_MONITOR_PORT": str(_free_port() - 1),
        }
        output = folder / "up.log"
        program = cleanup.enter_context(Program(["up", "--json"], environment, output))
        running = Up(program, output, environment)
        wait_until(lambda: running.ready(running.api()), limit_s=60, what="the API is ready")
        wait_until(lambda: running.ready(running.worker()), limit_s=60, what="the worker owns its partitions")
        yield running


def test_a_crashed_child_is_started_again_and_all_stop_in_order(up: Up) -> None:
    """The worker is killed, and comes back; SIGTERM ends everything with code 0."""
    assert up.pids().keys() == CHILDREN
    first = up.pids()["worker"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: up.pids()["worker"] != first, limit_s=30, what="the worker is started again")
    wait_until(lambda: up.ready(up.worker()), limit_s=60, what="the new worker owns its partitions")
    assert up.lines("child_ended")[0]["exit_code"] == -signal.SIGKILL
    assert call(up.environment, "doctor", "verify").exit_code == 0
    pids = up.pids().values()
    assert up.program.stop() == 0
    stopped = [line["child"] for line in up.lines("child_stopped")]
    assert stopped == ["segmenter", "worker", "relay", "projector", "api"]
    assert [line["exit_code"] for line in up.lines("child_stopped")] == [0] * 5
    assert not any(_is_running(pid) for pid in pids)


def test_children_end_with_a_killed_supervisor(up: Up) -> None:
    """However it dies: they see the end of their input."""
    pids = up.pids().values()
    up.program.kill()
    wait_until(lambda: not any(_is_running(pid) for pid in pids), limit_s=60, what="no child is left")


def test_a_second_one_on_the_same_folder_is_refused(up: Up) -> None:
    """In words."""
    answer = call(up.environment, "up")
    assert answer.exit_code == 1
    assert "runs on" in answer.errors
    assert "KOPILKA_STATE_DIR" in answer.errors


def test_another_number_of_partitions_is_refused(played: Played, tmp_path: Path) -> None:
    """Before anything is started."""
    environment = played.environment | {"KOPILKA_PARTITIONS": "8", "KOPILKA_STATE_DIR": str(tmp_path)}
    answer = call(environment, "up")
    assert answer.exit_code == 3
    assert "KOPILKA_PARTITIONS is 8; set it to 4" in answer.errors


def _is_running(pid: int) -> bool:
    try:
        # A child that ended and was not waited for, because its parent was killed, is a zombie until init takes it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
