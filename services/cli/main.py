"""The command `kopilka`: which commands there are. Each imports what it needs when it runs: `--help` stays quick."""

from __future__ import annotations

import signal
import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

from services.cli import bench, campaign, demo, doctor, ingest, process, segment, topic
from services.cli.option import has_json

__all__ = ["main", "make_app"]

#: A process that a signal ended exits with this plus the signal's number, by custom of shells.
_SIGNAL_EXIT: Final = 128
_HELP: Final = """Kopilka: loyalty points and gifts to causes on an ordered event log.

Begin with: kopilka demo. Then: kopilka up, and in another terminal: kopilka campaign publish campaigns/journey --wait;
kopilka ingest journey --limit 10000; kopilka doctor trial-balance.

Settings are environment variables (KOPILKA_...) or stand in kopilka.toml; without any, everything runs on an embedded
PostgreSQL in the state folder.
"""


class _FailingInWords(TyperGroup):
    """Turns the failures that a person can act on into words and an exit code; bugs keep their trace."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 (click's own types, which typer carries along)
        try:
            return super().invoke(ctx)
        except Exception as error:
            from services.failure import describe_failure

            failure = describe_failure(error)
            if failure is None:
                raise
            if has_json(ctx):
                import json

                typer.echo(json.dumps({"error": {"kind": type(error).__name__, "text": failure.text}}))
            else:
                typer.echo(f"Error: {failure.text}", err=True)
            raise typer.Exit(int(failure.exit_code)) from None


def make_app() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        name="kopilka",
        cls=_FailingInWords,
        help=_HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    demo.add_commands(app)
    process.add_commands(app)
    app.add_typer(ingest.make_app(), name="ingest")
    app.add_typer(campaign.make_app(), name="campaign")
    app.add_typer(topic.make_app(), name="topics")
    app.add_typer(segment.make_app(), name="segment")
    app.add_typer(doctor.make_app(), name="doctor")
    bench.add_commands(app)
    return app


def main() -> None:
    """Run the command line."""
    # So that SIGTERM, as Ctrl-C does, leaves through every `with` block: an embedded server must not stay behind.
    signal.signal(signal.SIGTERM, _leave)
    make_app()()


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(_SIGNAL_EXIT + number)


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[func-returns-value]  # `main` exits by itself
