"""An entry while it is being decided: message numbers, lot names, time and bounded names."""

from processors.draft import Draft
from processors.state import sent_key
from schemas.business_time import LATEST_MS
from schemas.codec import decode_event
from schemas.record.code_message import CodeRedemptionRequested
from schemas.topic import EntityKind
from tests.unit.processors.made_document import journey_engine
from tests.unit.schemas.made_record import CODE_HASH, NOON_MS


def _draft() -> Draft:
    desk = journey_engine().desks[0]
    draft = Draft(desk.store, desk.context(NOON_MS))
    draft.address("journey", EntityKind.MEMBER, "h7")
    return draft


def _request(event_id: str) -> CodeRedemptionRequested:
    return CodeRedemptionRequested(
        tenant="journey", programme="journey", code_hash=CODE_HASH, member_id="h7", event_id=event_id
    )


def test_messages_of_one_entry_are_numbered_on() -> None:
    """Each target partition has its own numbers, which go on with those of earlier entries."""
    draft = _draft()
    before = draft.state.get(sent_key(0))
    for event_id, partition in (("a", 0), ("b", 0), ("c", 5), ("d", 0), ("e", 5)):
        draft.send(EntityKind.CODE, CODE_HASH, _request(event_id), partition=partition)
    numbers = [(message.target_partition, message.number) for message in draft.messages]
    assert numbers == [(0, before + 1), (0, before + 2), (5, 1), (0, before + 3), (5, 2)]


def test_a_body_that_repeats_is_written_once() -> None:
    """Only where it is that of the message before: another one between them is written, and so is the first again."""
    draft = _draft()
    for event_id in ("a", "a", "b", "a", "a"):
        draft.send(EntityKind.CODE, CODE_HASH, _request(event_id), partition=0)
    bodies = [decode_event(message.body).event if message.body else None for message in draft.messages]
    assert bodies == [_request("a"), None, _request("b"), _request("a"), None]


def test_a_message_to_an_entity_goes_to_the_partition_of_its_key() -> None:
    """Of the same tenant."""
    draft = _draft()
    draft.send(EntityKind.CODE, CODE_HASH, _request("a"))
    assert [(message.target_kind, message.target_id, message.target_partition) for message in draft.messages] == [
        ("code", CODE_HASH, 0)
    ]


def test_a_time_is_taken_with_its_lateness_or_not_at_all() -> None:
    """What no calendar has would not fit into an entry, or into a reader's calendar."""
    for at_ms, taken in ((0, True), (LATEST_MS, True), (-1, False), (LATEST_MS + 1, False)):
        draft = _draft()
        draft.take_time(at_ms, NOON_MS)
        expected = (at_ms, NOON_MS - at_ms) if taken else (None, None)
        assert (draft.occurred_at_ms, draft.lateness_ms) == expected


def test_names_in_an_entry_are_bounded() -> None:
    """The longest that is valid fits in whole."""
    draft = _draft()
    draft.address("t" * 999, EntityKind.MEMBER, "m" * 999)
    draft.source_key = "k" * 999
    entry = draft.entry(None)
    assert [len(name) for name in (entry.tenant, entry.entity_id, entry.source_key)] == [300, 300, 300]
    longest = f"receipt:{'s' * 64}/{'t' * 64}/{'n' * 64}/2017-03-15"
    draft.source_key = longest
    assert draft.entry(None).source_key == longest
