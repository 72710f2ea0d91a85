"""Any entry is decided again to the same bytes, and its explanation tells of each rule what it wanted and saw."""

import msgspec
import pytest

from eventlog import writer as own_writer
from eventlog.journal_reader import JournalReader
from eventlog.port import Record, StoredRecord
from eventlog.position import START
from processors.rules.explain import RuleTrace, StepTrace
from processors.worker.owner import OPERATOR_TOPIC
from schemas.codec import decode_entry, encode_entry, encode_entry_body, encode_event
from schemas.record.instruction import OperatorInstructed, RetryParkedEntity, SkipLostInput
from schemas.topic import JOURNAL
from services.doctor.entry_place import JournalPlace
from services.doctor.explanation import as_json, as_text
from services.doctor.retrace import Retraced, retrace
from services.failure import NotFoundError
from tests.unit.services.doctor.memory_world import PARTITIONS, World, copy_log, make_world, receipt


@pytest.fixture(scope="module")
def world() -> World:
    """A cluster at rest, with a receipt of everything; read only."""
    made = make_world()
    rich = receipt("h1", "rich", (1_000, "FROZEN PIZZA"), (250, "FD WRAPS/BAGS/TRSH BG"))
    made.write("h1", rich)
    made.write("h1", rich)
    made.write("h1", receipt("h1", "rich", (99, None)))
    made.write("h1", receipt("h1", "small", (99, None)))
    made.write_record("sales.receipt.recorded.v1", Record(b"journey:h1", b"\xc3\x01nonsense"))
    made.settle()
    return made


def _retraced(world: World, source_key: str) -> list[Retraced]:
    return [one for one in _all(world) if one.entry.source_key == source_key]


def _all(world: World) -> list[Retraced]:
    places: list[JournalPlace] = []
    with JournalReader(world.log, dict.fromkeys(range(PARTITIONS), START)) as reader:
        while not reader.is_at_end():
            polled = reader.poll(limit=1_000, wait_ms=0)
            places += [JournalPlace(one.record.partition, one.record.offset) for one in polled]
    return [retrace(world.log, place) for place in places]


def test_every_entry_is_the_same_when_decided_again(world: World) -> None:
    """Publications, adoptions, receipts, messages, duplicates, conflicts, and what nobody can decode."""
    retraced = _all(world)
    assert {one.entry.outcome for one in retraced} == {"DECIDED", "PENDING", "DUPLICATE", "REFUSED", "UNDECODABLE"}
    assert [one.differences for one in retraced if not one.is_same] == []


def test_only_what_matters_is_folded(world: World) -> None:
    """Other members' receipts change nothing for this one."""
    last = _retraced(world, "receipt:s1/1/small/2017-03-02")[0]
    assert last.folded_count < last.before_count


def test_a_rule_that_fired_and_one_that_did_not(world: World) -> None:
    """Each with its numbers; the first condition that failed ends the list."""
    traces = {trace.campaign_id: trace for trace in _retraced(world, "receipt:s1/1/rich/2017-03-02")[0].traces}
    assert {name for name, trace in traces.items() if trace.is_fired} == {"base", "pizza-for-the-forest", "yellow-bag"}
    assert (traces["base"].amount_minor, traces["base"].unit) == (12, "POINT:journey")
    assert (traces["yellow-bag"].amount_minor, traces["yellow-bag"].unit) == (5, "USD")
    assert _last(traces["pizza-for-the-forest"]).saw == "50 POINT:journey from lines of 10.00 USD"
    window = _last(traces["minute-for-life"])
    assert (window.name, window.holds) == ("window", False)
    assert "17:00:00" in window.wanted
    trigger = _last(traces["redeemed-coupon"])
    assert (trigger.name, trigger.wanted, trigger.saw) == ("trigger", "a code", "a receipt")


def test_too_little_money_is_told_as_the_amount(world: World) -> None:
    """All conditions hold, and yet nothing is given."""
    (retraced,) = _retraced(world, "receipt:s1/1/small/2017-03-02")
    base = next(trace for trace in retraced.traces if trace.campaign_id == "base")
    assert not base.is_fired
    assert (_last(base).name, _last(base).saw) == ("amount", "0 POINT:journey from lines of 0.99 USD")


def test_no_line_is_told_with_the_selector(world: World) -> None:
    """As it stands in the campaign file."""
    (retraced,) = _retraced(world, "receipt:s1/1/small/2017-03-02")
    pizza = next(trace for trace in retraced.traces if trace.campaign_id == "pizza-for-the-forest")
    assert _last(pizza).wanted == 'lines with {"category":"FROZEN PIZZA"}'
    assert _last(pizza).saw == "0 of 1 lines"


