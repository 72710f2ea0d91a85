"""Messages between entities: dense numbers, repeats and gaps, and the three steps of a code."""

from typing import Any

import pytest

from eventlog.port import Record
from eventlog.relay import NUMBER_HEADER, SENDER_HEADER, TARGET_KIND_HEADER
from processors.decider import read_message_place
from processors.state import received_key, sent_key
from schemas.codec import encode_event
from schemas.entry import Entry
from schemas.record.code_message import CodeRedemptionAnswered, CodeRedemptionRequested
from schemas.record.rule import DocumentPublished
from schemas.topic import MESSAGES, EntityKind
from tests.unit.processors.engine import Engine
from tests.unit.processors.made_document import campaign as made_campaign
from tests.unit.processors.made_document import engine, fixed, journey_engine
from tests.unit.processors.made_document import programme as made_programme
from tests.unit.schemas.made_record import CODE_HASH, NOON_MS, activation, every_event, issue, receipt


def _asked(member_id: str = "h7", number: int = 1, headers: tuple[tuple[str, bytes], ...] | None = None) -> Record:
    """A member of partition 4 asks the code; of seven it is one that holds no campaign, and has sent nothing yet."""
    body = CodeRedemptionRequested(
        tenant="journey", programme="journey", code_hash=CODE_HASH, member_id=member_id, event_id="a1"
    )
    place = (
        (SENDER_HEADER, b"4"),
        (NUMBER_HEADER, str(number).encode()),
        (TARGET_KIND_HEADER, b"code"),
    )
    return Record(f"journey:{CODE_HASH}".encode(), encode_event(body), place if headers is None else headers)


def _is_without_effect(entry: Entry) -> bool:
    return not (
        entry.postings or entry.messages or entry.codes or entry.activations or entry.message_taken or entry.keys
    )


def test_messages_of_a_sender_are_taken_in_their_order() -> None:
    """The next one takes effect; a lower one is a repeat, a higher one a gap; both move nothing."""
    made = journey_engine(7)
    desk = made.desks[0]
    outcomes = []
    for number in (1, 1, 3, 2, 2, 4, 3, 1):
        entry = made.put(MESSAGES, 0, _asked(f"h{number}", number), NOON_MS)
        outcomes.append(entry.outcome)
        assert (entry.outcome == "DECIDED") is not _is_without_effect(entry)
    assert outcomes == [
        *("DECIDED", "REPEATED_MESSAGE", "MESSAGE_GAP", "DECIDED", "REPEATED_MESSAGE", "MESSAGE_GAP", "DECIDED"),
        "REPEATED_MESSAGE",
    ]
    assert desk.store.get(received_key(4)) == 3


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((SENDER_HEADER, b"4"), (NUMBER_HEADER, b"1")),
        ((SENDER_HEADER, b"five"), (NUMBER_HEADER, b"1"), (TARGET_KIND_HEADER, b"code")),
        ((SENDER_HEADER, b"4"), (NUMBER_HEADER, b"1"), (TARGET_KIND_HEADER, b"moon")),
        ((SENDER_HEADER, b"4"), (NUMBER_HEADER, b"1"), (TARGET_KIND_HEADER, b"\xff")),
        ((SENDER_HEADER, b"7"), (NUMBER_HEADER, b"1"), (TARGET_KIND_HEADER, b"code")),
        ((SENDER_HEADER, b"-1"), (NUMBER_HEADER, b"1"), (TARGET_KIND_HEADER, b"code")),
        ((SENDER_HEADER, b" 4"), (NUMBER_HEADER, b"1"), (TARGET_KIND_HEADER, b"code")),
        ((SENDER_HEADER, b"4"), (NUMBER_HEADER, b"0"), (TARGET_KIND_HEADER, b"code")),
        ((SENDER_HEADER, b"4"), (NUMBER_HEADER, b"-1"), (TARGET_KIND_HEADER, b"code")),
        ((SENDER_HEADER, b"4"), (NUMBER_HEADER, str(2**63).encode()), (TARGET_KIND_HEADER, b"code")),
        ((SENDER_HEADER, b"4"), (NUMBER_HEADER, b"1" * 5_000), (TARGET_KIND_HEADER, b"code")),
    ],
    ids=[
        *("none", "no-kind", "no-number", "no-such-kind", "no-text", "no-such-partition", "sender-below-zero", "blank"),
        *("number-zero", "number-below-zero", "number-over-the-limit", "number-without-end"),
    ],
)
def test_a_message_that_no_relay_wrote_is_undecodable(headers: tuple[tuple[str, bytes], ...]) -> None:
    """Nobody knows whose it is, so no number moves."""
    record = _asked(headers=headers)
    entry = journey_engine(7).put(MESSAGES, 0, record, NOON_MS)
    assert (entry.outcome, entry.message_taken) == ("UNDECODABLE", None)
    assert entry.rejection is not None
    assert entry.rejection.field == "headers"


