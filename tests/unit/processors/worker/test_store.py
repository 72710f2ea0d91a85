"""Both stores pass the suite; the one on disk also keeps its folder to itself and throws away what it cannot read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from eventlog.position import START, Position
from processors.worker import store as store_module
from processors.worker.store import BrokenStoreError, MemoryStore, RocksStore, Store
from tests.unit.processors.worker.store_contract import StoreContract, StorePlace

_OPEN = """
import sys
from pathlib import Path
from processors.worker.store import BrokenStoreError, RocksStore
try:
    RocksStore(Path(sys.argv[1]))
except BrokenStoreError as error:
    sys.exit(str(error))
"""


class _Memory(StorePlace):
    def __init__(self) -> None:
        self._store = MemoryStore()

    def open(self) -> Store:
        return self._store


class _Folder(StorePlace):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: list[Store] = []

    def open(self) -> Store:
        self._opened.append(RocksStore(self._folder))
        return self._opened[-1]

    def close(self) -> None:
        for store in self._opened:
            store.close()


class TestMemoryStore(StoreContract):
    """The suite, in memory."""

    @pytest.fixture
    def place(self) -> StorePlace:
        """A store of this process."""
        return _Memory()


class TestRocksStore(StoreContract):
    """The suite, on disk."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> StorePlace:
        """A folder that is not there yet."""
        return _Folder(tmp_path / "worker" / "3")


def test_a_store_of_another_state_version_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is filled from the journal again; what it held is of no use."""
    old = RocksStore(tmp_path / "store")
    old.write({"v/1": 9}, Position(next_offset=4))
    old.close()
    monkeypatch.setattr(store_module, "STATE_VERSION", b"next")
    new = RocksStore(tmp_path / "store")
    assert (new.get("v/1"), new.position()) == (None, START)
    new.write({"v/1": 7}, Position(next_offset=5))
    new.close()
    same = RocksStore(tmp_path / "store")
    assert same.get("v/1") == 7
    same.close()


def test_a_second_process_does_not_get_a_store_that_is_open(tmp_path: Path) -> None:
    """Two writers would mix two histories."""
    store = RocksStore(tmp_path / "store")
    command = [sys.executable, "-c", _OPEN, str(tmp_path / "store")]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    store.close()
    assert refused.returncode == 1
    assert "cannot be opened" in refused.stderr
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_store_in_the_same_process_is_not_opened_twice_either(tmp_path: Path) -> None:
    """As when a partition comes back before it was let go."""
    store = RocksStore(tmp_path / "store")
    with pytest.raises(BrokenStoreError, match="cannot be opened"):
        RocksStore(tmp_path / "store")
    store.close()


def test_a_closed_store_says_that_it_is_broken(tmp_path: Path) -> None:
    """The library's own exceptions never come through."""
    store = RocksStore(tmp_path / "store")
    store.close()
    for use in (
        lambda: store.get("v/1"),
        lambda: store.scan("v/", 1),
        lambda: store.write({}, START),
        store.position,
    ):
        with pytest.raises(BrokenStoreError):
            use()
