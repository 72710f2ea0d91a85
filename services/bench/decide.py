"""`kopilka bench decide`: what a decision costs beside the decoding of its receipt, and whether history costs.

`decide_vs_decode`: `decide` and `evolve` of real receipts with 20 live campaigns, without encoding, against decoding
the same receipts from their wire form into typed records. `long_history_vs_short`: the same receipts for a member who
has 5,000 receipts against one who has 5, with the state in the worker's own store on disk.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from eventlog.port import StoredRecord
from eventlog.position import START
from processors.context import Context, Incoming
from processors.decider import decide
from processors.evolution import evolve
from processors.rules.book import Book, build_book
from processors.rules.source import parse_source
from processors.state import Delta
from processors.worker.ahead import StateAhead
from processors.worker.store import MemoryStore, RocksStore, Store
from schemas.codec import Decoded, decode_event, encode_event
from schemas.entry import DocumentChanged, Effect, EntrySource, Outcome
from schemas.ids import entity_key
from schemas.record.receipt import ReceiptRecorded
from services.bench.report import Report, describe_commit, describe_machine, measure_in_turn, spread_of

__all__ = ["bench_decide", "check_silent", "load_bench_book"]

_TOPIC: Final = "sales.receipt.recorded.v1"
#: Long after the last receipt, so that the clock only moves forward.
_FIRST_LOG_TIME_MS: Final = 1_700_000_000_000
_LONG_HISTORY: Final = 5_000
_SHORT_HISTORY: Final = 5
#: Receipts measured on top of a history; few against the long one, so that it stays what it is.
_HISTORY_SAMPLE: Final = 500
#: Entries that are known accepted together, as a busy worker sees it.
_COMMIT_ENTRIES: Final = 100


def load_bench_book(campaigns: Path) -> Book:
    """Compile the journey's programme and campaigns with the fourteen that never fire.

    Args:
        campaigns: The folder that holds `journey` and `bench`.
    """
    files = [*sorted((campaigns / "journey").glob("*.yaml")), *sorted((campaigns / "bench").glob("*.yaml"))]
    documents = []
    for file in files:
        source = parse_source(file.read_text(encoding="utf-8"), file.name)
        campaign_id = getattr(source.parsed, "campaign", None)
        documents.append(
            (
                source.parsed.tenant,
                DocumentChanged(
                    programme=source.parsed.programme,
                    campaign_id=campaign_id,
                    version=source.parsed.version,
                    document=source.document,
                    published_at_ms=0,
                ),
            )
        )
    return build_book(sorted(documents, key=lambda item: (item[1].campaign_id or "", item[1].version)))


def _incoming(value: bytes, decoded: Decoded, offset: int) -> Incoming:
    event = decoded.event
    assert isinstance(event, ReceiptRecorded), "the bench feeds receipts"
    key = entity_key(event.tenant, event.member_id or event.key)
    record = StoredRecord(_TOPIC, 0, offset, _FIRST_LOG_TIME_MS + offset, key, value, ())
    return Incoming(record=record, decoded=decoded)


def _timed(work: Callable[[], object]) -> float:
    """Give the seconds of one run, without the collector's pauses, which fall on either side at random."""
    gc.collect()
    gc.disable()
    try:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun
    finally:
        gc.enable()


class _Run:
    """Decides a sequence of receipts on one store."""

    def __init__(self, store: Store, book: Book) -> None:
        self._state = StateAhead(store)
        self._book = book
        self._store = store
        self._sequence = 0
        self._waiting = 0
        self.effects: list[Effect] = []

    def decide(self, incomings: Iterable[Incoming]) -> None:
        """Decide and fold each; every hundred go to the store, as with a busy worker."""
        for incoming in incomings:
            self._sequence += 1
            record = incoming.record
            context = Context(
                partition=0, partition_count=1, clock_ms=record.log_time_ms, sequence=self._sequence, book=self._book
            )
            entry = decide(self._state, incoming, context)
            assert entry.outcome == Outcome.DECIDED.value, entry.rejection
            source = EntrySource(topic=_TOPIC, partition=0, offset=record.offset, log_time_ms=record.log_time_ms)
            self._push(evolve(self._state, entry, source))
            self.effects.extend(entry.effects)
        self.commit()

    def _push(self, delta: Delta) -> None:
        self._state.push(delta)
        self._waiting += 1
        if self._waiting == _COMMIT_ENTRIES:
            self.commit()

    def commit(self) -> None:
        """Write what waits to the store."""
        if self._waiting:
            self._state.commit(self._waiting, START)
            self._waiting = 0

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()


