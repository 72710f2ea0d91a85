"""Commands that run until they are told to stop: one process each, or all of them."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.option import AsJson, WithParent

__all__ = ["add_commands"]


def add_commands(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (up, worker, relay, projector, segmenter, api):
        app.command()(command)


def up(*, as_json: AsJson = False) -> None:
    """Run all processes on this machine, on the given servers or on an embedded PostgreSQL, until Ctrl-C.

    Makes topics and tables that are missing. Log lines tell what happens; --json makes them JSON.
    """
    from services.process.lifetime import Lifetime
    from services.process.supervisor import Supervisor
    from services.settings import load_settings
    from services.telemetry.logger import set_up_logging

    settings = load_settings()
    if as_json:
        settings = settings.replace(log_format="json")
    lifetime = Lifetime()
    lifetime.end_on_signals()
    Supervisor(settings, set_up_logging(settings, "up")).run(lifetime)


def worker(*, as_json: AsJson = False, with_parent: WithParent = False) -> None:
    """Own partitions of the log and decide their records."""
    from services.process.worker import run_worker

    _run("worker", run_worker, as_json=as_json, has_parent=with_parent)


def relay(*, as_json: AsJson = False, with_parent: WithParent = False) -> None:
    """Carry messages from one partition to another."""
    from services.process.relay import run_relay

    _run("relay", run_relay, as_json=as_json, has_parent=with_parent)


def projector(*, as_json: AsJson = False, with_parent: WithParent = False) -> None:
    """Bring the read models in PostgreSQL up to the journal."""
    from services.process.projector import run_projector

    _run("projector", run_projector, as_json=as_json, has_parent=with_parent)


def segmenter(*, as_json: AsJson = False, with_parent: WithParent = False) -> None:
    """Compute segments every KOPILKA_SEGMENT_INTERVAL_S seconds, and assign members to them."""
    from services.process.segmenter import run_segmenter

    _run("segmenter", run_segmenter, as_json=as_json, has_parent=with_parent)


def api(
    *,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Instead of KOPILKA_API_PORT.")] = None,
    as_json: AsJson = False,
    with_parent: WithParent = False,
) -> None:
    """Serve the read API over HTTP; its description is at /docs."""
    from services.process.api import run_api
    from services.settings import load_settings

    settings = load_settings()
    if as_json:
        settings = settings.replace(log_format="json")
    if port is not None:
        settings = settings.replace(api_port=port)
    raise typer.Exit(int(run_api(settings, has_parent=with_parent)))


def _run(name: str, run: object, *, as_json: bool, has_parent: bool) -> None:
    from collections.abc import Callable
    from typing import cast

    from services.process.site import Site, run_process
    from services.settings import load_settings

    settings = load_settings()
    if as_json:
        settings = settings.replace(log_format="json")
    code = run_process(name, settings, cast("Callable[[Site], None]", run), has_parent=has_parent)
    raise typer.Exit(int(code))
