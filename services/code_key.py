"""The secret with which pack codes are hashed at the edge."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from services.embedded.account import make_open_folder
from services.settings import Settings, SettingsError

__all__ = ["load_code_key"]

_FILE: Final = "code-key"
_KEY_BYTES: Final = 32


def load_code_key(settings: Settings) -> bytes:
    """Give the key: that of the settings, else that of the state folder, made there when first needed.

    Raises:
        SettingsError: when there is none and the log is a given one: other machines would hash with another key, and
            no code would be found.
    """
    if settings.code_key is not None:
        return settings.code_key.get_secret_value().encode()
    path = settings.folder / _FILE
    if path.is_file():
        return path.read_bytes().strip()
    if settings.eventlog_url is not None or settings.database_url is not None:
        msg = (
            "KOPILKA_CODE_KEY is not set: pack codes are hashed with it, on every machine with the same one; "
            "make one with: openssl rand -hex 32"
        )
        raise SettingsError(msg)
    return _make_key(path)


def _make_key(path: Path) -> bytes:
    make_open_folder(path.parent)
    # 1. Whole and closed to others under a name of this process; 2. linked, which fails when another was faster: a key
    # is never replaced, because the codes hashed with it would be lost.
    draft = path.with_name(f"{_FILE}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    return path.read_bytes().strip()
