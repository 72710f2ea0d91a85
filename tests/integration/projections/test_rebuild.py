"""A rebuild gives the same content, finds what was changed behind the journal, and takes the live tables' place."""

import threading

import psycopg
import pytest

from projections.connection import connect
from projections.projector import Projector
from projections.rebuild import RebuildBusyError, RebuildProgress, rebuild
from projections.session import ProjectorSettings
from projections.sql_file import load_sql
from tests.integration.projections.made_entry import bought, taken_back
from tests.integration.projections.made_journal import NOON_MS, MadeJournal
from tests.integration.projections.made_model import ask, change, hashes, project


def _made() -> MadeJournal:
    made = MadeJournal()
    for number in range(40):
        made.write(number % 2, bought(str(number), f"m{number % 2}{number % 3}", {"base": number + 1}))
    made.write(0, taken_back("2", "m02", {"base": 3}))
    made.write(1, bought("2", "boris", {"base": 3}), log_time_ms=NOON_MS + 1)
    return made


def test_a_rebuild_gives_the_same_content(every_model_url: str) -> None:
    """The shadow takes the live tables' place, nothing is left over, and views stand on the new ones."""
    made = _made()
    project(made.log, every_model_url, batch_entries=7)
    before = hashes(every_model_url)
    seen: list[RebuildProgress] = []
    report = rebuild(made.log, every_model_url, on_progress=seen.append)
    assert report.differences == []
    assert report.before == report.after == before == hashes(every_model_url)
    assert report.entry_count == 42
    assert report.is_swapped
    assert report.compared_at == {0: 22, 1: 22}
    assert (seen[0].total, seen[-1].done) == (44, 44)
    assert ask(every_model_url, "SELECT count(*) FROM reporting.member_balance") == [(7,)]
    assert ask(every_model_url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'read%%'") == [("read_model",)]


def test_a_rebuild_names_the_table_that_was_not_what_the_journal_says_and_mends_it(model_url: str) -> None:
    """A change behind the journal's back is found without a swap, and gone after one."""
    made = _made()
    project(made.log, model_url)
    good = hashes(model_url)
    change(model_url, "UPDATE member_statement SET balance_after_minor = 1 WHERE source_key = 'return:2'")
    report = rebuild(made.log, model_url, swaps=False)
    assert report.differences == ["member_statement"]
    assert hashes(model_url) != good
    assert rebuild(made.log, model_url).differences == ["member_statement"]
    assert hashes(model_url) == good


def test_contents_are_compared_at_one_position_while_the_journal_is_longer(model_url: str) -> None:
    """What was written since is caught up after the comparison, before the swap."""
    made = _made()
    project(made.log, model_url)
    made.write(0, bought("99", "anna", {"base": 9}))
    report = rebuild(made.log, model_url)
    assert report.differences == []
    assert report.compared_at[0] == 22
    # The rest was caught up before the swap.
    assert ask(model_url, "SELECT next_offset FROM journal_position WHERE journal_partition = 0") == [(23,)]
    assert project(made.log, model_url).counts.entries == 0


def test_a_running_projector_goes_on_over_the_swap(model_url: str) -> None:
    """A projector whose tables were exchanged loses a batch at most, and counts nothing twice."""
    made = _made()
    with Projector(made.log, model_url, ProjectorSettings(batch_entries=5)) as projector:
        projector.catch_up()
        rebuild(made.log, model_url)
        made.write(0, bought("99", "anna", {"base": 9}))
        projector.catch_up()
        assert ask(model_url, "SELECT available FROM reporting.member_balance WHERE member_id = 'anna'") == [(9,)]
        rebuild(made.log, model_url)
        made.write(1, bought("100", "boris", {"base": 9}))
        rebuild(made.log, model_url)
        made.write(1, bought("101", "boris", {"base": 9}))
        projector.catch_up()
        # The tables had overtaken it: one batch was lost, and nothing counted twice.
        assert projector.counts.lost_batches == 1
    assert ask(model_url, "SELECT available FROM reporting.member_balance WHERE member_id = 'boris'") == [(21,)]


def test_a_batch_that_waits_for_the_swap_goes_into_the_new_tables(model_url: str) -> None:
    """A batch never begins in old tables to end in new ones."""
    made = _made()
    project(made.log, model_url)
    with connect(model_url) as swapper:
        swapper.execute(load_sql("swap/name.sql"), {"live": "read_model", "shadow": "shadow", "old": "old"})
        swapper.execute("CREATE SCHEMA shadow")
        swapper.execute("CREATE TABLE shadow.journal_position (LIKE journal_position INCLUDING ALL)")
        swapper.execute("INSERT INTO shadow.journal_position SELECT * FROM journal_position")
        with swapper.transaction():
            swapper.execute(load_sql("swap/lock.sql"))
            found: list[list[tuple[str]]] = []

            def wait_for_positions() -> None:
                with connect(model_url) as waiter, waiter.transaction():
                    waiter.execute(load_sql("position/lock.sql"))
                    query = "SELECT obj_description('journal_position'::regclass)"
                    found.append(waiter.execute(query).fetchall())

            thread = threading.Thread(target=wait_for_positions)
            thread.start()
            swapper.execute("COMMENT ON TABLE shadow.journal_position IS 'new'")
            swapper.execute(load_sql("swap/swap.sql"))
        thread.join(timeout=30)
    assert found == [[("new",)]]


def test_a_rebuild_does_not_tell_losers_again(model_url: str) -> None:
    """Only conflicts that the live tables had not seen are told."""
    made = MadeJournal()
    made.write(0, bought("1", "anna", {"base": 5}))
    made.write(1, bought("1", "boris", {"base": 5}), log_time_ms=NOON_MS + 1)
    project(made.log, model_url)
    rebuild(made.log, model_url)
    assert len(made.findings()) == 1
    # Behind where the live tables stood nobody was told yet.
    made.write(1, bought("1", "carol", {"base": 5}), log_time_ms=NOON_MS + 2)
    rebuild(made.log, model_url)
    assert sorted({finding.loser for finding in made.findings()}) == ["boris", "carol"]


def test_only_one_rebuild_at_a_time(model_url: str) -> None:
    """A second one is refused, not interleaved."""
    made = _made()
    with connect(model_url) as other:
        other.execute(load_sql("swap/alone.sql"))
        with pytest.raises(RebuildBusyError):
            rebuild(made.log, model_url)


def test_what_a_killed_rebuild_left_is_cleared_by_the_next(model_url: str) -> None:
    """A half-filled shadow is no obstacle."""
    made = _made()
    project(made.log, model_url)
    with psycopg.connect(model_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA read_model_shadow; CREATE TABLE read_model_shadow.entry ()")
    assert rebuild(made.log, model_url).differences == []