def test_a_campaign_not_in_force_says_when_it_is(world: World) -> None:
    """A receipt of 2015 would find none of them; here a duplicate finds no rule asked at all."""
    first, again, other = _retraced(world, "receipt:s1/1/rich/2017-03-02")
    assert (first.entry.outcome, again.entry.outcome, other.entry.outcome) == ("DECIDED", "DUPLICATE", "REFUSED")
    assert again.traces == other.traces == []
    assert "CONFLICTING_BODY" in as_text(other)


def test_the_words_hold_the_numbers(world: World) -> None:
    """And the data holds the same."""
    retraced = _retraced(world, "receipt:s1/1/rich/2017-03-02")[0]
    text, data = as_text(retraced), as_json(retraced)
    assert "a receipt over 12.50 USD in 2 lines" in text
    assert "fired      base@1: 12 POINT:journey (2 of 2 lines, 12.50 USD, 2 whole units)" in text
    assert "fired      pizza-for-the-forest@1: 50 POINT:journey to forest-animals" in text
    assert "the same entry, byte for byte" in text
    assert data["is_same_when_decided_again"] is True
    assert sum(one["amount_minor"] for one in data["postings"] if one["unit"] == "USD") == 0


def test_a_forged_entry_is_not_the_same_when_decided_again(world: World) -> None:
    """The last one, so that the chain says nothing: only deciding again does."""
    place = _retraced(world, "receipt:s1/1/small/2017-03-02")[0].place
    last = max(one.place for one in _all(world) if one.place.partition == place.partition)

    def forge(record: StoredRecord) -> Record:
        if (record.topic, record.partition, record.offset) != (JOURNAL, *last):
            return Record(record.key, record.value, record.headers)
        header, entry = decode_entry(record.value or b"")
        forged = msgspec.structs.replace(entry, outcome="DECIDED")
        return Record(record.key, encode_entry(header, encode_entry_body(forged)), record.headers)

    retraced = retrace(copy_log(world.log, forge), last)
    assert not retraced.is_same
    assert retraced.differences
    assert "ANOTHER ENTRY" in as_text(retraced)


def _instruct(world: World, partition: int, told: OperatorInstructed) -> Retraced:
    with world.log.writer() as writer:
        writer.send(OPERATOR_TOPIC, partition, [Record(None, encode_event(told))], first_tag=1)
        writer.flush(limit_ms=0)
    for _ in range(5):
        world.step()
    return next(one for one in _all(world) if f"instruction:{told.event_id}" in _keys(one))


def _keys(retraced: Retraced) -> list[str]:
    return [retraced.entry.source_key, *(key.key for key in retraced.entry.keys)]


def test_a_skip_is_the_same_when_decided_again() -> None:
    """Its entry tells what was lost, whether it was followed or refused."""
    world = make_world()
    place = world.write("h1", receipt("h1", "cut", (99, None)))
    after = world.log.bounds([place])[place].next
    world.log.drop_before(place, after)
    for number, (next_offset, outcome) in enumerate([(after + 1, "REFUSED"), (after, "DECIDED"), (after, "REFUSED")]):
        told = OperatorInstructed(
            event_id=f"s{number}",
            operator="anna",
            reason="retention",
            skip_lost_input=SkipLostInput(topic=place.topic, next_offset=next_offset),
        )
        retraced = _instruct(world, place.partition, told)
        assert (retraced.entry.outcome, retraced.differences, retraced.is_same) == (outcome, [], True)


def test_a_retry_is_the_same_when_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether its entry held all, fewer or none of what is held."""
    world = make_world()
    monkeypatch.setattr("processors.dispatch.decide_receipt", _raise_bug)
    places = [world.write("h1", receipt("h1", f"held{number}", (350, None))) for number in range(5)]
    world.settle()
    monkeypatch.undo()
    retried = []
    for limit_bytes in (550, 1_000, own_writer.ENTRY_LIMIT_BYTES):
        monkeypatch.setattr(own_writer, "ENTRY_LIMIT_BYTES", limit_bytes)
        told = OperatorInstructed(
            event_id=f"r{limit_bytes}",
            operator="anna",
            reason="mended",
            retry_parked_entity=RetryParkedEntity(tenant="journey", entity_kind="member", entity_id="h1"),
        )
        retraced = _instruct(world, places[0].partition, told)
        assert (retraced.differences, retraced.is_same) == ([], True)
        retried.append(0 if retraced.entry.parked is None else retraced.entry.parked.released)
    assert retried[0] == 0
    assert 0 < retried[1] < 5
    assert sum(retried) == 5


def _raise_bug(*_: object) -> None:
    raise RuntimeError("a bug")


@pytest.mark.parametrize("place", [JournalPlace(0, 0), JournalPlace(0, 100_000), JournalPlace(77, 0)])
def test_where_no_entry_stands_that_is_said(world: World, place: JournalPlace) -> None:
    """A claim, beyond the end, and a partition that there is not."""
    with pytest.raises(NotFoundError, match="stands no entry"):
        retrace(world.log, place)


def _last(trace: RuleTrace) -> StepTrace:
    return trace.steps[-1]
