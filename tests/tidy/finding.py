"""What a house rule finds, and how rules look at Python text.

The rules themselves are in `shape`, `effect` and `wording`; which files they see is in `tree`.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

PACKAGES = ("schemas", "eventlog", "processors", "projections", "services")


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that breaks a rule."""

    #: From the root of the repository.
    path: PurePosixPath
    #: From 1; 1 also where the whole file is meant.
    line: int
    #: What is wrong and what to do instead.
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


#: A rule sees one file, by path and text, and touches nothing else.
Rule = Callable[[PurePosixPath, str], list[Finding]]


@lru_cache(maxsize=4096)
def parse_python(text: str) -> ast.Module:
    """The syntax tree of `text`; parsed once for all rules."""
    return ast.parse(text)


def is_inside(path: PurePosixPath, *folders: str) -> bool:
    """Whether `path` is one of `folders`, lies in one, or is the module `<folder>.py`."""
    return any(path.is_relative_to(folder) or path == PurePosixPath(f"{folder}.py") for folder in folders)


def is_pure(path: PurePosixPath) -> bool:
    """Whether the module is given its time, chance and input from outside: the contract and the rules."""
    return is_inside(path, "schemas", "processors") and not is_inside(path, "processors/worker")


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Each name that an import binds anywhere in the module, with the full name of what it stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _full_name(node: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _full_name(node.value, names)
        return owner and f"{owner}.{node.attr}"
    return None


def imported_uses(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Each use of something imported, with its full name, whatever it is called in the module."""
    names = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and (full := _full_name(node, names)):
            yield node, full
