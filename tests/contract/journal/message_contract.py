"""Messages are numbered densely: the next takes effect, a repeat and a gap get an entry and have none."""

from __future__ import annotations

from eventlog.position import START
from eventlog.relay import Relay
from schemas.codec import encode_event
from schemas.entry import MessageTaken, Outcome
from schemas.topic import MESSAGES, dead_letter_topic
from tests.contract.journal.shop import PROGRAMMES, SHOP, adoption, programme
from tests.contract.journal.site import Site

__all__ = ["MessageContract"]

_SENDER = 0


class MessageContract:
    """What a partition does with the messages it is sent."""

    def test_a_repeat_has_no_effect_and_an_entry(self, site: Site) -> None:
        """The source offset moves, the number does not."""
        worker = site.start_worker()
        for number in (1, 2, 1, 2):
            site.send_message(_SENDER, number, encode_event(adoption(number)))
        site.settle()
        assert site.outcomes(MESSAGES) == ["DECIDED", "DECIDED", "REPEATED_MESSAGE", "REPEATED_MESSAGE"]
        repeat = site.entry_of(MESSAGES, 2).entry
        assert (repeat.message_taken, repeat.adoptions) == (None, [])
        assert worker.status().outcomes["REPEATED_MESSAGE"] == 2

    def test_a_gap_is_counted_and_heals_when_the_messages_are_sent_again(self, site: Site) -> None:
        """What came too early is not kept: its sender winds back, and what was missing comes in order."""
        worker = site.start_worker()
        for number in (1, 3, 4, 2, 3, 4):
            site.send_message(_SENDER, number, encode_event(adoption(number)))
        site.settle()
        assert site.outcomes(MESSAGES) == [
            "DECIDED",
            "MESSAGE_GAP",
            "MESSAGE_GAP",
            "DECIDED",
            "DECIDED",
            "DECIDED",
        ]
        assert worker.status().outcomes[Outcome.MESSAGE_GAP.value] == 2
        assert worker.stores[0].get(f"v/{_SENDER}") == 4

    def test_each_sender_has_numbers_of_its_own(self, two_partitions: Site) -> None:
        """Number 1 of another partition is no repeat."""
        site = two_partitions
        worker = site.start_worker()
        for sender in (0, 1):
            site.send_message(sender, 1, encode_event(adoption(1 + sender)))
        site.settle()
        assert site.outcomes(MESSAGES) == ["DECIDED", "DECIDED"]
        assert [worker.stores[0].get(f"v/{sender}") for sender in (0, 1)] == [1, 1]

    def test_a_message_that_cannot_be_decoded_moves_the_number(self, site: Site) -> None:
        """The entry holds its bytes; what follows it is taken."""
        site.start_worker()
        site.send_message(_SENDER, 1, b"nothing")
        site.send_message(_SENDER, 2, encode_event(adoption(1)))
        site.settle()
        assert site.outcomes(MESSAGES) == ["UNDECODABLE UNDECODABLE", "DECIDED"]
        entry = site.entry_of(MESSAGES, 0).entry
        assert entry.message_taken == MessageTaken(sender=_SENDER, number=1)
        assert entry.record is not None
        assert entry.record.value == b"nothing"

    def test_a_message_that_is_refused_moves_the_number(self, site: Site) -> None:
        """A lower version never replaces a higher one."""
        site.start_worker()
        site.send_message(_SENDER, 1, encode_event(adoption(2)))
        site.send_message(_SENDER, 2, encode_event(adoption(1)))
        site.send_message(_SENDER, 3, encode_event(adoption(3)))
        site.settle()
        assert site.outcomes(MESSAGES) == ["DECIDED", "REFUSED VERSION_NOT_HIGHER", "DECIDED"]

    def test_a_message_without_its_headers_moves_nothing(self, site: Site) -> None:
        """Nobody knows whose it is; only a relay may write messages."""
        worker = site.start_worker()
        site.send_bytes(MESSAGES, encode_event(adoption(1)), partition=0)
        site.send_message(_SENDER, 1, encode_event(adoption(1)))
        site.settle()
        assert site.outcomes(MESSAGES) == ["UNDECODABLE UNDECODABLE", "DECIDED"]
        assert site.records(dead_letter_topic(MESSAGES)) == []
        assert worker.stores[0].get(f"v/{_SENDER}") == 1

    def test_a_relay_that_is_wound_back_only_repeats(self, site: Site) -> None:
        """Publishing reaches the partition once, however often its message is carried."""
        worker = site.start_worker()
        site.start_relay()
        site.send(PROGRAMMES, SHOP, programme())
        site.settle()
        assert site.outcomes(MESSAGES) == ["DECIDED"]
        with Relay(site.log, {0: START}) as wound_back:
            site.drive_until(
                lambda: wound_back.step(wait_ms=1) and wound_back.step(wait_ms=1) == 0, "it has carried it"
            )
            site.drive_until(lambda: len(site.records(MESSAGES)) == 2, "the repeat arrives")
        site.settle()
        assert site.outcomes(MESSAGES) == ["DECIDED", "REPEATED_MESSAGE"]
        assert worker.stores[0].get("v/0") == 1
