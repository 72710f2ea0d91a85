"""The doctor finds what was changed, cut, left out or is still under way, and nothing in a healthy log."""

from collections.abc import Callable

import msgspec
import pytest

from eventlog.journal import entry_hash
from eventlog.port import Log, Record, StoredRecord, TopicPartition
from schemas.business_time import DAY_MS
from schemas.codec import decode_entry, encode_entry, encode_entry_body, is_entry
from schemas.entry import Entry
from schemas.record.code import CodeActivated
from schemas.topic import JOURNAL
from services.doctor.finding import Finding
from services.doctor.fold import FoldedPartition, fold_partition
from services.doctor.input_check import check_dead_letters, check_inputs
from services.doctor.verify import check_messages, check_positions, check_signs
from tests.unit.services.doctor.memory_world import PARTITIONS, SHOPPED_MS, Change, World, copy_log, make_world

RECEIPTS = "sales.receipt.recorded.v1"
ACTIVATION = CodeActivated(
    tenant="journey",
    programme="journey",
    event_id="a2",
    member_id="nobody",
    code_hash="cd" * 32,
    occurred_at_ms=1,
    zone="UTC",
)


def _fold(log: Log, mark: int | None = None) -> list[FoldedPartition]:
    return [fold_partition(log, partition, mark=mark) for partition in range(PARTITIONS)]


def _find(log: Log) -> list[Finding]:
    folded = _fold(log)
    findings = [finding for one in folded for finding in one.findings]
    for one in folded:
        findings += check_inputs(log, one)[1] + check_dead_letters(log, one)
    return [*findings, *check_messages(folded, is_at_rest=True), *check_signs(folded)]


def _as_is(record: StoredRecord) -> Record:
    return Record(record.key, record.value, record.headers)


@pytest.fixture(scope="module")
def world() -> World:
    """A cluster at rest; read only."""
    return make_world()


def test_a_healthy_log_has_no_finding(world: World) -> None:
    """Nor has its copy: nothing depends on when it was written."""
    assert _find(world.log) == []
    assert _find(copy_log(world.log, _as_is)) == []


def test_what_was_read_is_counted(world: World) -> None:
    """Each input record once, and every message written arrived."""
    folded = _fold(world.log)
    assert sum(check_inputs(world.log, one)[0] for one in folded) == sum(one.position.sequence for one in folded)
    sent = sum(len(numbers) for one in folded for numbers in one.sent.values())
    taken = sum(len(numbers) for one in folded for numbers in one.taken.values())
    # Seven documents to each partition, one question to a code and one answer.
    assert sent == taken == 7 * PARTITIONS + 2


def test_a_changed_entry_breaks_the_chain(world: World) -> None:
    """It would still be accepted itself; the one after it names another hash."""
    log = copy_log(world.log, _forge(_move_back, mends_chain=False))
    assert "chain" in {finding.check for finding in _find(log)}


def test_a_changed_amount_whose_chain_was_mended_breaks_an_invariant(world: World) -> None:
    """Who forges the hashes too is found by what must always hold: postings that sum to zero."""
    log = copy_log(world.log, _forge(_raise_first, mends_chain=True))
    assert "invariant" in {finding.check for finding in _find(log)}


def test_a_lost_input_is_found(world: World) -> None:
    """The log holds fewer records than were decided, and others in their places."""
    found = _find(copy_log(world.log, _leave_out(RECEIPTS)))
    texts = " ".join(finding.text for finding in found if finding.check == "inputs")
    assert "is not the record that its entry holds" in texts
    assert "was decided, and the log does not hold it" in texts


def test_a_lost_journal_record_is_found(world: World) -> None:
    """Everything after it does not continue the chain."""
    found = {finding.check for finding in _find(copy_log(world.log, _leave_out(JOURNAL, skip=3)))}
    assert "chain" in found


def test_a_journal_without_its_beginning_is_told() -> None:
    """It must be kept for ever; nothing else is checked then."""
    log = make_world().log
    log.drop_before(TopicPartition(JOURNAL, 0), 2)
    (finding,) = fold_partition(log, 0).findings
    assert "begins at offset 2" in finding.text


def test_inputs_that_retention_took_are_not_missed() -> None:
    """They may be dropped once decided: the journal holds them."""
    log = make_world().log
    for partition in range(PARTITIONS):
        log.drop_before(TopicPartition(RECEIPTS, partition), 100)
    assert _find(log) == []


