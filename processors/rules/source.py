"""Campaign files and settings as people write them: YAML in, checked models out, faults with line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from processors.rules.campaign import Campaign
from processors.rules.document import canonical_json, plain
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
        place = f"{self.line}:{self.column}"
        return f"{place}: {self.field}: {self.mend}" + (f" (found {self.value})" if self.value else "")


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
    """Give the campaign (it has the key `campaign`) or the programme's settings in a YAML text.

    Args:
        text: YAML, or JSON, which is YAML too.
        name: What to call the file in faults.

    Raises:
        FaultyDocumentError: with every fault that was found.
    """
    yaml = YAML(typ="rt", pure=True)
    try:
        tree = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        fault = Fault(
            line=mark.line + 1 if mark else 1,
            column=mark.column + 1 if mark else 1,
            field="",
            value="",
            mend=f"is no YAML: {error.problem or error.context}",
        )
        raise FaultyDocumentError(name, [fault]) from None
    if not isinstance(tree, CommentedMap):
        fault = Fault(
            line=1,
            column=1,
            field="",
            value="",
            mend="is empty or no mapping; see campaigns/journey for examples",
        )
        raise FaultyDocumentError(name, [fault])
    data = plain(tree)
    model: type[Campaign | Programme] = Campaign if "campaign" in data else Programme
    try:
        parsed = model.model_validate(data, strict=False)
    except ValidationError as error:
        raise FaultyDocumentError(name, _faults(error, tree)) from None
    return SourceDocument(parsed=parsed, document=canonical_json(data))


def _faults(error: ValidationError, tree: CommentedMap) -> list[Fault]:
    faults = []
    for detail in error.errors(include_url=False, include_context=False):
        path = _real_path(detail["loc"], tree)
        line, column = _place(path, tree)
        value = detail["input"]
        shown = "" if isinstance(value, dict | list) else repr(value)
        if len(shown) > _SHOWN_CHARACTERS:
            shown = shown[:_SHOWN_CHARACTERS] + "…"
        faults.append(
            Fault(
                line=line,
                column=column,
                field=_dotted(path),
                value=shown,
                mend=_mend(detail["type"], detail["msg"]),
            )
        )
    return sorted(set(faults), key=lambda fault: (fault.line, fault.column, fault.field, fault.mend))


def _mend(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is no key that is known here; remove it, or mend its spelling"
    if kind == "missing":
        return "is missing; add it"
    return message.removeprefix("Value error, ")


def _real_path(location: tuple[int | str, ...], tree: Any) -> list[int | str]:  # noqa: ANN401 (any YAML node)
    """Leave out what pydantic adds to a path (names of union members) and the file does not have."""
    path: list[int | str] = []
    node = tree
    for index, step in enumerate(location):
        is_item = isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node)
        if is_item or (isinstance(node, CommentedMap) and step in node):
            node = node[step]
        elif not (isinstance(node, CommentedMap) and index == len(location) - 1 and isinstance(step, str)):
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


def _dotted(path: list[int | str]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
