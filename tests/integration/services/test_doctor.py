"""The doctor on healthy and on broken books: clean where they are right, and a finding for each way to break them."""

import psycopg
import pytest

from eventlog.opening import open_log
from eventlog.port import Record, TopicPartition
from schemas.codec import encode_event
from schemas.record.code import CodeIssued
from services.process.relay_position import RelayPositions
from tests.integration.services.played import TENANT, Copied, Played, call
from tests.integration.site import PARTITIONS, Site
from tests.waiting import wait_until

#: How a test spoils what is stored; each touches at least one row.
_RAISE_BALANCE = """
UPDATE read_model.account SET amount_minor = amount_minor + 1
WHERE (kind, subaccount, journal_partition) = ('cause', 'points', 0)
"""
_FLIP_ENTRY = """
UPDATE eventlog.record SET value = set_byte(value, length(value) - 1, get_byte(value, length(value) - 1) # 1)
WHERE (topic_id, partition, record_offset)
    = ((SELECT id FROM eventlog.topic WHERE name = 'engine.journal.v1'), 0, 400)
"""
_CUT_JOURNAL = """
UPDATE eventlog.head SET next_offset = next_offset - 50
WHERE partition = 0 AND topic_id = (SELECT id FROM eventlog.topic WHERE name = 'engine.journal.v1')
"""
_CUT_RECORDS = """
DELETE FROM eventlog.record AS record USING eventlog.head AS head
WHERE (record.topic_id, record.partition) = (head.topic_id, head.partition) AND record.record_offset >= head.next_offset
"""
_REPLACE_INPUT = """
UPDATE eventlog.record SET key = 'journey:somebody'::bytea
WHERE (topic_id, record_offset) = ((SELECT id FROM eventlog.topic WHERE name = 'promo.code.issued.v1'), 3)
    AND partition = 1
"""


def _spoil(site: Site, *statements: str) -> None:
    with psycopg.connect(site.database_url) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0


def test_healthy_books_are_clean(played: Played) -> None:
    """Trial balance, verification, and a rebuild that comes out the same."""
    balance = call(played.environment, "doctor", "trial-balance", "--json")
    assert (balance.exit_code, balance.data["findings"]) == (0, [])
    assert len(balance.data["equations"]) == 17
    verified = call(played.environment, "doctor", "verify", "--json")
    assert (verified.exit_code, verified.data["findings"]) == (0, [])
    assert verified.data["entry_count"] == verified.data["input_count"]
    assert sorted(verified.data["hashes"]) == ["0", "1", "2", "3"]
    rebuilt = call(played.environment, "doctor", "rebuild", "--compare-only", "--json")
    assert (rebuilt.exit_code, rebuilt.data["differences"]) == (0, [])


def test_the_words_of_healthy_books(played: Played) -> None:
    """A sentence each, for people."""
    assert "The books balance: 17 equations hold" in call(played.environment, "doctor", "trial-balance").output
    assert "form unbroken chains" in call(played.environment, "doctor", "verify").output


def test_a_changed_balance_is_found_and_a_rebuild_mends_it(copied: Copied) -> None:
    """The read models are a copy: what is wrong in them is made anew."""
    with copied() as site:
        _spoil(site, _RAISE_BALANCE)
        environment = site.environment()
        balance = call(environment, "doctor", "trial-balance", "--json")
        assert balance.exit_code == 1
        checks = {finding["check"] for finding in balance.data["findings"]}
        assert {"journal_sum", "partition_zero"} <= checks
        rebuilt = call(environment, "doctor", "rebuild", "--json")
        assert (rebuilt.exit_code, rebuilt.data["differences"]) == (1, ["account"])
        assert call(environment, "doctor", "trial-balance").exit_code == 0
        assert call(environment, "doctor", "rebuild", "--json").data["differences"] == []


@pytest.mark.parametrize(
    ("statements", "check"),
    [
        pytest.param([_FLIP_ENTRY], "positions", id="changed-entry"),
        pytest.param([_CUT_JOURNAL, _CUT_RECORDS], "positions", id="cut-journal"),
        pytest.param([_REPLACE_INPUT], "inputs", id="replaced-input"),
    ],
)
def test_a_spoilt_log_is_found(copied: Copied, statements: list[str], check: str) -> None:
    """By `verify`, which ends with code 1; and no process goes on from a journal that was cut or changed."""
    with copied() as site:
        _spoil(site, *statements)
        answer = call(site.environment(), "doctor", "verify", "--json")
        assert answer.exit_code == 1
        assert check in {finding["check"] for finding in answer.data["findings"]}


def test_a_process_stops_on_a_cut_journal(copied: Copied) -> None:
    """With the code for a person, and words."""
    with copied() as site:
        _spoil(site, _CUT_JOURNAL, _CUT_RECORDS)
        for process in ("worker", "projector"):
            environment = site.environment(KOPILKA_MONITOR_PORT="0", KOPILKA_WORKER_ID="one")
            answer = call(environment, process)
            assert answer.exit_code == 3
            assert "the journal was cut or replaced" in answer.errors


