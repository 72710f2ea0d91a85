"""Acceptance: which claims come in force, and which entries count."""

from __future__ import annotations

from collections import Counter

import pytest

from eventlog.journal import JournalFold, JournalReplacedError, Verdict, check_anchor, first_offset, lost_journal
from eventlog.port import OffsetLost, PartitionBounds, StoredRecord
from eventlog.position import START, Position, decode_position, encode_position
from schemas.entry import SkippedInput
from schemas.topic import JOURNAL
from tests.unit.eventlog.made_journal import PARTITION, TOPIC, MadeJournal, claim, source


def _verdicts(*records: StoredRecord) -> list[Verdict]:
    fold = JournalFold(PARTITION)
    return [fold.take(record)[0] for record in records]


def test_of_two_claims_with_one_epoch_the_first_in_log_order_wins() -> None:
    """Two workers that read the same end of the journal race."""
    journal = MadeJournal()
    first, second = journal.claim(1, b"one"), journal.claim(1, b"two")
    assert _verdicts(first, second, journal.entry(1, b"one")) == [
        Verdict.CLAIM_IN_FORCE,
        Verdict.CLAIM_OUTRUN,
        Verdict.ACCEPTED,
    ]


def test_a_claim_with_a_lower_epoch_is_passed_over() -> None:
    """It was long on its way."""
    journal = MadeJournal()
    records = [journal.claim(2, b"two"), journal.claim(1, b"one"), journal.entry(2, b"two")]
    assert _verdicts(*records) == [Verdict.CLAIM_IN_FORCE, Verdict.CLAIM_OUTRUN, Verdict.ACCEPTED]


def test_a_claim_that_comes_late_is_an_ordinary_claim() -> None:
    """If its epoch is the highest so far it comes in force, whenever it was made."""
    journal = MadeJournal()
    records = [journal.claim(1), journal.entry(1), journal.claim(5, b"two"), journal.entry(5, b"two")]
    assert _verdicts(*records) == [Verdict.CLAIM_IN_FORCE, Verdict.ACCEPTED, Verdict.CLAIM_IN_FORCE, Verdict.ACCEPTED]


def test_entries_of_the_old_owner_that_landed_before_the_claim_are_part_of_the_truth() -> None:
    """The new owner continues their sequence and hash."""
    journal = MadeJournal()
    records = [journal.claim(1), journal.entry(1), journal.claim(2, b"two"), journal.entry(2, b"two")]
    fold = JournalFold(PARTITION)
    assert [fold.take(record)[0] for record in records].count(Verdict.ACCEPTED) == 2
    assert fold.sequence == 2


def test_a_stale_owner_that_wakes_up_can_write_and_nobody_reads_it() -> None:
    """Its entries are skipped and counted, also those that would continue the chain."""
    journal = MadeJournal()
    fold = JournalFold(PARTITION)
    for record in (journal.claim(1), journal.entry(1), journal.claim(2, b"two")):
        fold.take(record)
    stale = journal.fork()
    for _ in range(2):
        fold.take(stale.entry(1, b"one"))
    journal.next_offset = stale.next_offset
    fold.take(journal.entry(2, b"two"))
    assert fold.counts == Counter({Verdict.CLAIM_IN_FORCE: 2, Verdict.ACCEPTED: 2, Verdict.STALE_WRITER: 2})


def test_an_entry_of_the_epoch_in_force_by_another_writer_does_not_count() -> None:
    """Both claimed with the same epoch; only the winner's id counts."""
    journal = MadeJournal()
    records = [journal.claim(1, b"one"), journal.claim(1, b"two"), journal.entry(1, b"two")]
    assert _verdicts(*records)[-1] is Verdict.STALE_WRITER


def test_an_entry_before_any_claim_does_not_count() -> None:
    """Nobody owns the partition yet."""
    assert _verdicts(MadeJournal().entry()) == [Verdict.STALE_WRITER]


def test_an_entry_behind_a_lost_one_breaks_the_chain() -> None:
    """Its number leaves one out."""
    journal = MadeJournal()
    opening, _lost, after = journal.claim(1), journal.entry(), journal.entry()
    assert _verdicts(opening, after) == [Verdict.CLAIM_IN_FORCE, Verdict.BROKEN_CHAIN]


def test_an_entry_with_the_right_number_and_another_hash_breaks_the_chain() -> None:
    """It continues an entry that does not count."""
    journal = MadeJournal()
    opening = journal.claim(1)
    other = journal.fork()
    first = journal.entry(body=b"first")
    other.entry(body=b"another first")
    other.next_offset = journal.next_offset
    assert _verdicts(opening, first, other.entry())[-1] is Verdict.BROKEN_CHAIN


