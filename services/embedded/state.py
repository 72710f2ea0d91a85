"""The state folder: where one machine's Kopilka keeps what must outlive a process."""

import os
from pathlib import Path

_OF_ROOT = Path("/var/lib/kopilka")


def state_dir(override: Path | None = None) -> Path:
    """The folder in which everything embedded lives, made by whoever first needs it.

    Args:
        override: The folder that the settings name; taken as it is, made absolute.

    Returns:
        An absolute path: the override, else `/var/lib/kopilka` for root (a server's own account must be able
        to reach it, which it cannot under root's home), else the user's state folder of the XDG layout.
    """
    if override is not None:
        return override.absolute()
    if os.geteuid() == 0:
        return _OF_ROOT
    return Path.home() / ".local" / "state" / "kopilka"
