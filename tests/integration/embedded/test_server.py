"""The embedded PostgreSQL starts, keeps its data, and stops, on every version."""

import os
import pwd
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from services.embedded.account import make_private_folder, server_account
from services.embedded.binaries import PostgresBinaries
from services.embedded.postgres import EmbeddedPostgres
from tests.waiting import wait_until


def _ask(server: EmbeddedPostgres, question: bytes) -> str:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return str(row[0])


def _note(server: EmbeddedPostgres, value: int) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (value bigint)")
        connection.execute("INSERT INTO note VALUES (%s)", [value])


def _noted(server: EmbeddedPostgres) -> str:
    return _ask(server, b"SELECT string_agg(value::text, ',' ORDER BY value) FROM note")


def test_a_server_starts_answers_and_stops_with_exit_code_0(state_dir: Path, every_binaries: PostgresBinaries) -> None:
    """The life of a server as a command sees it; the database is there at once."""
    server = EmbeddedPostgres(state_dir, binaries=every_binaries, is_durable=False)
    assert not server.is_running()
    with server:
        assert server.is_running()
        assert server.is_owner
        assert _ask(server, b"SELECT current_database()") == "kopilka"
        assert int(_ask(server, b"SHOW server_version_num")) // 10_000 == every_binaries.version
    assert not server.is_running()
    assert server.exit_code == 0
    assert server.cluster.pid is None


def test_data_outlives_a_restart(every_server: EmbeddedPostgres) -> None:
    """A restart gives a new process on the same data."""
    _note(every_server, 1)
    before = every_server.cluster.pid
    every_server.restart()
    assert every_server.cluster.pid != before
    assert _noted(every_server) == "1"


def test_an_immediate_stop_loses_nothing_that_was_committed(every_server: EmbeddedPostgres) -> None:
    """The next start replays the log."""
    _note(every_server, 1)
    every_server.stop_immediate()
    assert not every_server.is_running()
    every_server.start()
    _note(every_server, 2)
    assert _noted(every_server) == "1,2"
    assert "was not properly shut down" in every_server.cluster.log.read_text(encoding="utf-8")


def test_commits_are_durable_unless_a_test_asked_otherwise(every_server: EmbeddedPostgres) -> None:
    """The settings that save time never reach a user's server."""
    for setting in (b"SHOW fsync", b"SHOW synchronous_commit", b"SHOW full_page_writes"):
        assert _ask(every_server, setting) == "on"


def test_starting_a_running_server_again_changes_nothing(server: EmbeddedPostgres) -> None:
    """The same object may be started by whoever is not sure."""
    before = server.cluster.pid
    server.start()
    assert server.cluster.pid == before
    assert server.is_owner


def test_a_killed_server_is_followed_by_another(server: EmbeddedPostgres) -> None:
    """A start waits until the last process of the killed server has let go of the data."""
    _note(server, 1)
    with psycopg.connect(server.url()):
        killed = server.cluster.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        server.start()
    assert server.cluster.pid != killed
    assert server.exit_code == -signal.SIGKILL
    assert _noted(server) == "1"


def test_a_server_whose_connections_are_all_taken_is_running(server: EmbeddedPostgres) -> None:
    """Somebody who cannot get in does not take the server for dead."""
    with ExitStack() as cleanup:
        for _ in range(100):
            cleanup.enter_context(psycopg.connect(server.url()))
        with pytest.raises(psycopg.OperationalError, match="too many clients"):
            psycopg.connect(server.url())
        assert server.is_running()


def test_the_server_opens_no_port_and_is_left_alone_by_ctrl_c(server: EmbeddedPostgres) -> None:
    """The socket is the only way in; a session of its own lets a terminal's signals pass by."""
    assert _ask(server, b"SHOW listen_addresses") == ""
    pid = server.cluster.pid
    assert pid is not None
    assert os.getsid(pid) == pid