def test_a_message_that_cannot_be_decoded_moves_its_number() -> None:
    """Else every later one would be a gap."""
    made = journey_engine(7)
    entry = made.put(MESSAGES, 0, _asked()._replace(value=b"broken"), NOON_MS)
    assert entry.outcome == "UNDECODABLE"
    assert entry.message_taken is not None
    assert made.put(MESSAGES, 0, _asked(number=2), NOON_MS).outcome == "DECIDED"


def test_a_message_of_an_input_s_schema_is_refused_and_moves_its_number() -> None:
    """Messages are what entities of the engine send each other."""
    made = journey_engine(7)
    messages = (DocumentPublished, CodeRedemptionRequested, CodeRedemptionAnswered)
    inputs = [event for event in every_event() if not isinstance(event, messages)]
    assert len(inputs) == 10
    for number, event in enumerate(inputs, 1):
        entry = made.put(MESSAGES, 0, _asked(number=number)._replace(value=encode_event(event)), NOON_MS)
        assert entry.rejection is not None
        assert entry.rejection.reason == "WRONG_SCHEMA"
        assert entry.message_taken is not None
        assert entry.message_taken.number == number


def test_the_place_of_a_message_stands_in_its_headers() -> None:
    """Sender, number and the kind of its target."""
    made = journey_engine(7)
    record = made.desks[0].place(MESSAGES, _asked(number=7), NOON_MS)
    assert read_message_place(record, 7) == (4, 7, EntityKind.CODE)


def test_a_header_twice_counts_the_last_time_and_one_without_a_value_not_at_all() -> None:
    """A broker keeps both, whatever a relay writes."""
    place = ((SENDER_HEADER, b"4"), (NUMBER_HEADER, b"6"), (NUMBER_HEADER, b"7"), (TARGET_KIND_HEADER, b"code"))
    record = journey_engine(7).desks[0].place(MESSAGES, _asked(headers=place), NOON_MS)
    assert read_message_place(record, 7) == (4, 7, EntityKind.CODE)
    for name, _ in place:
        without: Any = tuple((header, None if header == name else value) for header, value in place)
        assert read_message_place(record._replace(headers=without), 7) is None


def test_a_broadcast_is_written_once_and_goes_everywhere() -> None:
    """Numbered without gaps per target; an empty body is that of the message before."""
    made = journey_engine(4)
    publications = [entry for entry in made.entries if entry.publications]
    assert len(publications) == 7
    for entry in publications:
        assert [message.target_partition for message in entry.messages] == [0, 1, 2, 3]
        assert [bool(message.body) for message in entry.messages] == [True, False, False, False]
    for desk in made.desks:
        sent = [desk.store.get(sent_key(target)) or 0 for target in range(4)]
        assert sent == [sum(len(entry.publications) for entry in desk.entries)] * 4
        assert len(desk.book.programmes) == 1
    assert len({desk.book.hash for desk in made.desks}) == 1