def test_the_same_entry_twice_counts_once() -> None:
    """A repeated write breaks the chain by its number."""
    journal = MadeJournal()
    opening, entry = journal.claim(1), journal.entry()
    assert _verdicts(opening, entry, entry._replace(offset=2))[-1] is Verdict.BROKEN_CHAIN


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        pytest.param(source(6), Verdict.ACCEPTED, id="next-offset"),
        pytest.param(source(9), Verdict.ACCEPTED, id="offset-behind-a-hole"),
        pytest.param(source(5), Verdict.WRONG_SOURCE, id="same-offset"),
        pytest.param(source(4), Verdict.WRONG_SOURCE, id="earlier-offset"),
        pytest.param(source(0, topic="giving.donation.recorded.v1"), Verdict.ACCEPTED, id="other-topic"),
        pytest.param(source(6, partition=PARTITION + 1), Verdict.WRONG_SOURCE, id="other-partition"),
        pytest.param(None, Verdict.ACCEPTED, id="tick"),
    ],
)
def test_an_entry_decides_a_record_behind_the_last_one_of_its_topic(second: object, verdict: Verdict) -> None:
    """After offset 5 was decided."""
    journal = MadeJournal()
    records = [journal.claim(1), journal.entry(origin=source(5)), journal.entry(origin=second)]  # type: ignore[arg-type]
    assert _verdicts(*records)[-1] is verdict


def test_a_skipped_input_moves_the_source_offset() -> None:
    """What an operator skipped is never decided; the record it goes on with is."""
    journal = MadeJournal()
    skip = [SkippedInput(topic=TOPIC, next_offset=8)]
    records = [journal.claim(1), journal.entry(origin=source(0, topic="operator"), skipped=skip)]
    fold = JournalFold(PARTITION)
    for record in records:
        fold.take(record)
    assert fold.source_offset(TOPIC) == 7
    skipped = journal.fork()
    assert fold.take(skipped.entry(origin=source(7)))[0] is Verdict.WRONG_SOURCE
    journal.next_offset = skipped.next_offset
    assert fold.take(journal.entry(origin=source(8)))[0] is Verdict.ACCEPTED


def test_a_skip_never_moves_a_source_offset_back() -> None:
    """An operator who names a decided offset does not open it again."""
    journal = MadeJournal()
    fold = JournalFold(PARTITION)
    skip = [SkippedInput(topic=TOPIC, next_offset=2)]
    for record in (
        journal.claim(1),
        journal.entry(origin=source(5)),
        journal.entry(origin=source(0, topic="operator"), skipped=skip),
    ):
        fold.take(record)
    assert fold.source_offset(TOPIC) == 5


@pytest.mark.parametrize("value", [None, b"", b"nothing known", MadeJournal().claim(1).value[:14]])  # type: ignore[index]
def test_what_cannot_be_read_is_skipped_and_counted(value: bytes | None) -> None:
    """Also what begins like a claim."""
    assert _verdicts(MadeJournal().record(value)) == [Verdict.UNREADABLE]


def test_a_position_is_all_that_a_later_reader_needs() -> None:
    """A fold from a position judges like one from the beginning, and comes to the same position."""
    journal = MadeJournal()
    records = [journal.claim(1), journal.entry(origin=source(5)), journal.claim(2, b"two"), journal.entry(2, b"two")]
    whole = JournalFold(PARTITION)
    for record in records[:3]:
        whole.take(record)
    rest = JournalFold(PARTITION, decode_position(encode_position(whole.position)))
    assert rest.take(records[3])[0] is whole.take(records[3])[0] is Verdict.ACCEPTED
    assert rest.position == whole.position
    assert whole.position.claim == claim(2, b"two")


def test_reading_begins_at_the_last_accepted_entry() -> None:
    """So that it can be compared; without one, where the position says."""
    assert first_offset(START) == 0
    assert first_offset(Position(next_offset=2)) == 2
    assert first_offset(Position(next_offset=9, sequence=4, entry_offset=6)) == 6


def test_a_journal_with_another_entry_at_the_position_was_replaced() -> None:
    """Another value, or another offset."""
    journal = MadeJournal()
    journal.claim(1)
    record = journal.entry()
    position = Position(next_offset=2, sequence=1, hash=journal.hash, entry_offset=1)
    check_anchor(record, position)
    check_anchor(record._replace(value=b"another"), START)
    for other in (record._replace(value=b"another"), record._replace(offset=2)):
        with pytest.raises(JournalReplacedError, match="cut or replaced"):
            check_anchor(other, position)


def test_a_journal_that_ends_before_the_position_was_cut() -> None:
    """The last accepted entry may still be there, and a claim behind it gone."""
    fold = JournalFold(PARTITION, Position(next_offset=9, sequence=4, entry_offset=6))
    fold.pass_over(9)
    with pytest.raises(JournalReplacedError, match="ends at offset 8"):
        fold.pass_over(8)


def test_a_journal_without_the_wanted_offset_was_cut() -> None:
    """The error says what there is, and what was wanted."""
    lost = OffsetLost(topic=JOURNAL, partition=PARTITION, wanted_offset=3, bounds=PartitionBounds(7, 9))
    assert "holds offsets 7 to 9, but reading was to go on at 3" in str(lost_journal(lost))
