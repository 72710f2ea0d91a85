"""The demo: real baskets through the whole engine on embedded parts, in under a minute, checked at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eventlog.opening import open_log
from eventlog.port import Log
from services.backend import Backend, running_backend
from services.cli.output import Output
from services.code_key import load_code_key
from services.demo.showing import show_views
from services.demo.stage import open_stage
from services.doctor.balance import check_balance
from services.doctor.finding import Finding
from services.doctor.rest import RestWatch
from services.doctor.verify import verify
from services.failure import ExitCode, NotFoundError
from services.ingest.feed import FeedFile
from services.ingest.feeder import Feeder
from services.ingest.journey import open_journey
from services.ingest.journey_selection import Selection
from services.process.lifetime import Lifetime
from services.process.segmentation import assign_segments
from services.process.supervisor import Supervisor, prepare
from services.publication.adoption import AdoptionWatch
from services.publication.publisher import Publisher, check_files, find_files, split_settings
from services.settings import Settings, load_settings
from services.telemetry.logger import set_up_logging

__all__ = ["run_demo"]

#: Whatever the demo waits for comes within seconds; this is only spent when something is broken.
_LIMIT_S: Final = 60.0
_CHILDREN: Final = ("worker", "relay", "projector")
_NEXT: Final = """What to try next
  kopilka up                                             run everything, and in another terminal:
  kopilka campaign publish campaigns/journey --wait      publish the rules
  kopilka ingest journey                                 all 155,848 baskets of the year
  kopilka doctor lag --wait                              wait until all is decided and projected
  kopilka doctor explain STORE/TILL/NUMBER/DATE          why a receipt earned what it earned
  kopilka doctor trial-balance; kopilka doctor verify    is it right
  kopilka demo --keep                                    and look at http://127.0.0.1:8080/docs"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Play:
    """What every act of the demo needs."""

    settings: Settings
    backend: Backend
    log: Log
    output: Output
    answer: dict[str, Any]


def run_demo(*, limit: int, is_kept: bool, is_json: bool) -> ExitCode:
    """Run the demo.

    Args:
        limit: Baskets to replay.
        is_kept: Whether the API is left up until Ctrl-C.
        is_json: Whether to print one JSON object instead.

    Raises:
        WorkRefusedError: when a demo is running already, or something does not move.
        JourneyMissingError: when the data is not installed.
        BinariesMissingError: when no PostgreSQL is on this machine.
    """
    began_s = time.monotonic()
    output = Output(is_json=is_json)
    with ExitStack() as cleanup:
        settings = cleanup.enter_context(open_stage(load_settings()))
        output.tell(f"Kopilka demo: {limit:,} real baskets, in {settings.folder}\n")
        # Reading the data takes seconds of one core; the server and the processes start on the other meanwhile.
        feeds = cleanup.enter_context(ThreadPoolExecutor(max_workers=1))
        feed = feeds.submit(
            open_journey, settings.folder, code_key=load_code_key(settings), selection=Selection(limit=limit)
        )
        backend = cleanup.enter_context(running_backend(settings))
        prepare(settings, backend)
        supervisor = Supervisor(
            settings,
            set_up_logging(settings, "demo"),
            _CHILDREN,
            output=settings.folder / "processes.log",
        )
        cleanup.enter_context(supervisor.running(backend))
        log = cleanup.enter_context(open_log(backend.log_url))
        play = _Play(settings=settings, backend=backend, log=log, output=output, answer={})
        _publish(play)
        _replay(play, feed.result())
        play.answer.update(show_views(log, backend.database_url, output))
        findings = _check(play)
        output.tell(f"\nDone in {time.monotonic() - began_s:.0f} s.\n\n{_NEXT}")
        play.answer["seconds"] = round(time.monotonic() - began_s, 1)
        output.give(play.answer)
        if is_kept:
            _keep(play)
    return ExitCode.WRONG if findings else ExitCode.WELL


def _campaigns() -> Path:
    """Give the folder of the demo's rules: beside the packages in the sources, else below the working folder."""
    for root in (Path(__file__).resolve().parents[2], Path.cwd()):
        folder = root / "campaigns" / "journey"
        if folder.is_dir():
            return folder
    raise NotFoundError("the folder campaigns/journey is not here; run the demo from a checkout of the sources")


def _publish(play: _Play) -> None:
    checked, faulty = check_files(find_files([_campaigns()]))
    if faulty:
        raise faulty[0][1]
    partitions = play.settings.partitions
    watch = AdoptionWatch(play.backend.database_url, partitions=partitions, limit_s=_LIMIT_S)
    publisher = Publisher(play.log, partitions=partitions, now_ms=time.time_ns() // 1_000_000)
    with play.output.progress("publishing rules") as show:
        before = 0
        for files in split_settings(checked):
            watch.wait(publisher.publish(files), _shifted(show, before, len(checked) * partitions))
            before += len(files) * partitions
    publisher.close()
    titles = [file.title for file in checked]
    play.output.tell(f"Published and adopted by all {partitions} partitions: {', '.join(titles)}")
    play.answer["published"] = titles


def _shifted(show: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    return lambda done: show(before + done, total)


def _replay(play: _Play, feed: FeedFile) -> None:
    began_s = time.monotonic()
    partitions, url = play.settings.partitions, play.backend.database_url
    with play.log.writer() as writer, play.output.progress("writing") as show:
        count = Feeder(writer=writer, partition_count=partitions, on_progress=show).feed(feed)
    with RestWatch(play.log, url) as watch:
        with play.output.progress("deciding") as show:
            watch.wait(limit_s=_LIMIT_S, on_progress=show)
        seconds = time.monotonic() - began_s
        play.output.tell(
            f"{count:,} records written, decided and projected in {seconds:.1f} s ({count / seconds:,.0f} a second)"
        )
        made = assign_segments(play.log, url, partitions=partitions, now_ms=lambda: time.time_ns() // 1_000_000)
        changed = sum(number for one in made for number in one.changed.values())
        with play.output.progress("assigning segments") as show:
            watch.wait(limit_s=_LIMIT_S, on_progress=show)
    play.output.tell(f"{changed:,} segment assignments computed, written, decided and projected\n")
    play.answer.update(
        records=count,
        topics=dict(feed.counts),
        replay_seconds=round(seconds, 2),
        segment_assignments=changed,
    )


def _check(play: _Play) -> list[Finding]:
    with play.output.progress("trial balance") as show:
        balance = check_balance(play.log, play.backend.database_url, on_progress=show)
    with play.output.progress("verification") as show:
        report = verify(play.log, play.backend.database_url, on_progress=show)
    findings = [*balance.findings, *report.findings]
    for finding in findings:
        play.output.tell(str(finding))
    if not balance.findings:
        play.output.tell(
            f"Trial balance: {len(balance.equations)} equations hold; {balance.account_count:,} balances are what the "
            "journal sums to."
        )
    if not report.findings:
        play.output.tell(
            f"Verification: {report.entry_count:,} entries in unbroken chains, one for each of {report.input_count:,} "
            f"input records; {report.message_count:,} messages arrived once."
        )
    play.answer.update(trial_balance=balance.as_json(), verification=report.as_json())
    return findings


def _keep(play: _Play) -> None:
    from services.api.app import make_api
    from services.process.api import ApiServer

    settings = play.settings
    lifetime = Lifetime()
    lifetime.end_on_signals()
    play.output.tell(f"\nThe API is up: http://{settings.listen_host}:{settings.api_port}/docs; Ctrl-C ends it.")
    server = ApiServer(make_api(settings, play.backend), settings.listen_host, settings.api_port)
    server.run(lifetime)
