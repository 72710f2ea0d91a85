"""Known accepted: which own entries may leave the worker."""

from __future__ import annotations

import pytest

from eventlog.port import Delivery, EndReached, StoredRecord, WriteError
from eventlog.position import Position
from eventlog.writer import ENTRY_LIMIT_BYTES, EntryTooLargeError, OwnEntries, OwnEntry, OwnershipEnd
from schemas.codec import encode_claim
from schemas.entry import BrokenInvariantError, SkippedInput
from schemas.topic import JOURNAL
from tests.unit.eventlog.made_journal import PARTITION, TOPIC, MadeJournal, claim, source

#: The claim stands at offset 9.
_AT_CLAIM = Position(next_offset=10, claim=claim(2, b"me"), sequence=0, source_offsets={TOPIC: 4})


def _own(count: int, *, claim_tag: int = 0) -> tuple[OwnEntries, list[OwnEntry]]:
    own = OwnEntries(PARTITION, _AT_CLAIM, claim_tag=claim_tag)
    return own, [own.seal(b"", source(5 + number)) for number in range(count)]


def _acknowledge(own: OwnEntries, tag: int, offset: int | None) -> None:
    own.take_delivery(Delivery(topic=JOURNAL, partition=PARTITION, tag=tag, offset=offset, error=None))


def _fail(own: OwnEntries, tag: int, *, is_permanent: bool = False) -> None:
    error = WriteError(text="timed out", is_permanent=is_permanent)
    own.take_delivery(Delivery(topic=JOURNAL, partition=PARTITION, tag=tag, offset=None, error=error))


def _read(own: OwnEntries, offset: int, value: bytes | None) -> None:
    own.take_read(StoredRecord(JOURNAL, PARTITION, offset, 1, None, value, ()))


def _known(own: OwnEntries) -> list[int]:
    return [entry.header.sequence for entry in own.take_known()]


def test_an_entry_is_known_when_it_is_acknowledged_right_behind_the_claim() -> None:
    """Nothing else stands between them."""
    own, _ = _own(2)
    assert _known(own) == []
    _acknowledge(own, 1, 10)
    assert _known(own) == [1]
    assert own.in_flight == 1


def test_entries_are_known_in_order_of_their_sequence_only() -> None:
    """The second is acknowledged first, and waits for the first."""
    own, _ = _own(2)
    _acknowledge(own, 2, 11)
    assert _known(own) == []
    _acknowledge(own, 1, 10)
    assert _known(own) == [1, 2]


def test_the_position_follows_what_is_known() -> None:
    """It is that of the last known entry, with its source; what is on its way does not show."""
    own, entries = _own(2)
    _acknowledge(own, 1, 10)
    own.take_known()
    assert own.position == Position(
        next_offset=11,
        claim=_AT_CLAIM.claim,
        sequence=1,
        hash=entries[0].value_hash,
        entry_offset=10,
        source_offsets={TOPIC: 5},
    )
    assert own.source_offset(TOPIC) == 6
    assert own.next_sequence == 3


def test_a_gap_before_an_entry_is_read_by_the_owner_itself() -> None:
    """Another's record, which may be a claim, lies at offset 10."""
    own, _ = _own(1)
    assert own.wanted_offset() is None
    _acknowledge(own, 1, 11)
    assert _known(own) == []
    assert own.wanted_offset() == 10
    _read(own, 10, MadeJournal().entry(1, b"stale").value)
    assert own.wanted_offset() is None
    assert _known(own) == [1]


def test_a_gap_of_offsets_without_a_record_is_accounted_for_by_what_follows_it() -> None:
    """The reader gives the own entry itself next, so nothing lies before it."""
    own, (entry,) = _own(1)
    _acknowledge(own, 1, 14)
    _read(own, 14, entry.value)
    assert _known(own) == [1]


def test_a_gap_at_the_end_of_what_is_there_is_accounted_for_by_the_end() -> None:
    """The reader has come past it without finding a record."""
    own, _ = _own(1)
    _acknowledge(own, 1, 14)
    own.take_read(EndReached(topic=JOURNAL, partition=PARTITION, next_offset=14))
    assert _known(own) == [1]


@pytest.mark.parametrize("other", [claim(3, b"other"), claim(9, b"other")])
def test_a_gap_that_hides_a_claim_in_force_ends_the_ownership(other: object) -> None:
    """The entry behind it counts for nobody, although it was acknowledged."""
    own, _ = _own(1)
    _acknowledge(own, 1, 11)
    _read(own, 10, encode_claim(other))  # type: ignore[arg-type]
    assert own.end is OwnershipEnd.CLAIMED_BY_OTHER
    assert _known(own) == []


