"""Where the demo plays: a state folder of its own, emptied before each run but for what is slow to make."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from services.embedded.account import make_open_folder
from services.embedded.filelock import try_lock
from services.embedded.postgres import EmbeddedPostgres
from services.failure import WorkRefusedError
from services.settings import Settings

__all__ = ["open_stage"]

#: What a run leaves behind and the next one must not find; programs, feed and code key stay.
_EMPTIED: Final = ("postgres", "worker", "relay", "processes.log")
_PARTITIONS: Final = 4


@contextmanager
def open_stage(settings: Settings) -> Iterator[Settings]:
    """Give the demo's settings, in an empty folder `demo` of the state folder; it stays until the next run.

    Raises:
        WorkRefusedError: when a demo is running already.
    """
    folder = settings.folder / "demo"
    make_open_folder(folder)
    held = try_lock(folder / "demo.lock")
    if held is None:
        msg = f"a demo runs in {folder} already; stop that one, or set KOPILKA_STATE_DIR to another folder"
        raise WorkRefusedError(msg)
    try:
        _empty(folder)
        yield settings.replace(
            eventlog_url=None,
            database_url=None,
            schema_registry_url=None,
            state_dir=folder,
            partitions=_PARTITIONS,
            code_key=None,
            worker_id="demo",
            monitor_port=0,
            log_level="warning",
            log_format="json",
        )
    finally:
        os.close(held)


def _empty(folder: Path) -> None:
    # A demo that was killed may have left its server behind.
    EmbeddedPostgres(folder).stop_immediate()
    for name in _EMPTIED:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
