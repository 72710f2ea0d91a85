"""What a command prints: text and tables for people, or one JSON object; progress on a terminal only."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import typer

__all__ = ["Output"]

_AMOUNT: Final = re.compile(r"-?[0-9,]+(\.[0-9]+)?", re.ASCII)


class Output:
    """Prints for one command."""

    def __init__(self, *, is_json: bool) -> None:
        self.is_json = is_json

    def tell(self, text: str = "") -> None:
        """Print a line for people."""
        if not self.is_json:
            typer.echo(text)

    def give(self, answer: Mapping[str, Any]) -> None:
        """Print the command's answer for machines."""
        if self.is_json:
            typer.echo(json.dumps(answer, ensure_ascii=False))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table for people; columns whose cells are all numbers are set to the right."""
        if self.is_json:
            return
        shown = [["" if cell is None else _show(cell) for cell in row] for row in rows]
        widths = [max(len(name), *(len(row[at]) for row in shown), 0) for at, name in enumerate(columns)]
        is_number = [bool(rows) and all(_is_figure(row[at]) for row in rows) for at in range(len(columns))]
        typer.echo(typer.style(title, bold=True))
        for line in (columns, *shown):
            typer.echo(_line(line, widths, is_number))
        typer.echo()

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """Give what takes (done, total) while a `with` block lasts; shown on a terminal, and not with --json."""
        if self.is_json or not sys.stderr.isatty():
            yield lambda _done, _total: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as shown:
            task = shown.add_task(what, total=None)
            yield lambda done, total: shown.update(task, completed=done, total=total)


def _is_figure(cell: object) -> bool:
    """Tell whether a cell is a number, or an amount written out."""
    return isinstance(cell, int) or (isinstance(cell, str) and _AMOUNT.fullmatch(cell) is not None)


def _show(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def _line(cells: Sequence[str], widths: Sequence[int], is_number: Sequence[bool]) -> str:
    placed = [
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, is_number, strict=True)
    ]
    return "  ".join(["", *placed]).rstrip()