@pytest.mark.parametrize("other", [claim(2, b"other"), claim(1, b"other")])
def test_a_gap_that_hides_a_claim_not_in_force_is_passed(other: object) -> None:
    """Its epoch is not above the own one."""
    own, _ = _own(1)
    _acknowledge(own, 1, 11)
    _read(own, 10, encode_claim(other))  # type: ignore[arg-type]
    assert own.end is None
    assert _known(own) == [1]


@pytest.mark.parametrize("value", [None, b"", b"no entry", encode_claim(claim(3))[:14]])
def test_a_gap_that_hides_what_nobody_can_read_is_passed(value: bytes | None) -> None:
    """Readers skip it too."""
    own, _ = _own(1)
    _acknowledge(own, 1, 11)
    _read(own, 10, value)
    assert _known(own) == [1]


def test_an_acknowledgement_without_an_offset_counts_as_a_gap() -> None:
    """The owner's reading finds where the entry stands."""
    own, (entry,) = _own(1)
    _acknowledge(own, 1, None)
    assert _known(own) == []
    assert own.wanted_offset() == 10
    _read(own, 10, entry.value)
    assert _known(own) == [1]
    assert own.position.entry_offset == 10


def test_an_entry_that_was_read_is_not_known_before_it_is_acknowledged() -> None:
    """Its write may still be reported as failed, and then the ownership ends."""
    own, (entry,) = _own(1)
    _read(own, 10, entry.value)
    assert _known(own) == []
    _acknowledge(own, 1, None)
    assert _known(own) == [1]


def test_a_lost_acknowledgement_ends_the_ownership() -> None:
    """Whether the entry stands is found by claiming and reading, never guessed."""
    own, _ = _own(1)
    _fail(own, 1)
    assert own.end is OwnershipEnd.WRITE_FAILED
    assert own.failure_text == "timed out"
    assert own.wanted_offset() is None


def test_a_failed_write_ends_the_ownership_although_later_ones_succeeded() -> None:
    """The chain has a hole; only what was known before may stay."""
    own, _ = _own(3)
    _acknowledge(own, 1, 10)
    _fail(own, 2)
    _acknowledge(own, 3, 11)
    assert own.end is OwnershipEnd.WRITE_FAILED
    assert _known(own) == []


def test_a_permanent_error_is_told_apart() -> None:
    """Trying again cannot help; the partition stops with an alarm. The first end stays."""
    own, _ = _own(2)
    _fail(own, 1, is_permanent=True)
    _fail(own, 2)
    assert own.end is OwnershipEnd.WRITE_REFUSED


def test_deliveries_of_an_earlier_ownership_are_passed_over() -> None:
    """They come late, with tags up to the claim's; taken for the present ones they would make lost entries known."""
    own, entries = _own(2, claim_tag=7)
    assert [own.tag_of(entry) for entry in entries] == [8, 9]
    for tag in range(1, 8):
        _acknowledge(own, tag, tag)
        _fail(own, tag, is_permanent=True)
    assert own.end is None
    assert _known(own) == []
    _acknowledge(own, 8, 10)
    assert _known(own) == [1]


def test_an_entry_that_is_too_large_changes_nothing() -> None:
    """It was not sent; the next entry has its place."""
    own, _ = _own(0)
    with pytest.raises(EntryTooLargeError, match=str(ENTRY_LIMIT_BYTES)):
        own.seal(bytes(ENTRY_LIMIT_BYTES), source(5))
    assert (own.next_sequence, own.in_flight, own.source_offset(TOPIC)) == (1, 0, 4)
    assert own.seal(b"", source(5)).header.sequence == 1


def test_the_owner_puts_its_own_entries_through_acceptance() -> None:
    """A bug never becomes a record that others skip: offset 4 was decided before the claim."""
    own, _ = _own(0)
    for origin in (source(4), source(5, partition=PARTITION + 1)):
        with pytest.raises(BrokenInvariantError, match="wrong_source"):
            own.seal(b"", origin)
    assert own.next_sequence == 1


def test_a_sealed_entry_carries_claim_chain_source_and_skips() -> None:
    """All that acceptance looks at, and how many messages a relay will find."""
    own, (first,) = _own(1)
    skips = [SkippedInput(topic=TOPIC, next_offset=20)]
    second = own.seal(b"", source(0, topic="operator"), skipped_inputs=skips, message_count=3)
    assert (second.header.epoch, second.header.writer_id) == (2, claim(2, b"me").writer_id)
    assert (second.header.sequence, second.header.previous_hash) == (2, first.value_hash)
    assert (second.header.skipped_inputs, second.header.message_count) == (skips, 3)
    assert own.source_offset(TOPIC) == 19
