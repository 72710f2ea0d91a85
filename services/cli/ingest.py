"""Commands that write real data into the input topics."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.option import AsJson

__all__ = ["make_app"]


def make_app() -> typer.Typer:
    """Give the commands of `kopilka ingest`."""
    app = typer.Typer(help="Write real data into the input topics.", no_args_is_help=True)
    # With one command only, typer would take its name away.
    app.callback()(_several)
    app.command()(journey)
    return app


def _several() -> None:
    """Write real data into the input topics."""


def journey(
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="The first N baskets only.")] = None,
    speed: Annotated[float | None, typer.Option(help="X times real time; without it as fast as it goes.")] = None,
    every: Annotated[int, typer.Option(min=1, help="Of K baskets take the first.")] = 1,
    anyway: Annotated[bool, typer.Option("--anyway", help="Do not look whether the programme is published.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the Complete Journey data: a year of receipts, coupons and donations of a real grocery chain.

    Publish the rules first: kopilka campaign publish campaigns/journey --wait. Writing it twice changes nothing.
    """
    import time

    from eventlog.opening import open_log
    from services.backend import running_backend
    from services.cli.output import Output
    from services.code_key import load_code_key
    from services.embedded.account import make_open_folder
    from services.ingest.feeder import Feeder, Pace
    from services.ingest.journey import open_journey
    from services.ingest.journey_selection import Selection
    from services.publication.readiness import check_programme
    from services.settings import load_settings
    from services.topology import verify_topics

    if speed is not None and not speed > 0:
        raise typer.BadParameter("give a number above zero, such as 3600 for an hour a second", param_hint="--speed")
    settings, output = load_settings(), Output(is_json=as_json)
    pace = None if speed is None else Pace(speed=speed, now_s=time.monotonic, sleep_s=time.sleep)
    code_key = load_code_key(settings)
    with running_backend(settings) as backend, open_log(backend.log_url) as log:
        verify_topics(log, settings.partitions)
        if not anyway:
            check_programme(backend.database_url, tenant="journey", programme="journey", partitions=settings.partitions)
        make_open_folder(settings.folder)
        output.tell("Preparing the feed; the first time takes some seconds …")
        feed = open_journey(settings.folder, code_key=code_key, selection=Selection(limit=limit, every=every))
        began_s = time.monotonic()
        with log.writer() as writer, output.progress("writing") as on_progress:
            feeder = Feeder(writer=writer, partition_count=settings.partitions, pace=pace, on_progress=on_progress)
            count = feeder.feed(feed)
    seconds = time.monotonic() - began_s
    output.tell(f"{count:,} records are in the log, all acknowledged, in {seconds:.1f} s")
    output.give({"records": count, "topics": dict(feed.counts), "seconds": round(seconds, 3)})
