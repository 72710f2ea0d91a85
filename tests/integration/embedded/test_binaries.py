"""PostgreSQL's programs are found where the design says, in its order, and an error says what to install."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.embedded.binaries import (
    BinariesMissingError,
    SearchPlaces,
    find_binaries,
    find_system_binaries,
    find_wheel_binaries,
)
from services.embedded.postgres import EmbeddedPostgres
from tests.postgres import NEWEST_VERSION


def _write_program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    program.chmod(0o755)


def _write_server(folder: Path, version: str) -> None:
    _write_program(folder, "initdb", "exit 1")
    _write_program(folder, "postgres", f"echo 'postgres (PostgreSQL) {version}'")


def test_without_any_postgresql_the_error_says_what_to_install(tmp_path: Path) -> None:
    """All three ways out are named."""
    nowhere = SearchPlaces(package="no_such_package", root=tmp_path, path=str(tmp_path))
    with pytest.raises(BinariesMissingError) as raised:
        find_binaries(tmp_path, places=nowhere)
    message = str(raised.value)
    assert message.startswith("PostgreSQL was not found on this machine. ")
    assert "pip install 'kopilka[embedded]'" in message
    assert "apt install postgresql)" in message
    assert "KOPILKA_DATABASE_URL" in message


def test_a_missing_version_is_named_beside_those_that_are_there(tmp_path: Path) -> None:
    """Data of version 17 need version 17."""
    _write_server(tmp_path / "usr/lib/postgresql/16/bin", "16.9 (Debian 16.9-1)")
    places = SearchPlaces(package="no_such_package", root=tmp_path, path=str(tmp_path))
    with pytest.raises(BinariesMissingError, match=r"PostgreSQL 17 was not found .* only version 16\..*postgresql-17"):
        find_binaries(tmp_path, 17, places=places)


def test_the_systems_newest_is_taken_where_the_wheel_is_missing(tmp_path: Path) -> None:
    """Versions compare as numbers; clients without a server and what is too old do not count."""
    root = tmp_path / "usr/lib/postgresql"
    _write_server(root / "9.6/bin", "9.6.24")
    _write_server(root / "15/bin", "15.18 (Debian 15.18-0+deb12u1)")
    _write_server(root / "16/bin", "16.9")
    _write_program(root / "17/bin", "psql", "exit 0")
    _write_server(tmp_path / "own", "18beta1")
    places = SearchPlaces(package="no_such_package", root=tmp_path, path=f"/nowhere:{tmp_path / 'own'}")
    assert [found.version for found in find_system_binaries(places)] == [18, 16, 15]
    assert find_binaries(tmp_path, places=places).bin_dir == tmp_path / "own"
    assert find_binaries(tmp_path, 15, places=places).bin_dir == root / "15/bin"


def test_the_wheel_comes_first_and_is_copied_into_the_state_folder(state_dir: Path) -> None:
    """The copy is complete, and is made once."""
    found = find_binaries(state_dir)
    assert found.version == NEWEST_VERSION
    assert found.bin_dir.is_relative_to(state_dir)
    copied_at = found.bin_dir.stat().st_ctime_ns
    assert find_binaries(state_dir) == found
    assert found.bin_dir.stat().st_ctime_ns == copied_at
    assert len(list((state_dir / "binaries").iterdir())) == 1


def test_searches_at_once_share_one_copy(state_dir: Path) -> None:
    """Whoever comes second throws its copy away."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(find_binaries, [state_dir] * 4))
    assert len(set(found)) == 1
    assert [copy.name for copy in (state_dir / "binaries").iterdir()] == [found[0].bin_dir.parents[2].name]


def test_the_wheel_also_brings_version_16(state_dir: Path) -> None:
    """Data that an older release made can still be read."""
    found = find_wheel_binaries(state_dir, 16)
    assert found is not None
    with EmbeddedPostgres(state_dir, binaries=found, is_durable=False):
        pass
    # Not told which, it takes the version of the data rather than the newest.
    with EmbeddedPostgres(state_dir, is_durable=False) as server:
        assert server.cluster.read_version() == 16