def test_a_stop_that_takes_too_long_becomes_an_immediate_one(server: EmbeddedPostgres) -> None:
    """A session that does not react cannot hold up the end, and what was committed is there afterwards."""
    _note(server, 1)
    with psycopg.connect(server.url()) as connection:
        os.kill(connection.info.backend_pid, signal.SIGSTOP)
        server.stop(limit_s=0.2)
    assert not server.is_running()
    server.start()
    assert _noted(server) == "1"


def test_a_stale_process_number_that_another_program_has_now_does_not_stop_a_start(
    server: EmbeddedPostgres,
) -> None:
    """As in a restarted container, where numbers are few and come back."""
    pid_file = server.cluster.data / "postmaster.pid"
    left = pid_file.read_text(encoding="utf-8").split("\n", 1)[1]
    server.stop()
    account = server_account()
    uid = None if account is None else account.uid
    with subprocess.Popen(["sleep", "60"], user=uid) as other:
        try:
            pid_file.write_text(f"{other.pid}\n{left}", encoding="utf-8")
            server.start()
        finally:
            other.kill()
    assert server.is_running()


def test_a_data_folder_left_half_made_is_made_anew(state_dir: Path, binaries: PostgresBinaries) -> None:
    """Being killed in the middle of the first start does no harm."""
    server = EmbeddedPostgres(state_dir, binaries=binaries, is_durable=False)
    half_made = server.cluster.data.with_name("data.new")
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n", encoding="utf-8")
    with server:
        assert server.is_running()
    assert not half_made.exists()


@contextmanager
def _in_group(gid: int) -> Iterator[None]:
    """As root, be in one more group for a while; another account cannot, and is not asked to."""
    if os.geteuid() != 0:
        yield
        return
    before = os.getgroups()
    os.setgroups([*before, gid])
    try:
        yield
    finally:
        os.setgroups(before)


def test_the_server_runs_without_privileges_and_nobody_else_reads_its_folders(
    used_state_dir: Path, binaries: PostgresBinaries
) -> None:
    """As root it is the account `nobody`, with none of root's groups; else Kopilka's own account."""
    is_root = os.geteuid() == 0
    expected_uid = pwd.getpwnam("nobody").pw_uid if is_root else os.geteuid()
    with (
        _in_group(os.getgid() + 4_000_000),
        EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False) as server,
    ):
        status = Path(f"/proc/{server.cluster.pid}/status").read_text(encoding="utf-8")
        fields = dict(line.split(":", 1) for line in status.splitlines())
        assert fields["Uid"].split() == [str(expected_uid)] * 4
        if is_root:
            assert fields["Gid"].split() == [str(pwd.getpwnam("nobody").pw_gid)] * 4
            assert fields["Groups"].split() == []
    for folder in (server.cluster.data, server.cluster.run):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == expected_uid


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_a_strict_umask_does_not_shut_the_server_out(state_dir: Path) -> None:
    """Folders and copied programs can be entered and read by the server's account all the same."""
    with _umask(0o077), EmbeddedPostgres(state_dir / "a" / "b", is_durable=False) as server:
        assert server.is_running()


def test_the_users_own_postgres_variables_do_not_reach_the_server(
    used_state_dir: Path, binaries: PostgresBinaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the server nor the address depends on them."""
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGHOST", "/nowhere")
    monkeypatch.setenv("PGUSER", "somebody")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False) as server:
        assert _ask(server, b"SELECT current_user") == "kopilka"
        assert b"PGDATA" not in Path(f"/proc/{server.cluster.pid}/environ").read_bytes()


def test_a_private_folder_is_private_even_if_it_was_not(tmp_path: Path) -> None:
    """Modes are set, not only asked for when the folder is made."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o777)
    make_private_folder(folder, None)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_is_running_tells_of_a_server_that_ended_by_itself(server: EmbeddedPostgres) -> None:
    """A supervisor can ask."""
    pid = server.cluster.pid
    assert pid is not None
    os.kill(pid, signal.SIGINT)
    wait_until(lambda: not server.is_running(), limit_s=30, what="the server is gone")
