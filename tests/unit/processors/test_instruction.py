"""What a person on call may tell a partition, and what becomes of parked entities."""

import msgspec
import pytest

from eventlog.port import PartitionBounds, Record
from eventlog.position import START
from processors.context import RETRY_LIMIT
from processors.decider import decide, park
from processors.instruction import told_context
from processors.state import ParkedPart, held_key, parked_key
from schemas.codec import Event, encode_event
from schemas.entry import Entry, EntrySource
from schemas.record.instruction import OperatorInstructed, RetryParkedEntity, SkipLostInput
from tests.unit.processors.engine import TOPICS, Engine, read
from tests.unit.processors.made_document import journey_engine
from tests.unit.schemas.made_record import NOON_MS, activation, donation, instruction, issue, line, receipt, returned

RECEIPTS = TOPICS["kopilka.sales.v1.ReceiptRecorded"]
INSTRUCTIONS = TOPICS["kopilka.engine.v1.OperatorInstructed"]
PARKED = parked_key("member", "journey", "h7")


def _retry(event_id: str = "i1", entity_id: str = "h7", kind: str = "member") -> OperatorInstructed:
    target = RetryParkedEntity(tenant="journey", entity_kind=kind, entity_id=entity_id)
    return instruction(event_id=event_id, skip_lost_input=None, retry_parked_entity=target)


def _park(made: Engine, value: bytes, topic: str = RECEIPTS) -> Entry:
    """Park member h7 with a record, as the worker does when its decision raises."""
    desk = made.desks[0]
    record = desk.place(topic, Record(b"journey:h7", value), NOON_MS)
    entry = park(desk.store, read(record), desk.context(max(desk.clock_ms, NOON_MS)), "RuntimeError: a bug" * 50)
    desk.fold(entry, EntrySource(topic=topic, partition=0, offset=record.offset, log_time_ms=NOON_MS))
    return entry


def _sold(number: int) -> Event:
    return receipt(line(100 * number), receipt_number=str(number))


def test_a_parked_entity_holds_its_records_and_others_go_on() -> None:
    """The entry takes the record and has no effect; the failure stands in the first, shortened."""
    made = journey_engine()
    first = _park(made, encode_event(_sold(1)))
    assert (first.outcome, first.entity_id) == ("PARKED", "h7")
    assert first.parked is not None
    assert (first.parked.held, first.parked.released) == (1, 0)
    assert len(first.parked.failure) == 400
    second = made.send(_sold(2))
    assert second.parked is not None
    assert (second.outcome, second.parked.held, second.parked.failure) == ("PARKED", 2, "")
    assert not second.postings
    assert made.send(receipt(member_id="h8")).outcome == "DECIDED"
    assert made.desks[0].store.get(PARKED).held == 2


def test_a_retry_decides_the_held_records_in_order() -> None:
    """One entry holds all that they give, each lot with a name of its own; the entity is free again."""
    made = journey_engine()
    _park(made, encode_event(_sold(1)))
    for event in (_sold(2), returned(receipt(line(100), receipt_number="1")), donation(), _sold(2)):
        assert made.send(event).outcome == "PARKED"
    entry = made.send(_retry())
    assert (entry.outcome, entry.entity_kind, entry.entity_id) == ("DECIDED", "member", "h7")
    assert entry.parked is not None
    assert (entry.parked.held, entry.parked.released) == (0, 5)
    sequence = len(made.desks[0].entries)
    assert [lot.lot_id for lot in entry.lots_opened] == [f"{sequence}.1.1", f"{sequence}.2.1"]
    assert [receipt_.status for receipt_ in entry.receipts] == ["RECORDED", "RECORDED", "RETURNED"]
    assert [key.key.split(":")[0] for key in entry.keys] == ["receipt", "receipt", "return", "donation", "instruction"]
    assert made.points("h7") == 2, "the first was returned, the last was a duplicate"
    assert made.desks[0].store.get(PARKED) is None
    assert made.desks[0].store.get(held_key("member", "journey", "h7", 1)) is None
    assert made.send(_sold(3)).outcome == "DECIDED"


