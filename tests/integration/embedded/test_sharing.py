"""Several processes use one embedded PostgreSQL: who starts it, who finds it, who stops it."""

import signal
import subprocess
import threading
from pathlib import Path

import psycopg

from services.embedded.binaries import PostgresBinaries
from services.embedded.postgres import EmbeddedPostgres
from tests.integration.embedded.conftest import StartOwner
from tests.waiting import wait_until


def _role(process: subprocess.Popen[str]) -> str:
    """What the process says it is, once the server answers it."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _end(process: subprocess.Popen[str]) -> int:
    """Let the process end in the ordinary way; its exit code."""
    assert process.stdin is not None
    process.stdin.close()
    return process.wait(timeout=60)


def test_a_server_whose_owner_was_killed_is_found_and_used_on(
    used_state_dir: Path, binaries: PostgresBinaries, start_owner: StartOwner
) -> None:
    """After kill -9 the next Kopilka takes over the same server, with its data, and stops it in the end."""
    owner = start_owner()
    assert _role(owner) == "owner"
    server = EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False)
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE note AS SELECT 7 AS value")
    started = server.cluster.pid
    owner.kill()
    assert owner.wait(timeout=10) == -signal.SIGKILL

    with server:
        assert server.cluster.pid == started
        assert server.is_owner
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT value FROM note").fetchone() == (7,)
    assert not server.is_running()


def test_a_second_process_uses_the_server_and_leaves_it_running(
    used_state_dir: Path, binaries: PostgresBinaries, start_owner: StartOwner
) -> None:
    """Only the owner's end is the server's end."""
    owner = start_owner()
    assert _role(owner) == "owner"
    with EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False) as guest:
        assert not guest.is_owner
    assert guest.is_running()
    assert _end(owner) == 0
    assert not guest.is_running()


def test_the_death_of_a_guest_changes_nothing(start_owner: StartOwner, used_state_dir: Path) -> None:
    """A worker that is killed takes no database with it."""
    owner = start_owner()
    assert _role(owner) == "owner"
    guest = start_owner()
    assert _role(guest) == "guest"
    guest.kill()
    guest.wait(timeout=10)
    assert EmbeddedPostgres(used_state_dir).is_running()
    assert _end(owner) == 0


def test_processes_that_start_at_once_get_one_server(start_owner: StartOwner) -> None:
    """Of four that find an empty folder one makes the data and starts the server; the others use it."""
    processes = [start_owner() for _ in range(4)]
    roles = sorted(_role(process) for process in processes)
    assert roles == ["guest", "guest", "guest", "owner"]
    assert [_end(process) for process in processes] == [0, 0, 0, 0]


def test_a_start_during_a_stop_gets_a_server_that_stays(used_state_dir: Path, binaries: PostgresBinaries) -> None:
    """Nobody is handed a server that is about to go away."""
    first = EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False)
    second = EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False)
    first.start()
    stopping = threading.Thread(target=first.stop)
    stopping.start()
    second.start()
    stopping.join(timeout=60)
    if second.is_owner:
        assert second.is_running()
        second.stop()
    else:
        # It came before the stop, and saw its server end in the ordinary way.
        assert not second.is_running()


def test_a_late_stop_does_not_end_anothers_server(used_state_dir: Path, binaries: PostgresBinaries) -> None:
    """Who owned a server that crashed has no say over the one that another process started after it."""
    first = EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False)
    second = EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False)
    first.start()
    EmbeddedPostgres(used_state_dir).stop_immediate()
    with second:
        assert second.is_owner
        first.stop()
        assert first.exit_code == 0
        assert second.is_running()


def test_the_server_outlives_the_lock_holder_only_while_it_lives(
    used_state_dir: Path, binaries: PostgresBinaries, start_owner: StartOwner
) -> None:
    """Owner killed, then server killed: the next start makes a new one on the same data."""
    owner = start_owner()
    assert _role(owner) == "owner"
    server = EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False)
    killed = server.cluster.pid
    owner.kill()
    owner.wait(timeout=10)
    server.stop_immediate()
    wait_until(lambda: not server.is_running(), limit_s=10, what="the server is gone")
    with server:
        assert server.is_owner
        assert server.cluster.pid != killed
