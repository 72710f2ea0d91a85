"""Commands that look after the books; each ends with exit code 1 when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.option import AsJson

if TYPE_CHECKING:
    from eventlog.port import Log
    from services.backend import Backend
    from services.doctor.instruction import Operator
    from services.outcome import WrittenRecord
    from services.settings import Settings

__all__ = ["make_app"]

_Tenant = Annotated[str, typer.Option(help="Whose it is.")]
_Reason = Annotated[str, typer.Option(help="Why; it stands in the journal for ever.")]


def make_app() -> typer.Typer:
    """Give the commands of `kopilka doctor`."""
    app = typer.Typer(help="Is it right, and why.", no_args_is_help=True)
    app.command()(explain)
    app.command("trial-balance")(trial_balance)
    app.command()(verify)
    app.command()(rebuild)
    app.command()(lag)
    app.command("skip-lost")(skip_lost)
    app.command("retry-parked")(retry_parked)
    return app


@contextmanager
def _open() -> Iterator[tuple[Settings, Backend, Log]]:
    from eventlog.opening import open_log
    from services.backend import running_backend
    from services.settings import load_settings
    from services.topology import verify_topics

    settings = load_settings()
    with running_backend(settings) as backend, open_log(backend.log_url) as log:
        verify_topics(log, settings.partitions)
        yield settings, backend, log


def explain(
    key: Annotated[
        str, typer.Argument(help="STORE/TILL/NUMBER/DATE, a source key, TOPIC/PARTITION/OFFSET, or P/OFFSET.")
    ],
    *,
    tenant: _Tenant = "journey",
    as_json: AsJson = False,
) -> None:
    """Tell why an entry is as it is: which rules fired, and what kept the others from it."""
    from projections.connection import connect
    from services.cli.output import Output
    from services.doctor import explanation
    from services.doctor.entry_place import find_places
    from services.doctor.retrace import retrace
    from services.registry import open_registry

    output = Output(is_json=as_json)
    with _open() as (settings, backend, log):
        with connect(backend.database_url) as connection:
            places = find_places(connection, tenant, key)
        resolver = open_registry(settings.schema_registry_url)
        retraced = [retrace(log, place, resolver) for place in places]
    for one in retraced:
        output.tell(explanation.as_text(one))
    output.give({"entries": [explanation.as_json(one) for one in retraced]})
    if not all(one.is_same for one in retraced):
        raise typer.Exit(1)


def trial_balance(*, as_json: AsJson = False) -> None:
    """Check the ledger's equations, and that the read models hold what the journal sums to."""
    from services.cli.output import Output
    from services.doctor.balance import check_balance

    output = Output(is_json=as_json)
    with _open() as (_, backend, log), output.progress("journal records") as on_progress:
        report = check_balance(log, backend.database_url, on_progress=on_progress)
    for finding in report.findings:
        output.tell(str(finding))
    if report.is_clean:
        output.tell(
            f"The books balance: {len(report.equations)} equations hold, and {report.account_count:,} balances are "
            "what the journal sums to."
        )
    output.give(report.as_json())
    if not report.is_clean:
        raise typer.Exit(1)


