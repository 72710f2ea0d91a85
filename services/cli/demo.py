"""The demo command."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.option import AsJson

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many real baskets to replay.")] = 10_000,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the API up until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replay real baskets through the whole engine on embedded parts, and show what came of it."""
    from services.demo.run import run_demo

    code = run_demo(limit=limit, is_kept=keep, is_json=as_json)
    raise typer.Exit(int(code))
