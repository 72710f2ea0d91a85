"""The benchmarks, where they are installed with the sources."""

from __future__ import annotations

from typing import Final

import typer

__all__ = ["add_commands"]

#: Has `run_bench(arguments)`, which knows what stands below `kopilka bench`, its help too.
_MODULE: Final = "services.bench.command"


def add_commands(app: typer.Typer) -> None:
    """Add `kopilka bench`."""
    settings = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
    app.command("bench", context_settings=settings)(bench)


def bench(ctx: typer.Context) -> None:
    """Run a benchmark: decide, projection; see kopilka bench --help."""
    import importlib

    try:
        command = importlib.import_module(_MODULE)
    except ModuleNotFoundError as error:
        if error.name is None or not _MODULE.startswith(error.name):
            raise
        typer.echo("Error: the benchmarks are not part of this installation; run them from the sources", err=True)
        raise typer.Exit(2) from None
    command.run_bench(ctx.args)
