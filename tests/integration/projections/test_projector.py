"""The projector counts every entry once, whatever breaks and whoever else works."""

import msgspec
import psycopg
import pytest

import projections.projector
from eventlog.journal import JournalReplacedError
from eventlog.port import BrokenLogError, Reader
from eventlog.position import START
from projections.batch import Batch
from projections.connection import connect
from projections.journal_end import EndedLog
from projections.journal_position import LostPositionError, PositionMove, load_positions, move_positions
from projections.migrate import migrate
from projections.projector import Projector
from projections.receipt_row import ReceiptState
from projections.segment.membership import load_thresholds
from projections.session import ProjectorSettings
from projections.store import store_batch
from projections.trial_balance import find_faults
from schemas.entry import BrokenInvariantError, Outcome, ParkingChanged
from schemas.rejection import Reason, reject
from tests.integration.projections.made_entry import bought, earned, entry, lot_change, published, taken_back
from tests.integration.projections.made_journal import MadeJournal
from tests.integration.projections.made_model import ask, change, hashes, project

BALANCES = "SELECT member_id, available FROM reporting.member_balance ORDER BY member_id"


def made_purchases(count: int = 60) -> MadeJournal:
    """Purchases of a few members in two partitions, every fifth taken back, and a refusal."""
    made = MadeJournal()
    for number in range(count):
        partition, member = number % 2, f"m{number % 2}{number % 3}"
        made.write(partition, bought(str(number), member, {"base": number + 1, "extra": 3}))
        if number % 5 == 0:
            made.write(partition, taken_back(str(number), member, {"base": number + 1, "extra": 3}))
    no = reject(Reason.INVALID_TOTAL, "total_minor", "\0" * 200, "send the sum of the lines")
    refused = entry("x" * 9_000, outcome=Outcome.REFUSED, rejection=no, source_key="receipt:" + "y\0" * 9_000)
    made.write(0, refused)
    return made


def test_content_does_not_depend_on_how_entries_fall_into_batches(every_model_url: str) -> None:
    """One batch or many: the same journal gives the same bytes."""
    made = made_purchases()
    assert project(made.log, every_model_url).counts.batches == 1
    at_once = hashes(every_model_url)
    change(every_model_url, "DROP SCHEMA read_model CASCADE")
    migrate(every_model_url)
    assert project(made.log, every_model_url, batch_entries=3).counts.batches > 20
    assert hashes(every_model_url) == at_once


def test_what_is_projected_is_not_projected_again(model_url: str) -> None:
    """A projector that starts again goes on where the tables stand."""
    made = made_purchases()
    assert project(made.log, model_url).counts.entries == 73
    before = hashes(model_url)
    assert project(made.log, model_url).counts.entries == 0
    assert hashes(model_url) == before


def test_two_projectors_at_once_count_everything_once(model_url: str) -> None:
    """Only one of two moves a position; the other gives its batch up and goes on from there."""
    made = made_purchases()
    settings = ProjectorSettings(batch_entries=4)
    with Projector(made.log, model_url, settings) as one, Projector(made.log, model_url, settings) as other:
        while not (one.is_at_end() and other.is_at_end()):
            one.step(0)
            other.step(0)
        assert one.counts.entries + other.counts.entries == 73
        assert one.counts.lost_batches + other.counts.lost_batches > 0
    assert ask(model_url, "SELECT sum(entry_count) FROM outcome_count") == [(73,)]
    assert ask(model_url, "SELECT sum(amount_minor) FROM account WHERE kind = 'member'") == ask(
        model_url, "SELECT sum(amount_minor) FROM member_statement"
    )