def test_a_receipt_is_explained(played: Played) -> None:
    """By its key, its source key, its record's place and its entry's place alike."""
    with psycopg.connect(played.database_url) as connection:
        row = connection.execute(
            "SELECT source_key, source_topic, source_offset, journal_partition, journal_offset FROM read_model.entry "
            "WHERE source_key LIKE 'receipt:%' ORDER BY 4, 5 LIMIT 1"
        ).fetchone()
    assert row is not None
    source_key, topic, source_offset, partition, offset = row
    keys = [
        source_key,
        source_key.removeprefix("receipt:"),
        f"{topic}/{partition}/{source_offset}",
        f"{partition}/{offset}",
    ]
    answers = [call(played.environment, "doctor", "explain", key, "--json") for key in keys]
    assert [answer.exit_code for answer in answers] == [0, 0, 0, 0]
    assert len({answer.output for answer in answers}) == 1
    (entry,) = answers[0].data["entries"]
    assert (entry["tenant"], entry["source_key"], entry["is_same_when_decided_again"]) == (TENANT, source_key, True)
    assert {rule["campaign_id"] for rule in entry["rules"] if not rule["is_fired"]} >= {"redeemed-coupon", "round-up"}


def test_an_unknown_key_is_told_with_the_forms_of_keys(played: Played) -> None:
    """Exit code 1, no trace."""
    answer = call(played.environment, "doctor", "explain", "receipt:s0/0/0/2017-01-01")
    assert answer.exit_code == 1
    assert "TOPIC/PARTITION/OFFSET" in answer.errors


def test_a_loss_stops_a_partition_until_it_is_skipped(copied: Copied) -> None:
    """`lag` finds it and tells the command; after that the partition goes on, and the books are clean.

    A cut of the operator's own topic beside it is no loss to be skipped, and nothing waits for it.
    """
    topic = "promo.code.issued.v1"
    with copied() as site:
        place = TopicPartition(topic, 0)
        with open_log(site.database_url) as log, log.writer() as writer:
            writer.send(topic, 0, [Record(b"x", b"lost"), Record(b"x", b"kept")], first_tag=1)
            writer.flush(limit_ms=10_000)
            log.drop_before(place, log.bounds([place])[place].next - 1)
            instructions = TopicPartition("engine.operator.instructed.v1", 0)
            writer.send(*instructions, [Record(None, b"lost")], first_tag=3)
            writer.flush(limit_ms=10_000)
            log.drop_before(instructions, log.bounds([instructions])[instructions].next)
        first = _first(site, place)
        lag = call(site.environment(), "doctor", "lag", "--json")
        assert lag.exit_code == 1
        (finding,) = lag.data["findings"]
        assert f"kopilka doctor skip-lost {topic} 0 {first}" in finding["text"]
        site.start_all()
        reason = ["--reason", "the disk was full"]
        beyond = call(site.environment(), "doctor", "skip-lost", topic, "0", str(first + 1), *reason)
        assert (beyond.exit_code, "or leave the offset out" in beyond.errors) == (1, True)
        skipped = site.run("doctor", "skip-lost", topic, "0", *reason)
        assert skipped["outcome"] == "DECIDED"
        site.run("doctor", "lag", "--wait")
        site.run("doctor", "verify")


def _first(site: Site, place: TopicPartition) -> int:
    with open_log(site.database_url) as log:
        return log.bounds([place])[place].first


def test_an_instruction_that_fits_nothing_is_refused(copied: Copied) -> None:
    """By the command where it can tell, else by the partition, whose words come back."""
    with copied() as site:
        site.start_all()
        environment = site.environment()
        reason = ["--reason", "try"]
        no_topic = call(environment, "doctor", "skip-lost", "no.such.topic", "0", "1", *reason)
        assert (no_topic.exit_code, "name an input topic" in no_topic.errors) == (1, True)
        no_partition = call(environment, "doctor", "skip-lost", "promo.code.issued.v1", "9", "1", *reason)
        assert "there is no partition 9" in no_partition.errors
        not_lost = call(environment, "doctor", "skip-lost", "promo.code.issued.v1", "0", *reason)
        assert (not_lost.exit_code, "nothing is skipped" in not_lost.errors) == (1, True)
        nothing = call(environment, "doctor", "retry-parked", TENANT, "member", "h1", *reason)
        assert nothing.exit_code == 1
        assert "NOTHING_PARKED" in nothing.errors


def test_an_older_relay_position_only_repeats(copied: Copied) -> None:
    """Without its files the relay begins again, and every repeat has an entry without effect."""
    with copied() as site:
        folder = site.folder / "one" / "relay"
        assert RelayPositions(folder).load([0])[0].next_offset > 0
        for file in folder.iterdir():
            file.unlink()
        before = call(site.environment(), "doctor", "verify", "--json").data
        site.start_all()
        wait_until(lambda: len(list(folder.glob("*.json"))) == PARTITIONS, limit_s=60, what="the relay keeps positions")
        site.await_rest()
        after = call(site.environment(), "doctor", "verify", "--json").data
        assert after["findings"] == []
        assert after["outcomes"]["REPEATED_MESSAGE"] == before["message_count"]
        site.run("doctor", "trial-balance")


def test_a_code_issued_by_hand_needs_its_key(copied: Copied) -> None:
    """A record with the key of another entity is refused, and counted; the stream goes on."""
    issued = CodeIssued(tenant=TENANT, programme=TENANT, code_hash="0" * 64, batch_id="b", issued_at_ms=0)
    with copied() as site:
        with site.log.writer() as writer:
            writer.send("promo.code.issued.v1", 2, [Record(b"journey:other", encode_event(issued))], first_tag=1)
            writer.flush(limit_ms=10_000)
        site.start_all()
        site.await_rest()
        assert site.run("doctor", "lag")["outcomes"]["REFUSED"] == 1
