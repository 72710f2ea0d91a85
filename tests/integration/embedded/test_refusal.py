"""What cannot work is refused before anything is half done, with the reason and what to do."""

import os
from pathlib import Path

import pytest

from services.embedded.account import ServerAccount, check_reachable
from services.embedded.binaries import PostgresBinaries
from services.embedded.cluster import EmbeddedPostgresError
from services.embedded.postgres import EmbeddedPostgres
from services.embedded.state import state_dir as choose_state_dir


def _state_dir_of_socket(parent: Path, length_bytes: int) -> Path:
    """A state folder, not yet made, whose socket has a path of this length."""
    tail = "/postgres/run/.s.PGSQL.5432"
    return parent / ("x" * (length_bytes - len(f"{parent}/{tail}")))


def test_data_of_another_version_are_refused(used_state_dir: Path, binaries: PostgresBinaries) -> None:
    """The message names both versions, and the data stay as they are."""
    other = PostgresBinaries(bin_dir=binaries.bin_dir, version=15)
    with pytest.raises(EmbeddedPostgresError, match=r"was made by PostgreSQL 18 .* by version 15\. Install"):
        EmbeddedPostgres(used_state_dir, binaries=other).start()
    with EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False) as server:
        assert server.is_running()


def test_a_socket_may_have_a_path_of_107_bytes(state_dir: Path, binaries: PostgresBinaries) -> None:
    """The limit itself is within it."""
    with EmbeddedPostgres(_state_dir_of_socket(state_dir, 107), binaries=binaries, is_durable=False) as server:
        assert server.is_running()


def test_a_socket_with_a_longer_path_is_refused_at_once(state_dir: Path, binaries: PostgresBinaries) -> None:
    """The message has the path, the limit and the setting to change; nothing is made."""
    long_dir = _state_dir_of_socket(state_dir, 108)
    with pytest.raises(EmbeddedPostgresError, match=r"108 bytes long.* at most 107: /.*KOPILKA_STATE_DIR"):
        EmbeddedPostgres(long_dir, binaries=binaries).start()
    assert not long_dir.exists()


def test_a_server_that_does_not_start_shows_the_end_of_its_log(
    used_state_dir: Path, binaries: PostgresBinaries
) -> None:
    """And leaves nothing behind that hinders the next attempt."""
    server = EmbeddedPostgres(used_state_dir, binaries=binaries, is_durable=False)
    settings = server.cluster.data / "postgresql.conf"
    good = settings.read_bytes()
    settings.write_bytes(b"no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        server.start()
    assert not server.is_owner
    settings.write_bytes(good)
    with server:
        assert server.is_running()


def test_a_folder_on_the_way_that_the_servers_account_cannot_enter_is_named(state_dir: Path) -> None:
    """The message names the folder that stops it, not the one at the end."""
    closed = state_dir / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    inner.chmod(0o755)
    closed.chmod(0o700)
    stranger = ServerAccount(name="stranger", uid=os.getuid() + 4_000_000, gid=os.getgid() + 4_000_000)
    with pytest.raises(PermissionError, match=rf"'stranger'.* cannot enter {closed} on its way to {inner}\."):
        check_reachable(inner, stranger)
    closed.chmod(0o711)
    check_reachable(inner, stranger)


def test_the_state_folder_is_the_given_one_else_that_of_the_account(tmp_path: Path) -> None:
    """An account of its own has a folder of its own; root has one that other accounts can reach."""
    assert choose_state_dir(tmp_path) == tmp_path
    assert choose_state_dir(Path("here")) == Path.cwd() / "here"
    chosen = choose_state_dir()
    assert chosen.is_absolute()
    assert chosen.name == "kopilka"
    assert (os.geteuid() == 0) == (chosen == Path("/var/lib/kopilka"))
