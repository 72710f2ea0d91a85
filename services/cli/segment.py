"""Commands on segments."""

from __future__ import annotations

import typer

from services.cli.option import AsJson

__all__ = ["make_app"]


def make_app() -> typer.Typer:
    """Give the commands of `kopilka segment`."""
    app = typer.Typer(help="Segments that compare members with each other.", no_args_is_help=True)
    # With one command only, typer would take its name away.
    app.callback()(_several)
    app.command()(compute)
    return app


def _several() -> None:
    """Segments that compare members with each other."""


def compute(*, as_json: AsJson = False) -> None:
    """Compute all segments now, from what the read models hold, and assign the members that changed.

    The assignments are input records: workers decide them, and then the read models show them.
    """
    import time
    from dataclasses import asdict

    from eventlog.opening import open_log
    from services.backend import running_backend
    from services.cli.output import Output
    from services.process.segmentation import assign_segments
    from services.settings import load_settings
    from services.topology import verify_topics

    settings, output = load_settings(), Output(is_json=as_json)
    with running_backend(settings) as backend, open_log(backend.log_url) as log:
        verify_topics(log, settings.partitions)
        made = assign_segments(
            log,
            backend.database_url,
            partitions=settings.partitions,
            now_ms=lambda: time.time_ns() // 1_000_000,
        )
    for one in made:
        changes = ", ".join(f"{count:,} in {name}" for name, count in one.changed.items()) or "none"
        output.tell(f"{one.tenant}: members assigned to another segment: {changes}")
    if not made:
        output.tell("there is no programme yet; publish its settings with: kopilka campaign publish FILE --wait")
    output.give({"tenants": [asdict(one) for one in made]})