def test_a_code_is_awarded_in_three_steps() -> None:
    """The member counts the attempt and asks; the code marks itself used and answers; the member awards."""
    made = journey_engine(3)
    made.send(issue())
    first = made.send_alone(activation())
    assert (first.outcome, [change.status for change in first.activations]) == ("PENDING", ["PENDING"])
    assert [(message.target_kind, message.target_id) for message in first.messages] == [("code", CODE_HASH)]
    assert not first.postings
    second = made.carry()
    assert second.entity_kind == "code"
    assert [(code.code_hash, code.batch_id, code.member_id) for code in second.codes] == [(CODE_HASH, "26", "h7")]
    assert [(message.target_kind, message.target_id) for message in second.messages] == [("member", "h7")]
    assert not second.postings
    third = made.carry()
    assert (third.outcome, [change.status for change in third.activations]) == ("DECIDED", ["AWARDED"])
    assert third.occurred_at_ms == activation().occurred_at_ms
    assert [effect.amount_minor for effect in third.effects] == [100]
    assert made.points("h7") == 100
    assert not made.under_way


def test_until_the_code_answers_a_repeat_is_pending() -> None:
    """The client may ask again; then it is a duplicate."""
    made = journey_engine()
    made.send(issue())
    outcomes = [made.send_alone(activation()).outcome]
    outcomes.append(made.send_alone(activation()).outcome)
    made.carry()
    outcomes.append(made.send_alone(activation()).outcome)
    made.carry()
    outcomes.append(made.send_alone(activation()).outcome)
    assert outcomes == ["PENDING", "PENDING", "PENDING", "DUPLICATE"]
    assert made.points("h7") == 100
    assert not made.under_way


@pytest.mark.parametrize(
    ("is_issued", "programme", "reason"),
    [(False, "journey", "UNKNOWN_CODE"), (True, "other", "UNKNOWN_CODE"), (True, "journey", "CODE_USED")],
    ids=["never-issued", "of-another-programme", "used"],
)
def test_a_code_that_is_not_to_be_had_is_refused(is_issued: bool, programme: str, reason: str) -> None:  # noqa: FBT001 (a column)
    """The answer's entry is the refusal, with a mend; the attempt is counted all the same."""
    made = journey_engine()
    made.publish(made_programme(programme="other"))
    if is_issued:
        made.send(issue())
    if reason == "CODE_USED":
        made.send(activation(member_id="h8"))
    made.send(activation(programme=programme))
    entry = made.entries[-1]
    assert entry.rejection is not None
    assert (entry.outcome, entry.rejection.reason, entry.rejection.field) == ("REFUSED", reason, "code_hash")
    assert [change.status for change in entry.activations] == [reason]
    assert made.points("h7") == 0
    assert made.desks[0].store.get("m/journey/h7").code_attempts == 1
    assert made.send(activation(programme=programme)).outcome == "DUPLICATE"


def test_an_award_goes_by_the_segment_and_the_batch_of_its_member_and_code() -> None:
    """What the member is when the code answers."""
    rule = fixed(5, on="code", when={"batch": ["26"]})
    made = engine(made_campaign("spring", rule))
    made.send(issue())
    made.send(activation())
    assert made.points("h7") == 5


def test_a_code_answers_only_who_asked() -> None:
    """An answer without a question is a bug: it raises, and the worker parks the member."""
    made = journey_engine(7)
    body = CodeRedemptionAnswered(tenant="journey", member_id="h7", event_id="a1", code_hash=CODE_HASH)
    headers = ((SENDER_HEADER, b"4"), (NUMBER_HEADER, b"1"), (TARGET_KIND_HEADER, b"member"))
    with pytest.raises(AssertionError, match="answers only who asked"):
        made.put(MESSAGES, 0, Record(b"journey:h7", encode_event(body), headers), NOON_MS)


def test_an_engine_without_messages_sends_none() -> None:
    """A receipt is one hop."""
    made: Engine = journey_engine()
    assert made.send(receipt()).messages == []
