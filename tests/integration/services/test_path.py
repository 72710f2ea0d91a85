"""The whole path on PostgreSQL, by real processes: files in, views out, and every command says the right thing."""

import psycopg

from services.embedded.filelock import locked
from tests import journey_oracle
from tests.integration.reported import assert_totals
from tests.integration.services.played import LIMIT, Played, call


def test_processes_end_well_when_told_to(played: Played) -> None:
    """SIGTERM drains; nothing is left to do."""
    assert played.exit_codes == [0, 0, 0]


def test_commands_answer_what_they_did(played: Played) -> None:
    """Counts of what was created, written and assigned."""
    assert "engine.journal.v1" in played.answers["topics"]["created"]
    topics = played.answers["ingest"]["topics"]
    assert (topics["sales.receipt.recorded.v1"], topics["promo.code.issued.v1"]) == (LIMIT, 2_102)
    (segments,) = played.answers["segments"]["tenants"]
    assert (segments["tenant"], segments["programme"]) == ("journey", "journey")
    assert segments["changed"]["abc"] == segments["changed"]["activity"] > 0


def test_the_views_hold_what_the_data_gives(played: Played) -> None:
    """Compared with the independent recomputation."""
    assert_totals(played.database_url, journey_oracle.take(journey_oracle.load_tables(), limit=LIMIT))


def test_computing_segments_again_changes_nothing(played: Played) -> None:
    """Members stay where they are, and no event is written."""
    answer = call(played.environment, "segment", "compute", "--json")
    assert (answer.exit_code, answer.data["tenants"][0]["changed"]) == (0, {})


def test_lag_is_zero_at_rest(played: Played) -> None:
    """And nothing waits for a person."""
    answer = call(played.environment, "doctor", "lag", "--json")
    assert answer.exit_code == 0
    assert all(one["projector"] == 0 and one["inputs"] == {} for one in answer.data["partitions"])
    assert {one["owner"] for one in answer.data["partitions"]} == {"one"}
    assert (answer.data["parked"], answer.data["findings"]) == ([], [])


def test_topics_are_checked(played: Played) -> None:
    """With the right number they are in order, with another the text says what to set."""
    assert call(played.environment, "topics", "check").exit_code == 0
    other = played.environment | {"KOPILKA_PARTITIONS": "8"}
    answer = call(other, "topics", "check", "--json")
    assert answer.exit_code == 1
    assert "set it to 4" in answer.data["faults"][0]["text"]


def test_a_process_refuses_another_number_of_partitions(played: Played) -> None:
    """With the code that tells the supervisor not to start it again."""
    for process in ("worker", "relay", "projector"):
        environment = played.environment | {"KOPILKA_PARTITIONS": "8", "KOPILKA_LOG_FORMAT": "json"}
        answer = call(environment, process)
        assert answer.exit_code == 3
        assert "KOPILKA_PARTITIONS is 8; set it to 4" in answer.errors


def test_two_workers_of_one_name_are_refused(played: Played) -> None:
    """On one machine: they would throw each other out of the group for ever."""
    folder = played.folder / "one" / "worker" / "twin"
    folder.mkdir(parents=True)
    with locked(folder / "lock", limit_s=1.0):
        answer = call(played.environment | {"KOPILKA_WORKER_ID": "twin"}, "worker")
    assert answer.exit_code == 2
    assert "KOPILKA_WORKER_ID is 'twin', and a worker of this name runs" in answer.errors


def test_a_code_key_is_asked_for_where_the_log_is_shared(played: Played) -> None:
    """Another machine would hash with another key."""
    environment = {name: value for name, value in played.environment.items() if name != "KOPILKA_CODE_KEY"}
    answer = call(environment, "ingest", "journey", "--limit", "1")
    assert answer.exit_code == 2
    assert "KOPILKA_CODE_KEY is not set" in answer.errors


def test_ingest_asks_for_the_programme_first(newest_database_url: str, played: Played) -> None:
    """On an empty log every record would be refused; the text says what to run."""
    environment = played.environment | {"KOPILKA_DATABASE_URL": newest_database_url}
    missing = call(environment, "ingest", "journey", "--limit", "1")
    assert (missing.exit_code, "kopilka topics apply" in missing.errors) == (3, True)
    assert call(environment, "topics", "apply").exit_code == 0
    answer = call(environment, "ingest", "journey", "--limit", "1")
    assert answer.exit_code == 1
    assert "adopted in 0 of 4 partitions" in answer.errors
    assert "kopilka campaign publish" in answer.errors


def test_statuses_of_an_empty_database_are_words(newest_database_url: str, played: Played) -> None:
    """No trace where the read models are not there yet."""
    environment = played.environment | {"KOPILKA_DATABASE_URL": newest_database_url}
    assert call(environment, "topics", "apply").exit_code == 0
    for command in (["doctor", "lag"], ["doctor", "trial-balance"], ["segment", "compute"], ["doctor", "explain", "x"]):
        answer = call(environment, *command)
        assert answer.exit_code == 1
        assert "the read models are not there yet" in answer.errors
        assert "Traceback" not in answer.errors
    with psycopg.connect(newest_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM eventlog.record").fetchone() == (0,)
