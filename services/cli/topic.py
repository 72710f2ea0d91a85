"""Commands on the topics of a cluster."""

from __future__ import annotations

import typer

from services.cli.option import AsJson

__all__ = ["make_app"]


def make_app() -> typer.Typer:
    """Give the commands of `kopilka topics`."""
    app = typer.Typer(help="The topics of a cluster, as the design wants them.", no_args_is_help=True)
    app.command()(apply)
    app.command()(check)
    return app


def apply(*, as_json: AsJson = False) -> None:
    """Create the topics that are missing; those that exist are left as they are."""
    from eventlog.opening import open_log
    from services.backend import running_backend
    from services.cli.output import Output
    from services.settings import load_settings
    from services.topology import apply_topics

    settings, output = load_settings(), Output(is_json=as_json)
    with running_backend(settings) as backend, open_log(backend.log_url) as log:
        created = apply_topics(log, settings.partitions)
    for topic in created:
        output.tell(f"created {topic} with {settings.partitions} partitions")
    if not created:
        output.tell(f"nothing to do: all topics are there with {settings.partitions} partitions")
    output.give({"created": created, "partitions": settings.partitions})


def check(*, as_json: AsJson = False) -> None:
    """Tell which topics are missing or have another number of partitions; exit code 1 when any."""
    from eventlog.opening import open_log
    from services.backend import running_backend
    from services.cli.output import Output
    from services.settings import load_settings
    from services.topology import check_topics, topics_of

    settings, output = load_settings(), Output(is_json=as_json)
    with running_backend(settings) as backend, open_log(backend.log_url) as log:
        faults = check_topics(log.partition_counts(), settings.partitions)
    for fault in faults:
        output.tell(str(fault))
    if not faults:
        count = len(topics_of(settings.partitions))
        output.tell(f"all {count} topics are there with {settings.partitions} partitions")
    output.give(
        {
            "faults": [{"topic": fault.topic, "partitions": fault.partitions, "text": str(fault)} for fault in faults],
            "partitions": settings.partitions,
        }
    )
    if faults:
        raise typer.Exit(1)
