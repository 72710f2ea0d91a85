"""The account that a server runs under when Kopilka itself runs as root, and what that account can reach."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: PostgreSQL refuses to run as root; this account is in every passwd file and owns nothing else.
_NAME: Final = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccount:
    """An account of the system, as processes and files name it."""

    #: The name in the passwd file.
    name: str
    #: The number of the user.
    uid: int
    #: The number of the user's main group.
    gid: int


def server_account() -> ServerAccount | None:
    """The account to change to, or nothing where Kopilka does not run as root and its own account serves.

    Raises:
        RuntimeError: Kopilka runs as root and the system has no account `nobody`.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_NAME)
    except KeyError:
        raise RuntimeError(
            f"PostgreSQL does not run as root, and this system has no account {_NAME!r} to run it under. "
            "Run Kopilka as an ordinary user, or add that account."
        ) from None
    return ServerAccount(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def check_reachable(folder: Path, account: ServerAccount) -> None:
    """Make sure that the account can go down to the folder.

    Raises:
        PermissionError: It cannot; the message names the folder that stops it and what to do.
    """
    resolved = folder.resolve()
    for step in (*reversed(resolved.parents), resolved):
        if not _can_enter(step.stat(), account):
            raise PermissionError(
                f"The account {account.name!r}, which runs PostgreSQL when Kopilka runs as root, cannot "
                f"enter {step} on its way to {folder}. Set KOPILKA_STATE_DIR to a folder that it can reach, "
                f"for example /var/lib/kopilka, or run: chmod o+x {step}"
            )


def make_open_folder(folder: Path) -> None:
    """Make a folder, and those above it, so that every account may enter; what is there is left as it is."""
    if folder.is_dir():
        return
    make_open_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    # Not `mkdir(mode=)`: the umask would take from it.
    folder.chmod(0o755)


def make_private_folder(folder: Path, account: ServerAccount | None) -> None:
    """Make a folder that only the server's account may enter; its parent must be there."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def _can_enter(status: os.stat_result, account: ServerAccount) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
