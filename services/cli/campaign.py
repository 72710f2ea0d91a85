"""Commands on campaign files and programme settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from services.cli.option import AsJson

__all__ = ["make_app"]

_Paths = Annotated[list[Path], typer.Argument(help="Files, or folders with *.yaml, *.yml and *.json.")]


def make_app() -> typer.Typer:
    """Give the commands of `kopilka campaign`."""
    app = typer.Typer(help="Campaign files and programme settings.", no_args_is_help=True)
    app.command()(check)
    app.command()(publish)
    return app


def check(paths: _Paths, *, as_json: AsJson = False) -> None:
    """Check files without publishing them; every fault is told with line and column."""
    from services.cli.output import Output
    from services.publication.publisher import check_files, find_files

    output = Output(is_json=as_json)
    checked, faulty = check_files(find_files(paths))
    for _, error in faulty:
        output.tell(str(error))
    if not faulty:
        for file in checked:
            output.tell(f"{file.path}: {file.title} has no fault")
    output.give(
        {
            "files": [{"path": str(file.path), "title": file.title} for file in checked],
            "faults": [
                {
                    "path": str(path),
                    "line": fault.line,
                    "column": fault.column,
                    "field": fault.field,
                    "value": fault.value,
                    "mend": fault.mend,
                }
                for path, error in faulty
                for fault in error.faults
            ],
        }
    )
    if faulty:
        raise typer.Exit(1)


def publish(
    paths: _Paths,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every partition has adopted them.")] = False,
    limit_s: Annotated[float, typer.Option(help="How long to wait, once for settings and once for campaigns.")] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Publish versions; a programme's settings go first. Publishing the same file again changes nothing."""
    import time

    from eventlog.opening import open_log
    from services.backend import running_backend
    from services.cli.output import Output
    from services.publication.adoption import AdoptionWatch
    from services.publication.publisher import Published, Publisher, check_files, find_files, split_settings
    from services.settings import load_settings
    from services.topology import verify_topics

    output = Output(is_json=as_json)
    checked, faulty = check_files(find_files(paths))
    if faulty:
        raise faulty[0][1]
    settings = load_settings()
    published: list[Published] = []
    with running_backend(settings) as backend, open_log(backend.log_url) as log, output.progress("adopted") as show:
        verify_topics(log, settings.partitions)
        watch = AdoptionWatch(backend.database_url, partitions=settings.partitions, limit_s=limit_s)
        publisher = Publisher(log, partitions=settings.partitions, now_ms=time.time_ns() // 1_000_000)
        total = len(checked) * settings.partitions
        # Settings first, and everywhere before the first campaign: what they say holds for all of it.
        for files in split_settings(checked):
            batch = publisher.publish(files)
            if wait:
                before = len(published) * settings.partitions
                watch.wait(batch, partial(_show_after, show, before, total))
            published += batch
        publisher.close()
    for one in published:
        how = f"adopted by all {settings.partitions} partitions" if wait else "written; partitions adopt it soon"
        output.tell(f"{one.file.title}: {how}")
    output.give(
        {
            "published": [{"title": one.file.title, **one.record._asdict()} for one in published],
            "is_adopted": wait,
        }
    )


def _show_after(show: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    show(before + done, total)