def verify(
    *,
    running: Annotated[bool, typer.Option("--running", help="Messages under way are no fault: work goes on.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read all journals from the start and compare them with inputs, messages and read models."""
    from services.cli.output import Output
    from services.doctor.verify import verify as run_verify

    output = Output(is_json=as_json)
    with _open() as (_, backend, log), output.progress("journal records") as on_progress:
        report = run_verify(log, backend.database_url, is_at_rest=not running, on_progress=on_progress)
    for finding in report.findings:
        output.tell(str(finding))
    if report.is_clean:
        output.tell(
            f"Verified: {report.entry_count:,} entries form unbroken chains, {report.input_count:,} input records have "
            f"one each, {report.message_count:,} messages arrived once."
        )
        for partition, digest in report.hashes.items():
            output.tell(f"  partition {partition}: {digest}")
    output.give(report.as_json())
    if not report.is_clean:
        raise typer.Exit(1)


def rebuild(
    *,
    compare_only: Annotated[bool, typer.Option("--compare-only", help="Leave the live tables in place.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build the read models anew beside the live ones, compare both, and swap them."""
    from projections.rebuild import RebuildBusyError, RebuildProgress
    from projections.rebuild import rebuild as run_rebuild
    from services.cli.output import Output
    from services.failure import WorkRefusedError

    output = Output(is_json=as_json)
    with _open() as (_, backend, log), output.progress("journal offsets") as show:

        def on_progress(progress: RebuildProgress) -> None:
            show(progress.done, progress.total)

        try:
            report = run_rebuild(log, backend.database_url, swaps=not compare_only, on_progress=on_progress)
        except RebuildBusyError as error:
            raise WorkRefusedError(str(error)) from None
    for table in report.differences:
        output.tell(f"{table}: the live table did not hold what the journal says")
    if not report.differences:
        output.tell(f"All {len(report.before)} tables came out the same from {report.entry_count:,} entries.")
    output.tell("The rebuilt tables are in place." if report.is_swapped else "The live tables are as they were.")
    output.give(
        {
            "is_clean": not report.differences,
            "differences": report.differences,
            "compared_at": report.compared_at,
            "tables": report.after,
            "entry_count": report.entry_count,
            "is_swapped": report.is_swapped,
        }
    )
    if report.differences:
        raise typer.Exit(1)


def lag(
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Return when everything is decided and projected.")] = False,
    limit_s: Annotated[float, typer.Option(help="With --wait: how long without any progress.")] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Tell how far workers and projector are behind, and what waits for a person."""
    from services.cli.output import Output
    from services.doctor.lag import measure_lag
    from services.doctor.rest import RestWatch

    output = Output(is_json=as_json)
    with _open() as (_, backend, log):
        if wait:
            with RestWatch(log, backend.database_url) as watch, output.progress("decided") as on_progress:
                watch.wait(limit_s=limit_s, on_progress=on_progress)
        report = measure_lag(log, backend.database_url)
    rows = [[one.partition, one.owner, one.epoch, sum(one.inputs.values()), one.projector] for one in report.partitions]
    output.table("Lag", ["partition", "owner", "epoch", "records to decide", "journal offsets to project"], rows)
    output.table("Entries", ["outcome", "entries"], [[name, count] for name, count in sorted(report.outcomes.items())])
    for finding in report.findings:
        output.tell(str(finding))
    output.give(report.as_json())
    if not report.is_clean:
        raise typer.Exit(1)


def skip_lost(
    *,
    topic: Annotated[str, typer.Argument(help="The input topic.")],
    partition: Annotated[int, typer.Argument(min=0, help="The partition that stands still.")],
    offset: Annotated[
        int | None, typer.Argument(min=0, help="The first offset to read again; else the first that the log holds.")
    ] = None,
    reason: _Reason,
    as_json: AsJson = False,
) -> None:
    """Let a partition go on past records that the log no longer holds."""
    from eventlog.port import TopicPartition
    from services.doctor.instruction import instruct_skip

    place = TopicPartition(topic, partition)
    with _open() as (_, backend, log):
        record = instruct_skip(log, backend.database_url, _operator(reason), place=place, next_offset=offset)
        _tell_outcome(backend.database_url, record, as_json=as_json)


def retry_parked(
    *,
    tenant: Annotated[str, typer.Argument(help="Whose entity it is.")],
    kind: Annotated[str, typer.Argument(help="member, code, campaign or partition.")],
    entity_id: Annotated[str, typer.Argument(help="Its id.")],
    reason: _Reason,
    as_json: AsJson = False,
) -> None:
    """Let the records held for a parked entity be decided, when what made them fail is mended."""
    from services.doctor.instruction import instruct_retry

    with _open() as (_, backend, log):
        record = instruct_retry(log, _operator(reason), tenant=tenant, kind=kind, entity_id=entity_id)
        _tell_outcome(backend.database_url, record, as_json=as_json)


def _operator(reason: str) -> Operator:
    import getpass

    from services.doctor.instruction import Operator

    return Operator(name=getpass.getuser(), reason=reason)


def _tell_outcome(database_url: str, record: WrittenRecord, *, as_json: bool) -> None:
    from services.cli.output import Output
    from services.failure import WorkRefusedError
    from services.outcome import wait_for_outcome

    output = Output(is_json=as_json)
    seen = wait_for_outcome(database_url, record, limit_s=15.0)
    if seen is not None and seen.reason:
        raise WorkRefusedError(seen.refusal)
    if seen is None:
        output.tell("The instruction is in the log, and not decided yet; see: kopilka doctor lag")
    else:
        output.tell(f"The instruction was decided: {seen.outcome}")
    output.give({**record._asdict(), "outcome": None if seen is None else seen.outcome})
    if seen is None:
        raise typer.Exit(1)
