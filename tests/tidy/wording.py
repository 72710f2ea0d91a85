"""Rules on text: what must not be written in a file, whatever its language.

The patterns are written so that they do not match themselves.
"""

import ast
import re
from pathlib import PurePosixPath

from tests.tidy.finding import PACKAGES, Finding, is_inside, parse_python

_PUT_OFF = re.compile(r"\b(TO[D]O|FIX[M]E)\b")
_MACHINE_PATH = re.compile(r"(?<![\w.~/)}-])/(?:work|root|home)/")
_REGISTRY = re.compile(
    r"\b(?:pypi[.]org|pythonhosted[.]org|conda[.]anaconda[.]org|repo1?[.]maven[.](?:apache[.])?org|packages[.]confluent[.]io"
    r"|npmjs[.](?:org|com)|registry[.]yarnpkg[.]com|proxy[.]golang[.]org|crates[.]io"
    r"|docker[.]io|ghcr[.]io|gcr[.]io|quay[.]io)\b"
)
# A statement is recognised by how it begins, in capitals or all in small letters, so that a sentence which
# begins with "Select" or "Update" stays what it is. Small letters count where no sentence would begin so.
_MODIFIER = r"(?:OR REPLACE |UNIQUE |TEMP |UNLOGGED |MATERIALIZED )?"
_OBJECT = r"(?:TABLE|VIEW|INDEX|SCHEMA|FUNCTION|ROLE|DATABASE|TYPE)\b"
_CAPITALS = (
    r"SELECT\b|INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\S+\s+SET|MERGE\s+INTO"
    r"|WITH\s+(?:RECURSIVE\s+)?\w+\s+AS\s"
    rf"|(?:CREATE|ALTER|DROP)\s+{_MODIFIER}{_OBJECT}|TRUNCATE\s|COPY\s.+\s(?:FROM|TO)\s|LISTEN\s|NOTIFY\s"
)
_SMALL = r"select\s.+\sfrom\s|insert\s+into\s|delete\s+from\s|update\s+\S+\s+set\s"
_SQL = re.compile(rf"\s*(?:--[^\n]*\n\s*)*(?:{_CAPITALS}|{_SMALL})", re.DOTALL)


def _find_pattern(pattern: re.Pattern[str], path: PurePosixPath, text: str, message: str) -> list[Finding]:
    return [
        Finding(path, number, f"{found[0]}: {message}")
        for number, line in enumerate(text.splitlines(), start=1)
        for found in pattern.finditer(line)
    ]


def find_put_off(path: PurePosixPath, text: str) -> list[Finding]:
    """Work that was put off in a comment."""
    return _find_pattern(_PUT_OFF, path, text, "do it now, or open an issue")


def find_machine_path(path: PurePosixPath, text: str) -> list[Finding]:
    """A path that exists on one machine only."""
    return _find_pattern(_MACHINE_PATH, path, text, "is there on one machine only; take it from a setting")


def find_registry_host(path: PurePosixPath, text: str) -> list[Finding]:
    """The address of a package registry: locks hold names, versions and hashes; sites have mirrors."""
    return _find_pattern(_REGISTRY, path, text, "no registry is named in a file; leave it to the tool's configuration")


def find_sql(path: PurePosixPath, text: str) -> list[Finding]:
    """SQL in a Python string of the packages."""
    if not is_inside(path, *PACKAGES):
        return []
    return [
        Finding(path, line, f"SQL in a string ({value.split()[0]} …): put it into a .sql file beside the module")
        for line, value in _strings(parse_python(text))
        if _SQL.match(value)
    ]


def _strings(tree: ast.Module) -> list[tuple[int, str]]:
    """Each string with its line, but for docstrings; what an f-string fills in stands as `{}`."""
    left_out = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            left_out.update(map(id, node.values))
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            strings.append((node.lineno, "".join(map(str, parts))))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            strings.append((node.lineno, node.value))
    return strings