def test_messages_of_held_records_have_numbers_without_gaps() -> None:
    """They go on with those before, over several held records."""
    made = journey_engine()
    made.send(issue())
    code_hash = issue().code_hash
    _park(made, encode_event(activation()), TOPICS["kopilka.promo.v1.CodeActivated"])
    made.send(activation(event_id="a2"))
    before = made.desks[0].store.get("s/0")
    entry = made.send_alone(_retry())
    assert [message.number for message in entry.messages] == [before + 1, before + 2]
    made.settle()
    assert made.points("h7") == 100
    assert made.desks[0].store.get(f"c/journey/{code_hash}").member_id == "h7"


def test_a_record_that_still_fails_stays_held() -> None:
    """Nothing of the retry takes effect; what failed is told."""
    made = journey_engine()
    _park(made, encode_event(_sold(1)))
    desk = made.desks[0]
    record = desk.place(RECEIPTS, Record(b"journey:h7", encode_event(_sold(2))), NOON_MS)
    entry = made.put(RECEIPTS, 0, Record(b"journey:h7", record.value), NOON_MS)
    assert entry.outcome == "PARKED"
    broken = held_key("member", "journey", "h7", 2)
    held = desk.store.get(broken)
    desk.store.write({broken: type(held)(held.topic, held.offset, held.log_time_ms, held.key, [], b"broken")}, START)
    entry = made.send(_retry())
    assert entry.rejection is not None
    assert (entry.outcome, entry.rejection.reason) == ("REFUSED", "STILL_FAILING")
    assert "fails as before: begins with 6272" in entry.rejection.mend
    assert not entry.postings
    assert not entry.keys
    assert desk.store.get(PARKED).held == 2
    desk.store.write({broken: held}, START)
    assert made.send(_retry("i2")).outcome == "DECIDED"


def test_a_retry_decides_a_bounded_number() -> None:
    """An entry's size is bounded; further instructions go on."""
    made = journey_engine()
    _park(made, encode_event(_sold(1)))
    for number in range(2, RETRY_LIMIT + 4):
        made.send(_sold(number))
    first = made.send(_retry("i1"))
    assert first.parked is not None
    assert (first.parked.released, first.parked.held) == (RETRY_LIMIT, 3)
    assert made.send(_sold(100)).outcome == "PARKED"
    assert made.send(_retry("i1")).outcome == "DUPLICATE", "the same instruction is not another"
    second = made.send(_retry("i2"))
    assert second.parked is not None
    assert (second.parked.released, second.parked.held) == (4, 0)
    assert made.points("h7") == sum(range(1, RETRY_LIMIT + 4)) + 100


def test_a_held_record_that_is_refused_is_released() -> None:
    """It was decided: the answer is no."""
    made = journey_engine()
    _park(made, encode_event(receipt(total_minor=1)))
    entry = made.send(_retry())
    assert entry.parked is not None
    assert entry.parked.released == 1
    assert not entry.postings
    assert made.desks[0].store.get(PARKED) is None


@pytest.mark.parametrize("event", [_retry(), _retry(entity_id="h8"), _retry(kind="code")])
def test_there_must_be_something_parked(event: OperatorInstructed) -> None:
    """In this partition, under this name and kind."""
    made = journey_engine()
    if event.retry_parked_entity is not None and event.retry_parked_entity.entity_id == "h8":
        _park(made, encode_event(_sold(1)))
    entry = made.send(event)
    assert entry.rejection is not None
    assert entry.rejection.reason == "NOTHING_PARKED"
    assert (entry.tenant, entry.entity_kind) == ("", "partition")


def _skip(made: Engine, next_offset: int, lost: PartitionBounds | None, *, reason: str = "lost") -> Entry:
    """Decide a skip of receipts, of which offset 4 is wanted."""
    desk = made.desks[0]
    told = instruction(reason=reason, skip_lost_input=SkipLostInput(topic=RECEIPTS, next_offset=next_offset))
    record = desk.place(INSTRUCTIONS, Record(None, encode_event(told)), NOON_MS)
    context = desk.context(max(desk.clock_ms, NOON_MS))
    if lost is not None:
        context = msgspec.structs.replace(context, lost={RECEIPTS: (4, lost)})
    entry = decide(desk.store, read(record), context)
    again = decide(desk.store, read(record), told_context(desk.context(context.clock_ms), entry, told))
    assert again == entry, "what was lost is told by the entry"
    desk.fold(entry, EntrySource(topic=INSTRUCTIONS, partition=0, offset=record.offset, log_time_ms=NOON_MS))
    return entry