def test_a_skipped_record_that_the_log_holds_is_found() -> None:
    """It was restored after the skip, or should never have been skipped: nobody decided it."""
    log = make_world().log
    (folded, _) = _fold(log)
    place = TopicPartition(RECEIPTS, 0)
    after = log.bounds([place])[place].next
    folded.skipped[RECEIPTS] = [(after, after + 2)]
    folded.position = msgspec.structs.replace(
        folded.position, source_offsets=dict(folded.position.source_offsets) | {RECEIPTS: after + 1}
    )
    assert check_inputs(log, folded)[1] == []
    with log.writer() as writer:
        writer.send(RECEIPTS, 0, [Record(b"journey:h1", b"restored")], first_tag=1)
        writer.flush(limit_ms=0)
    (finding,) = check_inputs(log, folded)[1]
    assert finding.place == f"{RECEIPTS}/0/{after}"
    assert "passed over by an operator's skip" in finding.text


def test_messages_under_way_are_told_at_rest_only() -> None:
    """While a relay works they are no fault."""
    world = make_world()
    world.write("nobody", ACTIVATION)
    world.decide_only()
    folded = _fold(world.log)
    assert check_messages(folded, is_at_rest=False) == []
    (finding,) = check_messages(folded, is_at_rest=True)
    assert "1 messages were written and not yet taken" in finding.text


def test_a_message_that_nobody_wrote_is_found(world: World) -> None:
    """And one that arrived with another body."""
    folded = _fold(world.log)
    sender = next(one for one in folded if one.sent)
    target, numbers = next(iter(sender.sent.items()))
    numbers[1] = b"other"
    del numbers[max(numbers)]
    texts = [finding.text for finding in check_messages(folded, is_at_rest=True)]
    assert any("nobody wrote it" in text for text in texts)
    assert any("another body" in text for text in texts)
    assert target in range(PARTITIONS)


def test_a_record_that_cannot_be_decoded_has_its_dead_letter() -> None:
    """With the letter it is in order; without, it is found."""
    world = make_world()
    world.write_record(RECEIPTS, Record(b"journey:h1", b"\xc3\x01nonsense"))
    world.settle()
    assert _find(world.log) == []
    lost = copy_log(world.log, lambda record: None if record.topic.endswith(".dlq") else _as_is(record))
    assert [finding.check for finding in _find(lost)] == ["dead_letters"]


def test_a_position_is_compared_with_the_journal_at_its_place(world: World) -> None:
    """Behind is well; another hash, or beyond the end, is not."""
    folded = _fold(world.log, mark=5)
    marked = {one.partition: one.marked for one in folded if one.marked is not None}
    assert len(marked) == PARTITIONS
    assert check_positions(folded, marked) == []
    forged = {0: msgspec.structs.replace(marked[0], hash=bytes(32))}
    assert "the journal" in check_positions(folded, forged)[0].text
    beyond = _fold(world.log, mark=10_000)
    assert "beyond" in check_positions(beyond, {0: msgspec.structs.replace(marked[0], next_offset=10_000)})[0].text


# -- ways to spoil a log


def _leave_out(topic: str, *, skip: int = 0) -> Change:
    """Leave out one record of partition 0: the first, or after so many."""
    left = skip

    def change(record: StoredRecord) -> Record | None:
        nonlocal left
        if (record.topic, record.partition) == (topic, 0):
            left -= 1
            if left == -1:
                return None
        return _as_is(record)

    return change


def _move_back(entry: Entry) -> Entry:
    """Let it have happened a day before; no invariant sees that."""
    return msgspec.structs.replace(entry, occurred_at_ms=SHOPPED_MS - DAY_MS)


def _raise_first(entry: Entry) -> Entry:
    """Give one more, out of nothing."""
    first, *others = entry.postings
    raised = msgspec.structs.replace(first, amount_minor=first.amount_minor + 1)
    return msgspec.structs.replace(entry, postings=[raised, *others])


def _forge(transform: Callable[[Entry], Entry], *, mends_chain: bool) -> Change:
    """Change the first entry of partition 0 that has postings, and, if wanted, the hashes of all that follow."""
    is_done = False
    mended: dict[bytes, bytes] = {}

    def change(record: StoredRecord) -> Record:
        nonlocal is_done
        if (record.topic, record.partition) != (JOURNAL, 0) or record.value is None or not is_entry(record.value):
            return _as_is(record)
        header, entry = decode_entry(record.value)
        previous_hash = mended.get(header.previous_hash, header.previous_hash)
        header = msgspec.structs.replace(header, previous_hash=previous_hash)
        if entry.postings and not is_done:
            is_done = True
            entry = transform(entry)
        value = encode_entry(header, encode_entry_body(entry))
        if mends_chain:
            mended[entry_hash(record.value)] = entry_hash(value)
        return Record(record.key, value, record.headers)

    return change