def check_silent(effects: Iterable[Effect], campaigns: Path) -> None:
    """Check that the fourteen campaigns did what they are there for: nothing.

    Raises:
        AssertionError: naming those that fired.
    """
    silent = {file.stem.partition("-")[2] for file in (campaigns / "bench").glob("*.yaml")}
    loud = sorted(silent & {effect.campaign_id for effect in effects})
    assert not loud, f"these campaigns of the bench fired: {loud}"


def _bench_history(values: Sequence[bytes], book: Book, folder: Path, runs: int) -> dict[str, list[float]]:
    """Measure the same receipts on top of a long and of a short history, each in a store of its own."""
    template = [decode_event(value).event for value in values[:_HISTORY_SAMPLE]]

    def make(number: int, index: int) -> Incoming:
        event = template[index % len(template)]
        assert isinstance(event, ReceiptRecorded), "the bench feeds receipts"
        changed = msgspec.structs.replace(event, member_id="h0", receipt_number=f"{number}-{index}")
        value = encode_event(changed)
        return _incoming(value, decode_event(value), number * 1_000_000 + index)

    made: dict[str, _Run] = {}
    for name, size in (("long", _LONG_HISTORY), ("short", _SHORT_HISTORY)):
        made[name] = _Run(RocksStore(folder / name), book)
        made[name].decide(make(0, index) for index in range(size))
    turn = 0

    def sample(name: str) -> float:
        nonlocal turn
        turn += 1
        incomings = [make(turn, index) for index in range(len(template))]
        return _timed(lambda: made[name].decide(incomings)) / len(incomings) * 1e6

    def sample_short() -> float:
        # A history of five must stay one of five: the short one begins anew each time.
        made["short"].close()
        made["short"] = _Run(RocksStore(folder / f"short-{turn}"), book)
        made["short"].decide(make(0, index) for index in range(_SHORT_HISTORY))
        return sample("short")

    figures = measure_in_turn(runs, {"long": lambda: sample("long"), "short": sample_short})
    for run in made.values():
        run.close()
    return figures


def bench_decide(
    values: Sequence[bytes], campaigns: Path, *, runs: int, on_run: Callable[[int], None] | None = None
) -> Report:
    """Run the bench.

    Args:
        values: Framed receipts of the journey.
        campaigns: The folder that holds `journey` and `bench`.
        runs: Counted rounds.
        on_run: Told the number of each finished round.
    """
    book = load_bench_book(campaigns)
    decoded = [decode_event(value) for value in values]
    incomings = [_incoming(value, one, offset) for offset, (value, one) in enumerate(zip(values, decoded, strict=True))]

    def decode_all() -> float:
        return _timed(lambda: [decode_event(value) for value in values]) / len(values) * 1e6

    def decide_all() -> float:
        run = _Run(MemoryStore(), book)
        seconds = _timed(lambda: run.decide(incomings))
        check_silent(run.effects, campaigns)
        return seconds / len(values) * 1e6

    main = measure_in_turn(runs, {"decide": decide_all, "decode": decode_all}, on_run)
    with TemporaryDirectory(prefix="kopilka-bench-") as folder:
        history = _bench_history(values, book, Path(folder), runs)
    return Report(
        machine=describe_machine(),
        commit=describe_commit(),
        data=f"{len(values)} receipts of the journey, 20 campaigns; history: one member, {_HISTORY_SAMPLE} receipts "
        f"after {_LONG_HISTORY} and after {_SHORT_HISTORY}",
        runs=runs,
        results={
            "decide_evolve_us": spread_of(main["decide"]),
            "decode_us": spread_of(main["decode"]),
            "long_history_us": spread_of(history["long"]),
            "short_history_us": spread_of(history["short"]),
        },
        ratios={
            "decide_vs_decode": spread_of([a / b for a, b in zip(main["decide"], main["decode"], strict=True)]),
            "long_history_vs_short": spread_of([a / b for a, b in zip(history["long"], history["short"], strict=True)]),
        },
        bounds={"decide_vs_decode": "<= 2", "long_history_vs_short": "<= 1.2"},
    )