def test_a_skip_is_told_once() -> None:
    """What it does stands in the entry's header, which the worker fills; the same id again is a duplicate."""
    made = journey_engine()
    entry = _skip(made, 10, PartitionBounds(10, 20))
    assert (entry.outcome, entry.source_key) == ("DECIDED", "instruction:i1")
    assert [key.key for key in entry.keys] == ["instruction:i1"]
    assert _skip(made, 10, None).outcome == "DUPLICATE"
    conflict = _skip(made, 10, None, reason="another")
    assert conflict.rejection is not None
    assert conflict.rejection.reason == "CONFLICTING_BODY"


@pytest.mark.parametrize(
    ("next_offset", "lost", "refusal"),
    [
        pytest.param(5, PartitionBounds(10, 20), "", id="lowest"),
        pytest.param(10, PartitionBounds(10, 20), "", id="first-held"),
        pytest.param(10, PartitionBounds(10, 10), "", id="empty"),
        pytest.param(4, PartitionBounds(10, 20), "INVALID_INSTRUCTION", id="already-there"),
        pytest.param(11, PartitionBounds(10, 20), "INVALID_INSTRUCTION", id="over-what-is-held"),
        pytest.param(11, PartitionBounds(10, 10), "INVALID_INSTRUCTION", id="over-the-end"),
        pytest.param(5, PartitionBounds(0, 3), "INVALID_INSTRUCTION", id="lost-its-end"),
        pytest.param(10, None, "NOTHING_LOST", id="nothing-lost"),
    ],
)
def test_a_skip_passes_over_nothing_but_the_loss(next_offset: int, lost: PartitionBounds | None, refusal: str) -> None:
    """From what is wanted, which is offset 4, up to the first that the log holds."""
    entry = _skip(journey_engine(), next_offset, lost)
    assert ("" if entry.rejection is None else entry.rejection.reason) == refusal
    assert bool(entry.keys) is not bool(refusal)


def test_a_retry_decides_no_more_than_it_is_told() -> None:
    """Its entry would be too large; how many it released tells how to decide it again."""
    made = journey_engine()
    _park(made, encode_event(_sold(1)))
    for number in range(2, 5):
        made.send(_sold(number))
    desk = made.desks[0]
    record = read(desk.place(INSTRUCTIONS, Record(None, encode_event(_retry())), NOON_MS))
    usual = desk.context(max(desk.clock_ms, NOON_MS))
    entry = decide(desk.store, record, msgspec.structs.replace(usual, retry_limit=3))
    assert entry.parked is not None
    assert (entry.parked.released, entry.parked.held) == (3, 1)
    assert decide(desk.store, record, told_context(usual, entry, _retry())) == entry


def test_an_instruction_is_decided_though_the_partition_is_parked() -> None:
    """It is what releases the partition's own adoptions; held like another record, nothing could."""
    made = journey_engine()
    desk = made.desks[0]
    desk.store.write({parked_key("partition", "", "0"): ParkedPart(first=1, held=1)}, START)
    assert made.send(_retry()).outcome == "REFUSED"


def test_an_instruction_whose_decision_raises_is_refused_and_holds_nobody() -> None:
    """Parked, it would hold every later one."""
    made = journey_engine()
    desk = made.desks[0]
    topic = TOPICS["kopilka.engine.v1.OperatorInstructed"]
    record = desk.place(topic, Record(None, encode_event(_retry())), NOON_MS)
    entry = park(desk.store, read(record), desk.context(max(desk.clock_ms, NOON_MS)), "RuntimeError: a bug")
    assert entry.rejection is not None
    assert (entry.outcome, entry.rejection.reason) == ("REFUSED", "STILL_FAILING")
    assert entry.parked is None
