"""The commands of `kopilka bench`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from services.bench.report import Report
from services.cli.output import Output
from services.embedded.account import make_open_folder
from services.ingest.journey import open_journey
from services.ingest.journey_selection import Selection
from services.settings import load_settings

__all__ = ["run_bench"]

_CAMPAIGNS: Final = Path(__file__).parents[2] / "campaigns"
_RECEIPTS: Final = "sales.receipt.recorded.v1"
#: The feed's codes need a key; which one does not matter to a bench.
_CODE_KEY: Final = b"bench"
_PARTITIONS: Final = 4

app = typer.Typer(help="Run a benchmark; what is compared runs in turn in one run.", no_args_is_help=True)

_Runs = Annotated[int, typer.Option(min=1, max=100, help="Counted rounds.")]
_Limit = Annotated[int, typer.Option("--limit", min=1_000, help="Baskets of the journey.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text for people.")]


def run_bench(arguments: Sequence[str]) -> None:
    """Run the bench that the arguments of `kopilka bench` name."""
    app(args=list(arguments), prog_name="kopilka bench")


def _cache() -> Path:
    folder = load_settings().folder
    make_open_folder(folder)
    return folder


@app.command()
def decide(*, runs: _Runs = 5, limit: _Limit = 10_000, as_json: _AsJson = False) -> None:
    """What a decision costs beside decoding its receipt, and whether a member's history costs."""
    from services.bench.decide import bench_decide  # noqa: PLC0415 (only what is run is loaded)

    feed = open_journey(_cache(), code_key=_CODE_KEY, selection=Selection(limit=limit))
    values = [record.value for record in feed if record.topic == _RECEIPTS]
    output = Output(is_json=as_json)
    with output.progress("decide") as progress:
        report = bench_decide(values, _CAMPAIGNS, runs=runs, on_run=lambda number: progress(number, runs))
    _show(output, report)


@app.command()
def projection(*, runs: _Runs = 5, limit: _Limit = 20_000, as_json: _AsJson = False) -> None:
    """Rows per second into all read models, beside a bare COPY of the same rows."""
    from services.bench.journal import make_journal  # noqa: PLC0415 (only what is run is loaded)
    from services.bench.projection import bench_projection  # noqa: PLC0415 (as above)
    from services.embedded.postgres import EmbeddedPostgres  # noqa: PLC0415 (as above)

    feed = open_journey(_cache(), code_key=_CODE_KEY, selection=Selection(limit=limit))
    log = make_journal(feed, [_CAMPAIGNS / "journey"], partitions=_PARTITIONS)
    output = Output(is_json=as_json)
    with TemporaryDirectory(prefix="kopilka-bench-") as name, output.progress("projection") as progress:
        # The server runs under an account of its own when the bench is root, and must get through to its folder.
        Path(name).chmod(0o755)
        with EmbeddedPostgres(Path(name) / "server") as server:
            report = bench_projection(log, server.url(), runs=runs, on_run=lambda number: progress(number, runs))
    _show(output, report)


def _show(output: Output, report: Report) -> None:
    output.give(report.as_json())
    output.tell(f"{report.data}; {report.runs} runs on {report.machine['processor']}, commit {report.commit}")
    for title, figures in (("Results", report.results), ("Ratios", report.ratios)):
        rows = [
            (name, f"{spread.median:g}", f"{spread.lowest:g}", f"{spread.highest:g}", report.bounds.get(name, ""))
            for name, spread in figures.items()
        ]
        output.table(title, ("", "median", "lowest", "highest", "to reach"), rows)
