"""One receipt under two owners: the same one loses in whatever order the projector meets them."""

from collections.abc import Sequence

import pytest

from eventlog.port import Delivery, WriteError, Writer
from projections.connection import connect
from projections.journal_end import EndedLog
from projections.member_query import load_owners
from projections.projector import Projector
from projections.session import ProjectorSettings
from schemas.entry import Entry
from schemas.record.conflict import ReceiptConflicted
from tests.integration.projections.made_entry import (
    BUSINESS_DATE,
    TENANT,
    bought,
    entry,
    key_of,
    receipt,
    taken_back,
)
from tests.integration.projections.made_journal import NOON_MS, MadeJournal
from tests.integration.projections.made_model import ask, project


def _anonymous(number: str) -> Entry:
    return entry(key_of(number), source_key=f"receipt:{key_of(number)}", receipts=[receipt(number, member_id=None)])


def _told(made: MadeJournal) -> list[str]:
    return [finding.loser for finding in made.findings()]


@pytest.mark.parametrize("is_winner_first", [True, False])
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_the_later_of_two_members_loses(every_model_url: str, *, is_winner_first: bool, is_one_batch: bool) -> None:
    """The earlier by log time stands, whichever partition the projector reads first."""
    made = MadeJournal()
    writes = [(0, "anna", NOON_MS), (1, "boris", NOON_MS + 1)]
    for partition, member, log_time_ms in writes if is_winner_first else writes[::-1]:
        made.write(partition, bought("1", member, {"base": 5}), log_time_ms=log_time_ms)
        if not is_one_batch:
            project(made.log, every_model_url)
    project(made.log, every_model_url)

    assert made.findings() == [
        ReceiptConflicted(
            tenant=TENANT,
            store_id="s1",
            till_id="1",
            receipt_number="1",
            business_date=BUSINESS_DATE,
            loser="boris",
        )
    ]


@pytest.mark.parametrize("is_named_first", [True, False])
def test_an_anonymous_record_yields_to_a_named_one_even_when_it_is_earlier(
    model_url: str, *, is_named_first: bool
) -> None:
    """Who is known goes before nobody, whatever the clock says."""
    made = MadeJournal()
    writes = [(0, bought("1", "anna", {"base": 5}), NOON_MS + 1), (1, _anonymous("1"), NOON_MS)]
    for partition, record, log_time_ms in writes if is_named_first else writes[::-1]:
        made.write(partition, record, log_time_ms=log_time_ms)
        project(made.log, model_url)
    assert _told(made) == [key_of("1")]


def test_at_one_log_time_the_lower_partition_and_then_the_lower_offset_stands(model_url: str) -> None:
    """The order is total, so that only one of any number stands."""
    made = MadeJournal()
    made.write(1, bought("1", "anna", {"base": 5}))
    made.write(1, bought("1", "boris", {"base": 5}))
    made.write(0, bought("1", "carol", {"base": 5}))
    project(made.log, model_url)
    assert sorted(_told(made)) == ["anna", "boris"]


@pytest.mark.parametrize(
    ("status", "told"),
    [pytest.param("RETURNED", ["boris"], id="returned"), pytest.param("CONFLICTED", [], id="lost")],
)
def test_who_gave_a_receipt_back_still_competes_and_who_lost_it_does_not(
    model_url: str, status: str, told: list[str]
) -> None:
    """Only a receipt that was lost is free for another owner."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 5}))
    made.write(0, taken_back("1", "anna", {"base": 5}, status=status))
    project(made.log, model_url)
    made.write(1, bought("1", "boris", {"base": 5}), log_time_ms=NOON_MS + 1)
    project(made.log, model_url)
    assert _told(made) == told


def test_a_return_does_not_take_an_owner_s_place(model_url: str) -> None:
    """The receipt's own record ranks, also where the return comes in another batch, and later than the other owner."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 5}))
    project(made.log, model_url)
    made.write(0, taken_back("1", "anna", {"base": 5}), log_time_ms=NOON_MS + 2)
    made.write(1, bought("1", "boris", {"base": 5}), log_time_ms=NOON_MS + 1)
    project(made.log, model_url)
    assert _told(made) == ["boris"]


def test_the_owner_that_holds_a_receipt_comes_first(model_url: str) -> None:
    """Who asks by receipt number is led to the owner that stands."""
    made = MadeJournal()
    made.write(0, _anonymous("1"))
    made.write(1, bought("1", "boris", {"base": 5}), log_time_ms=NOON_MS + 2)
    made.write(0, bought("1", "anna", {"base": 5}), log_time_ms=NOON_MS + 1)
    project(made.log, model_url)
    with connect(model_url) as connection:
        owners = load_owners(connection, TENANT, key_of("1"))
    assert [(owner.owner_id, owner.status) for owner in owners] == [
        ("anna", "RECORDED"),
        ("boris", "RECORDED"),
        (key_of("1"), "RECORDED"),
    ]


class _DeadError(Exception):
    """The process died."""


class _DyingLog(EndedLog):
    """A log whose writer acknowledges, and whose process then dies."""

    def writer(self) -> Writer:
        """Open a writer whose flush is its last deed."""
        writer = super().writer()
        flush = writer.flush

        def flush_and_die(*, limit_ms: int) -> Sequence[Delivery]:
            flush(limit_ms=limit_ms)
            raise _DeadError

        writer.flush = flush_and_die  # type: ignore[method-assign]
        return writer


class _DeafLog(EndedLog):
    """A log that acknowledges nothing."""

    def writer(self) -> Writer:
        """Open a writer that fails each write."""
        writer = super().writer()
        error = WriteError(text="no leader", is_permanent=False)
        failure = Delivery(topic="", partition=0, tag=0, offset=None, error=error)
        writer.flush = lambda *, limit_ms: [failure] if limit_ms else []  # type: ignore[method-assign]
        return writer


def _contested() -> MadeJournal:
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 5}))
    made.write(1, bought("1", "boris", {"base": 5}), log_time_ms=NOON_MS + 1)
    return made


def test_the_loser_is_told_before_the_batch_is_committed(model_url: str) -> None:
    """A crash in between leaves a finding that comes twice, never one that is lost."""
    made = _contested()
    with pytest.raises(_DeadError):
        project(_DyingLog(made.log, {}), model_url)
    assert ask(model_url, "SELECT count(*) FROM receipt") == [(0,)]
    assert _told(made) == ["boris"]
    # The batch comes again, and so does the finding: the same record, which has no effect the second time.
    project(made.log, model_url)
    first, second = made.findings()
    assert first == second


def test_a_finding_that_is_not_acknowledged_keeps_the_batch_back(model_url: str) -> None:
    """While losers cannot be told, the batch waits, and comes again."""
    made = _contested()
    waits: list[float] = []
    with Projector(_DeafLog(made.log, {}), model_url, sleep=waits.append) as projector:
        projector.step(0)
        assert (
            projector.failure_text == "BrokenLogError: engine.receipt.conflicted.v1 did not take a finding: no leader"
        )
    assert waits == [0.05]
    assert ask(model_url, "SELECT count(*) FROM receipt") == [(0,)]


def test_a_projector_may_be_told_to_tell_nobody(model_url: str) -> None:
    """A rebuild counts conflicts without sending them again."""
    made = _contested()
    with Projector(made.log, model_url, ProjectorSettings(tells_losers=False)) as projector:
        projector.catch_up()
        assert projector.counts.conflicts == 1
    assert _told(made) == []