def test_without_compare_and_set_a_second_projector_writes_a_batch_again(
    model_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The safeguard taken out: two projectors that began at one place both write."""
    made = made_purchases()
    monkeypatch.setattr(projections.projector, "move_positions", lambda _connection, _moves: None)
    project(made.log, model_url)
    # The key of `entry` is what is left to stop it, and it stops it for good.
    with pytest.raises(psycopg.errors.UniqueViolation):
        project(made.log, model_url)


def test_a_position_moves_only_from_where_it_stands(model_url: str) -> None:
    """Compare-and-set refuses a batch that began elsewhere."""
    made = made_purchases()
    project(made.log, model_url)
    with connect(model_url) as connection:
        stands = load_positions(connection)[0]
        stale = PositionMove(partition=0, before=START, after=stands, recorded_at_ms=None)
        with pytest.raises(LostPositionError), connection.transaction():
            move_positions(connection, {0: stale})


def test_a_batch_that_was_not_committed_comes_again_whole(model_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the commit: nothing of the batch is there, and then all of it once."""
    made = made_purchases()

    def store_and_die(connection: psycopg.Connection, batch: Batch) -> list[ReceiptState]:
        store_batch(connection, batch)
        raise KeyboardInterrupt

    monkeypatch.setattr(projections.projector, "store_batch", store_and_die)
    with pytest.raises(KeyboardInterrupt):
        project(made.log, model_url)
    monkeypatch.undo()
    assert ask(model_url, "SELECT count(*) FROM entry") == [(0,)]
    assert project(made.log, model_url).counts.entries == 73
    assert ask(model_url, "SELECT count(*) FROM entry") == [(73,)]


def test_a_lost_connection_is_made_again_from_the_committed_position(model_url: str) -> None:
    """A database that went away costs a wait, never a row."""
    made = made_purchases()
    waits: list[float] = []
    with Projector(made.log, model_url, ProjectorSettings(batch_entries=10), sleep=waits.append) as projector:
        projector.step(0)
        with psycopg.connect(model_url, autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kopilka-projections'"
            )
        projector.catch_up()
        assert projector.counts.failures == 1
        assert projector.failure_text == ""
    assert waits == [0.05]
    assert ask(model_url, "SELECT count(*) FROM entry") == [(73,)]


class _FlakyLog(EndedLog):
    """A log that cannot be read at first."""

    failures = 3

    def reader(self) -> Reader:
        """Fail, or open a reader."""
        if self.failures:
            self.failures -= 1
            raise BrokenLogError("no log today")
        return super().reader()


def test_a_broken_log_is_waited_out_longer_each_time(model_url: str) -> None:
    """The wait doubles, and the reason can be read meanwhile."""
    made = made_purchases()
    waits: list[float] = []
    with Projector(_FlakyLog(made.log, {}), model_url, sleep=waits.append) as projector:
        assert projector.step(0) == 0
        assert projector.failure_text == "BrokenLogError: no log today"
        projector.catch_up()
        assert projector.counts.entries == 73
    assert waits == [0.05, 0.1, 0.2]


def test_another_journal_under_the_same_name_stops_the_projector(model_url: str) -> None:
    """Tables made from one journal never go on with another."""
    project(made_purchases().log, model_url)
    other = MadeJournal()
    for number in range(100):
        other.write(number % 2, bought(str(number), "anna", {"base": 1}))
    with pytest.raises(JournalReplacedError):
        project(other.log, model_url)


def test_an_entry_that_breaks_an_invariant_stops_the_projector(model_url: str) -> None:
    """Postings that do not sum to zero are never shown to anybody."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 5}))
    made.write(0, entry("anna", postings=earned("anna", "base", 5)[:1]))
    with pytest.raises(BrokenInvariantError, match="sum to -5"):
        project(made.log, model_url)
    assert ask(model_url, "SELECT count(*) FROM entry") == [(0,)]


def test_a_change_of_a_lot_that_was_never_opened_stops_the_projector(model_url: str) -> None:
    """A lot that nobody opened cannot change silently."""
    made = MadeJournal()
    made.write(0, entry("anna", lot_changes=[lot_change("anna", "9.1", "base", available=1)]))
    with pytest.raises(BrokenInvariantError, match="of 1 lots that change, 0 were opened"):
        project(made.log, model_url)


def test_parked_entities_are_shown_until_they_are_released(model_url: str) -> None:
    """The first failure stays visible while later records are held behind it."""
    made = MadeJournal()
    held = "SELECT entity_id, held_count, failure FROM parked_entity"
    for count, failure in ((1, "ValueError: no"), (2, "")):
        parked = ParkingChanged(held=count, released=0, failure=failure)
        made.write(0, entry("anna", outcome=Outcome.PARKED, parked=parked))
        project(made.log, model_url)
    assert ask(model_url, held) == [("anna", 2, "ValueError: no")]
    made.write(0, entry("anna", parked=ParkingChanged(held=0, released=2, failure="")))
    project(made.log, model_url)
    assert ask(model_url, held) == []


def test_lag_is_what_the_journal_has_beyond_the_tables(model_url: str) -> None:
    """What is written and not yet projected is counted by partition."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 5}))
    with Projector(made.log, model_url) as projector:
        projector.catch_up()
        assert projector.lag() == {0: 0, 1: 0}
        made.write(1, bought("2", "boris", {"base": 5}))
        assert projector.lag() == {0: 0, 1: 1}
        assert not [v for v in projector.verdicts() if v.value not in ("accepted", "claim_in_force")]


def test_a_malformed_document_stops_the_projector(model_url: str) -> None:
    """A published document that is no object is a bug upstream, and is said to be."""
    made = MadeJournal()
    made.write(0, entry("base", entity_kind="campaign", publications=[published("base", ["no object"])]))
    with pytest.raises(BrokenInvariantError, match="version 1 of base cannot be read"):
        project(made.log, model_url)


def test_a_document_that_jsonb_refuses_is_kept_as_it_is(every_model_url: str) -> None:
    """What the journal holds must find its place: a NUL or a number without end stops nothing, and reads back."""
    made = MadeJournal()
    texts = [
        '{"parties":[{"party":"bank","share_bp":10000}],"title":"a\\u0000b"}',
        '{"parties":[{"party":"bank","share_bp":10000}],"segments":{"abc":{"a_percent":70}},"x":1e400000}',
    ]
    for version, text in enumerate(texts, start=1):
        for campaign_id in (None, "base"):
            document = msgspec.structs.replace(published(campaign_id, {}, version=version), document=text)
            made.write(0, entry("base", entity_kind="campaign", publications=[document]))
    project(made.log, every_model_url)
    question = "SELECT version, document #>> '{}' FROM document_version WHERE campaign_id = 'base' ORDER BY version"
    assert ask(every_model_url, question) == list(enumerate(texts, start=1))
    assert find_faults(every_model_url).faults == []
    with connect(every_model_url) as connection:
        assert load_thresholds(connection, "shop", "shop").abc.a_percent == 70
