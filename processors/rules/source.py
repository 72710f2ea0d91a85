"""Campaign files and settings as people write them: YAML in, checked models out, faults with line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from processors.rules.campaign import Campaign
from processors.rules.document import (
    CONTROL_CHARACTER,
    NO_VALUE,
    canonical_json,
    dotted,
    find_control,
    find_empty,
    load_json,
    plain,
)
from processors.rules.programme import Programme

__all__ = ["Fault", "FaultyDocumentError", "SourceDocument", "parse_source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a file."""

    #: From 1.
    line: int
    #: From 1.
    column: int
    #: Where in the document, such as `rules[0].points`; empty for the whole.
    field: str
    #: What stands there, shortened.
    value: str
    #: What is wrong and how to mend it.
    mend: str

    def __str__(self) -> str:
        """Give the fault as one line of text."""
        place = f"{self.line}:{self.column}: {self.field}"
        found = f" (found {self.value})" if self.value else ""
        return f"{place}{': ' if self.field else ''}{self.mend}{found}"


class FaultyDocumentError(Exception):
    """A file has faults; all that were found are listed."""

    def __init__(self, name: str, faults: list[Fault]) -> None:
        """Take the faults of the file `name`."""
        super().__init__("\n".join(f"{name}:{fault}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDocument:
    """A file that passed."""

    parsed: Campaign | Programme
    #: Canonical JSON, as it is published.
    document: str


#: What a value is shortened to when it is shown.
_SHOWN_CHARACTERS = 60


def parse_source(text: str, name: str) -> SourceDocument:
    """Give the campaign (it has the key `campaign` or `rules`) or the programme's settings in a YAML text.

    Args:
        text: YAML, or JSON, which is YAML too.
        name: What to call the file in faults.

    Raises:
        FaultyDocumentError: with every fault that was found.
    """
    tree, data = _load_tree(text, name)
    faults = [_fault(path, tree, NO_VALUE) for path in find_empty(data)]
    faults += [_fault(path, tree, CONTROL_CHARACTER) for path in find_control(data)]
    if faults:
        raise FaultyDocumentError(name, sorted(faults, key=lambda fault: (fault.line, fault.column)))
    model: type[Campaign | Programme] = Campaign if {"campaign", "rules"} & data.keys() else Programme
    try:
        parsed = model.model_validate(data)
    except ValidationError as error:
        raise FaultyDocumentError(name, _faults(error, tree)) from None
    document = canonical_json(data)
    try:
        load_json(document)
    except ValueError as error:
        raise FaultyDocumentError(name, [_whole((1, 1), str(error))]) from None
    return SourceDocument(parsed=parsed, document=document)


def _load_tree(text: str, name: str) -> tuple[CommentedMap, dict[str, Any]]:
    """Give a YAML text with its places, and as plain data."""
    try:
        tree = YAML(typ="rt", pure=True).load(text)
        data = plain(tree)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise FaultyDocumentError(name, [_whole(place, f"is no YAML: {error.problem or error.context}")]) from None
    except ReaderError as error:
        before = text[: error.position]
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise FaultyDocumentError(name, [_whole(place, f"is no YAML: {error.reason}")]) from None
    except RecursionError:
        raise FaultyDocumentError(name, [_whole((1, 1), "is nested too deep")]) from None
    if not isinstance(tree, CommentedMap):
        fault = _whole((1, 1), "is empty or no mapping; see campaigns/journey for examples")
        raise FaultyDocumentError(name, [fault])
    return tree, data


def _whole(place: tuple[int, int], mend: str) -> Fault:
    """Give a fault of the whole text."""
    return Fault(line=place[0], column=place[1], field="", value="", mend=mend)


def _fault(path: list[int | str], tree: CommentedMap, mend: str, shown: str = "") -> Fault:
    line, column = _place(path, tree)
    return Fault(line=line, column=column, field=dotted(path), value=shown, mend=mend)


def _faults(error: ValidationError, tree: CommentedMap) -> list[Fault]:
    faults = []
    for detail in error.errors(include_url=False, include_context=False):
        path = _real_path(detail["loc"], tree, names_key=detail["type"] in {"missing", "extra_forbidden"})
        value = detail["input"]
        shown = "" if isinstance(value, dict | list) else repr(value)
        if len(shown) > _SHOWN_CHARACTERS:
            shown = shown[:_SHOWN_CHARACTERS] + "…"
        faults.append(_fault(path, tree, _mend(detail["type"], detail["msg"]), shown))
    return sorted(set(faults), key=lambda fault: (fault.line, fault.column, fault.field, fault.mend))


#: The checking library's words → ours; the first that fits, in this order.
_PLAIN_WORDS = (
    ("Value error, ", ""),
    ("Input should be greater than or equal to", "must be at least"),
    ("Input should be less than or equal to", "must be at most"),
    ("Input should be a valid integer", "must be a whole number"),
    ("Input should be a valid string", "must be a text"),
    ("Input should be a valid boolean", "must be true or false"),
    ("Input should be", "must be"),
    ("Input tag ", ""),
    (" found using 'effect' does not match any of the expected tags:", " is no effect that is known; there are"),
)


def _mend(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is no key that is known here; remove it, or mend its spelling"
    if kind == "missing":
        return "is missing; add it"
    if kind == "string_pattern_mismatch":
        return "has not the form that stands here: times are HH:MM:SS, currencies three capital letters"
    for raw, plain_words in _PLAIN_WORDS:
        message = message.replace(raw, plain_words)
    return message


def _real_path(
    location: tuple[int | str, ...],
    tree: Any,  # noqa: ANN401 (any YAML node)
    *,
    names_key: bool,
) -> list[int | str]:
    """Leave out what pydantic adds to a path (names of union members) and the file does not have.

    With `names_key` the last step is a key of the mapping, be it there or missing.
    """
    path: list[int | str] = []
    node = tree
    for index, step in enumerate(location):
        is_item = isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node)
        if is_item or (isinstance(node, CommentedMap) and step in node):
            node = node[step]
        elif not (names_key and isinstance(node, CommentedMap) and index == len(location) - 1):
            continue
        # A missing key ends the path: it is named, and its place is that of the mapping.
        path.append(step)
    return path


def _place(path: list[int | str], tree: CommentedMap) -> tuple[int, int]:
    node: Any = tree
    line, column = tree.lc.line, tree.lc.col
    for step in path:
        if isinstance(node, CommentedMap) and step in node:
            line, column = node.lc.key(step)
        elif isinstance(node, CommentedSeq) and isinstance(step, int):
            line, column = node.lc.item(step)
        else:
            break
        node = node[step]
    return line + 1, column + 1
