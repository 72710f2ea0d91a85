"""Bad input, and what it gets: each has one documented answer, and the stream goes on or stops as it must."""

from __future__ import annotations

import msgspec
import pytest

from eventlog.port import TopicPartition
from eventlog.position import ClusterMismatchError
from schemas.business_time import DAY_MS
from schemas.codec import encode_event
from schemas.entry import SkippedInput
from schemas.partitioner import partition_of
from schemas.topic import INPUTS, dead_letter_topic
from tests.contract.journal.shop import (
    CAMPAIGNS,
    OPERATOR,
    PROGRAMMES,
    RECEIPTS,
    SHOP,
    campaign,
    key_of,
    programme,
    receipt,
    skip,
)
from tests.contract.journal.site import Site, WorkerSite

__all__ = ["InputContract"]

_MIB = 1_048_576


def _open_shop(site: Site) -> WorkerSite:
    worker = site.start_worker()
    site.start_relay()
    site.send(PROGRAMMES, SHOP, programme())
    site.settle()
    return worker


class InputContract:
    """What becomes of records that are not as they should be."""

    #: A record of this many bytes is taken, but with the headers of a dead letter it is not.
    largest_bytes: int

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(b"no frame", id="not-framed"),
            pytest.param(b"\xc3\x01" + bytes(8), id="unknown-schema"),
            pytest.param(encode_event(receipt(1))[:-1], id="cut-off"),
            pytest.param(encode_event(receipt(1)) + b"x", id="bytes-left-over"),
            pytest.param(b"", id="empty"),
            pytest.param(None, id="no-value"),
        ],
    )
    def test_what_cannot_be_decoded_is_a_dead_letter_and_then_an_entry(self, site: Site, value: bytes | None) -> None:
        """The letter holds the bytes, is keyed by its source and tells why; what follows is decided."""
        worker = _open_shop(site)
        offset = site.send_bytes(RECEIPTS, value, key=key_of("m1"), headers=(("trace", b"7"),))
        site.send(RECEIPTS, "m1", receipt(2))
        site.settle()
        (letter,) = site.records(dead_letter_topic(RECEIPTS))
        assert (letter.key, letter.value) == (f"{RECEIPTS}/0/{offset}".encode(), value)
        assert letter.headers[0] == ("trace", b"7")
        assert letter.headers[1][0] == "kopilka-failure"
        assert letter.headers[1][1]
        assert site.outcomes(RECEIPTS) == ["UNDECODABLE UNDECODABLE", "DECIDED"]
        entry = site.entry_of(RECEIPTS, offset)
        assert entry.entry.record is not None
        assert entry.entry.record.value == value
        assert letter.log_time_ms <= entry.record.log_time_ms
        assert worker.status().reasons == {"UNDECODABLE": 1}

    @pytest.mark.parametrize("part", ["value", "key", "header"])
    def test_an_oversized_record_is_a_dead_letter_and_its_entry_is_small(self, site: Site, part: str) -> None:
        """An entry could not hold it whole; the dead letter does."""
        _open_shop(site)
        large = bytes(_MIB + 1)
        offset = site.send_bytes(
            RECEIPTS,
            large if part == "value" else encode_event(receipt(1)),
            key=large if part == "key" else key_of("m1"),
            headers=(("large", large),) if part == "header" else (),
        )
        site.send(RECEIPTS, "m1", receipt(2))
        site.settle()
        assert site.outcomes(RECEIPTS) == ["UNDECODABLE UNDECODABLE", "DECIDED"]
        entry = site.entry_of(RECEIPTS, offset)
        assert entry.entry.rejection is not None
        assert f"at most {_MIB} are taken" in entry.entry.rejection.mend
        assert len(entry.record.value or b"") < 2_000
        (letter,) = site.records(dead_letter_topic(RECEIPTS))
        if part != "key":
            assert large in (letter.value, dict(letter.headers).get("large"))

    def test_a_dead_letter_that_can_never_be_written_stops_the_partition(self, site: Site) -> None:
        """Without it the bytes would be nowhere; an alarm says why, and nothing is tried over and over."""
        worker = _open_shop(site)
        site.send_bytes(RECEIPTS, bytes(self.largest_bytes), partition=0)
        site.drive_until(lambda: worker.status().standstill, "the partition stands still")
        assert worker.status().standstill == "write_refused"
        assert "limit" in worker.status().standstill_text
        site.send(RECEIPTS, "m1", receipt(2))
        for _ in range(10):
            worker.worker.step(wait_ms=1)
        assert site.outcomes(RECEIPTS) == []

    def test_the_same_record_again_is_a_duplicate_and_another_body_a_conflict(self, site: Site) -> None:
        """Neither moves anything."""
        worker = _open_shop(site)
        site.send(CAMPAIGNS, "base", campaign("base", {"effect": "points_fixed", "on": "receipt", "points": 10}))
        site.settle()
        event = receipt(1)
        for body in (event, event, msgspec.structs.replace(event, zone="UTC"), event):
            site.send(RECEIPTS, "m1", body)
        site.settle()
        assert site.outcomes(RECEIPTS) == ["DECIDED", "DUPLICATE", "REFUSED CONFLICTING_BODY", "DUPLICATE"]
        assert worker.stores[0].get(f"m/{SHOP}/m1").points[f"POINT:{SHOP}"].available_minor == 10

    def test_a_record_in_another_partition_than_its_keys_is_refused(self, two_partitions: Site) -> None:
        """A producer with another partitioner would split a member's state in two."""
        site = two_partitions
        site.start_worker()
        site.start_relay()
        site.send(PROGRAMMES, SHOP, programme())
        site.settle()
        wrong = 1 - partition_of(key_of("m1"), 2)
        site.send(RECEIPTS, "m1", receipt(1), partition=wrong)
        site.send(RECEIPTS, "m1", receipt(2))
        site.send_bytes(RECEIPTS, encode_event(receipt(3)), key=key_of("m2"), partition=wrong)
        site.settle()
        assert site.outcomes(RECEIPTS, wrong) == ["REFUSED WRONG_PARTITION"] * 2
        assert site.outcomes(RECEIPTS, 1 - wrong) == ["DECIDED"]

    def test_an_input_that_was_cut_stops_the_partition_until_an_operator_skips_the_loss(self, site: Site) -> None:
        """Nothing else is decided meanwhile; the instruction's entry says what was skipped."""
        worker = _open_shop(site)
        site.stop_worker(worker)
        for number in range(4):
            site.send(RECEIPTS, "m1", receipt(number))
        site.log.drop_before(TopicPartition(RECEIPTS, 0), 2)
        again = site.start_worker("two")
        site.send(PROGRAMMES, SHOP, programme(version=2))
        site.drive_until(lambda: any(one.standstill for one in again.worker.statuses()), "the partition stands still")
        assert again.status().standstill == "input_lost"
        assert f"{RECEIPTS}/0 holds offsets 2 to 4, the next to decide is 0" in again.status().standstill_text
        assert site.outcomes(PROGRAMMES) == ["DECIDED"]
        offset = site.send_bytes(OPERATOR, encode_event(skip("s1", RECEIPTS, 2)), partition=0)
        site.settle()
        assert site.entry_of(OPERATOR, offset).header.skipped_inputs == [SkippedInput(topic=RECEIPTS, next_offset=2)]
        assert site.outcomes(RECEIPTS) == ["DECIDED", "DECIDED"]
        assert site.outcomes(PROGRAMMES) == ["DECIDED", "DECIDED"]
        assert again.status().standstill == ""

    def test_a_skip_that_does_not_reach_the_end_of_the_loss_stops_again(self, site: Site) -> None:
        """The operator named too low an offset, and names a better one."""
        worker = _open_shop(site)
        site.stop_worker(worker)
        for number in range(4):
            site.send(RECEIPTS, "m1", receipt(number))
        site.log.drop_before(TopicPartition(RECEIPTS, 0), 3)
        again = site.start_worker("two")
        site.send_bytes(OPERATOR, encode_event(skip("s1", RECEIPTS, 2)), partition=0)
        site.drive_until(
            lambda: any("next to decide is 2" in one.standstill_text for one in again.worker.statuses()),
            "the partition stands still at offset 2",
        )
        site.send_bytes(OPERATOR, encode_event(skip("s2", RECEIPTS, 3)), partition=0)
        site.settle()
        assert site.outcomes(RECEIPTS) == ["DECIDED"]

    @pytest.mark.parametrize("next_offset", [1, 4])
    def test_a_skip_is_refused_while_nothing_is_lost(self, site: Site, next_offset: int) -> None:
        """Neither to what was decided nor past what the log holds: no record goes undecided by a slip of the hand."""
        worker = _open_shop(site)
        for number in range(3):
            site.send(RECEIPTS, "m1", receipt(number))
        site.settle()
        site.send_bytes(OPERATOR, encode_event(skip("s1", RECEIPTS, next_offset)), partition=0)
        site.settle()
        site.send(RECEIPTS, "m1", receipt(3))
        site.send(RECEIPTS, "m1", receipt(4))
        site.settle()
        assert site.outcomes(OPERATOR) == ["REFUSED NOTHING_LOST"]
        assert site.outcomes(RECEIPTS) == ["DECIDED"] * 5
        assert worker.status().position.source_offsets[RECEIPTS] == 4

    @pytest.mark.parametrize("next_offset", [0, 3, 4, 2**63 - 1])
    def test_a_skip_beyond_the_loss_is_refused(self, site: Site, next_offset: int) -> None:
        """It tells what the log holds; the partition stands still until a better one is named."""
        worker = _open_shop(site)
        site.stop_worker(worker)
        for number in range(4):
            site.send(RECEIPTS, "m1", receipt(number))
        site.log.drop_before(TopicPartition(RECEIPTS, 0), 2)
        again = site.start_worker("two")
        offset = site.send_bytes(OPERATOR, encode_event(skip("s1", RECEIPTS, next_offset)), partition=0)
        site.drive_until(lambda: site.outcomes(OPERATOR), "the instruction is decided")
        refused = site.entry_of(OPERATOR, offset)
        assert refused.outcome == "REFUSED INVALID_INSTRUCTION"
        assert refused.entry.rejection is not None
        assert refused.entry.rejection.value == str(next_offset)
        assert (
            f"{RECEIPTS}/0 holds offsets 2 to 4, the next to decide is 0: name 1 to 2" in refused.entry.rejection.mend
        )
        assert refused.header.skipped_inputs == []
        assert again.status().standstill == "input_lost"
        site.send_bytes(OPERATOR, encode_event(skip("s1", RECEIPTS, 2)), partition=0)
        site.settle()
        assert site.outcomes(RECEIPTS) == ["DECIDED", "DECIDED"]

    def test_a_skip_is_measured_by_what_the_log_holds_now(self, site: Site) -> None:
        """It is cut further while the partition stands still, and the operator names what is left."""
        worker = _open_shop(site)
        site.stop_worker(worker)
        for number in range(4):
            site.send(RECEIPTS, "m1", receipt(number))
        site.log.drop_before(TopicPartition(RECEIPTS, 0), 2)
        again = site.start_worker("two")
        site.drive_until(lambda: any(one.standstill for one in again.worker.statuses()), "the partition stands still")
        site.log.drop_before(TopicPartition(RECEIPTS, 0), 3)
        site.send_bytes(OPERATOR, encode_event(skip("s1", RECEIPTS, 3)), partition=0)
        site.settle()
        assert site.outcomes(OPERATOR) == ["DECIDED"]
        assert site.outcomes(RECEIPTS) == ["DECIDED"]

    def test_an_empty_topic_is_skipped_to_its_end(self, site: Site) -> None:
        """Everything was cut; what is written next is decided."""
        worker = _open_shop(site)
        site.stop_worker(worker)
        for number in range(3):
            site.send(RECEIPTS, "m1", receipt(number))
        site.log.drop_before(TopicPartition(RECEIPTS, 0), 3)
        site.start_worker("two")
        site.send_bytes(OPERATOR, encode_event(skip("s1", RECEIPTS, 3)), partition=0)
        site.settle()
        site.send(RECEIPTS, "m1", receipt(3))
        site.settle()
        assert site.outcomes(RECEIPTS) == ["DECIDED"]

    def test_a_cut_of_the_operators_own_topic_locks_nobody_out(self, site: Site) -> None:
        """No instruction could be read that says how to go on; it is counted, also beside another loss."""
        worker = _open_shop(site)
        site.stop_worker(worker)
        for number in range(3):
            site.send(RECEIPTS, "m1", receipt(number))
            site.send_bytes(OPERATOR, encode_event(skip(f"s{number}", RECEIPTS, 9)), partition=0)
        site.log.drop_before(TopicPartition(RECEIPTS, 0), 2)
        site.log.drop_before(TopicPartition(OPERATOR, 0), 3)
        again = site.start_worker("two")
        site.drive_until(lambda: any(one.standstill for one in again.worker.statuses()), "the partition stands still")
        assert RECEIPTS in again.status().standstill_text
        site.send_bytes(OPERATOR, encode_event(skip("s3", RECEIPTS, 2)), partition=0)
        site.settle()
        assert (site.outcomes(OPERATOR), site.outcomes(RECEIPTS)) == (["DECIDED"], ["DECIDED"])
        assert again.status().standstill == ""
        assert again.status().outcomes["INSTRUCTIONS_LOST"] == 1

    def test_a_log_time_far_ahead_stops_the_partition_until_the_clock_has_come_near(self, site: Site) -> None:
        """A log whose clock is wrong must not expire everything."""
        worker = _open_shop(site)
        site.ahead_ms = -2 * DAY_MS
        site.send(RECEIPTS, "m1", receipt(1))
        site.drive_until(lambda: worker.status().standstill, "the partition stands still")
        assert worker.status().standstill == "clock_ahead"
        assert f"{RECEIPTS}/0/0 has log time" in worker.status().standstill_text
        assert site.outcomes(RECEIPTS) == []
        site.ahead_ms = 0
        site.settle()
        assert site.outcomes(RECEIPTS) == ["DECIDED"]
        assert worker.status().standstill == ""

    def test_a_worker_of_another_cluster_refuses_to_start(self, site: Site) -> None:
        """The claim in force names the topics."""
        worker = _open_shop(site)
        site.stop_worker(worker)
        fewer = site.start_worker("two", topics=[topic.name for topic in INPUTS[1:]])
        with pytest.raises(ClusterMismatchError, match="input topics"):
            site.drive_until(lambda: False, "it refuses")
        site.stop_worker(fewer)
        site.start_worker("three", topics=["new.topic.v1", *(topic.name for topic in INPUTS)])
        site.settle()
