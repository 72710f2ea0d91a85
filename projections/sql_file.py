"""The package's SQL, by file: one statement a file, beside the module that runs it."""

from __future__ import annotations

from functools import cache
from importlib import resources

__all__ = ["load_sql", "sql_files"]


@cache
def load_sql(path: str) -> bytes:
    """Give the text of a `.sql` file.

    Args:
        path: Below `projections`, such as `table/account.upsert.sql`.
    """
    return resources.files("projections").joinpath(path).read_bytes()


def sql_files(folder: str) -> list[str]:
    """Give the paths of a folder's `.sql` files, sorted by name, as `load_sql` wants them."""
    names = sorted(item.name for item in resources.files("projections").joinpath(folder).iterdir())
    return [f"{folder}/{name}" for name in names if name.endswith(".sql")]
