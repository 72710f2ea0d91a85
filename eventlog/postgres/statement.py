"""The statements of this package: each is the text of a `.sql` file beside this module."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["load_migrations", "load_statement"]

_FOLDER = Path(__file__).parent


@cache
def load_statement(name: str) -> bytes:
    """The statement in `<name>.sql`."""
    return (_FOLDER / f"{name}.sql").read_bytes()


def load_migrations() -> Iterator[tuple[int, str, bytes]]:
    """Number, file name and text of each migration, ascending from 1 without gaps."""
    for expected, path in enumerate(sorted((_FOLDER / "migrations").glob("*.sql")), 1):
        number = int(path.name.split("_")[0])
        assert number == expected, f"migration {path.name} is not number {expected}"
        yield number, path.name, path.read_bytes()
