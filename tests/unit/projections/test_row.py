"""Rows that entries become, without a database."""

from typing import Any

import pytest

from projections.entry_row import EntryRows, shorten
from projections.ledger_row import LedgerRows
from projections.place import Place, place_of
from projections.receipt_row import ReceiptRows
from projections.rule_row import RuleRows
from projections.table import COLUMN_TYPES
from schemas.entry import (
    BrokenInvariantError,
    DocumentChanged,
    Effect,
    Entry,
    EntryHeader,
    EntrySource,
    LotChange,
    LotOpened,
    Outcome,
    Posting,
    ReceiptChanged,
)

PLACE = Place(3, 17, "sales.receipt.recorded.v1", 5, 1_000)
KEY = "s1/1/42/2017-03-01"
DAY = 17_226


def entry(**parts: Any) -> Entry:  # noqa: ANN401 (whatever field the case is about)
    """An entry of anna in the shop."""
    given: dict[str, Any] = {"clock_ms": 2_000, "book_hash": bytes(32), "tenant": "shop", "entity_kind": "member"}
    return Entry(**({"entity_id": "anna", "outcome": Outcome.DECIDED.value} | given | parts))


def rows(builder: EntryRows | LedgerRows | ReceiptRows | RuleRows, table: str) -> list[tuple[Any, ...]]:
    """The builder's rows of a table, each as wide as the table's copy file."""
    found = [tuple(row) for part in builder.tables() if part.table == table for row in part.rows]
    assert all(len(row) == len(COLUMN_TYPES[table]) for row in found)
    return found


def opened(lot_id: str, amount: int, *, active_from_ms: int | None = None) -> LotOpened:
    """A lot of anna from the campaign base."""
    return LotOpened(
        member_id="anna",
        lot_id=lot_id,
        unit="POINT:shop",
        campaign_id="base",
        campaign_version=1,
        origin="",
        amount_minor=amount,
        earned_at_ms=900,
        active_from_ms=active_from_ms,
    )


def changed(lot_id: str, *, pending: int = 0, available: int = 0, expired: int = 0) -> LotChange:
    """A change of a lot of anna."""
    return LotChange(
        member_id="anna",
        lot_id=lot_id,
        unit="POINT:shop",
        campaign_id="base",
        campaign_version=1,
        reason="REVERSED",
        pending_minor=pending,
        available_minor=available,
        expired_minor=expired,
    )


def test_a_tick_is_recorded_when_its_clock_says() -> None:
    """A tick has no source, so no log time."""
    header = EntryHeader(epoch=1, writer_id=bytes(16), sequence=1, previous_hash=bytes(32))
    assert place_of(3, 17, header, entry()) == Place(3, 17, None, None, 2_000)


def test_an_entry_with_a_source_is_recorded_when_the_log_took_it() -> None:
    """The log's time, not the clock, which may be later."""
    source = EntrySource(topic="t", partition=3, offset=5, log_time_ms=1_000)
    header = EntryHeader(epoch=1, writer_id=bytes(16), sequence=1, previous_hash=bytes(32), source=source)
    assert place_of(3, 17, header, entry()) == Place(3, 17, "t", 5, 1_000)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("receipt:1", "receipt:1", id="as-it-is"),
        pytest.param("a\0b", "a\N{SYMBOL FOR NULL}b", id="nul-cannot-be-kept"),
        pytest.param("x" * 300, "x" * 256, id="an-index-key-is-bounded"),
    ],
)
def test_a_text_that_was_not_checked_is_made_fit_for_a_column(text: str, shown: str) -> None:
    """A refused record may hold anything, and must not stop the projector."""
    assert shorten(text) == shown


def test_balances_are_summed_over_the_batch_and_a_change_of_nothing_stays_a_row() -> None:
    """An account exists from its first posting on, in whatever batch that is netted."""
    ledger = LedgerRows()
    for amount in (5, -5):
        postings = [
            Posting(kind="member", campaign_id="", owner="anna", subaccount="available", unit="P", amount_minor=amount),
            Posting(kind="programme", campaign_id="", owner="x", subaccount="spent", unit="P", amount_minor=-amount),
        ]
        ledger.take(PLACE, entry(postings=postings))
    assert rows(ledger, "account") == [
        ("shop", "member", "", "anna", "available", "P", 3, 0),
        ("shop", "programme", "", "x", "spent", "P", 3, 0),
    ]


def test_a_lot_opened_and_changed_in_one_batch_is_one_new_row() -> None:
    """New lots are only added, so they must be complete."""
    ledger = LedgerRows()
    ledger.take(PLACE, entry(lots_opened=[opened("1.1", 50, active_from_ms=999)]))
    ledger.take(PLACE, entry(lot_changes=[changed("1.1", pending=-50, available=50)]))
    ledger.take(PLACE, entry(lot_changes=[changed("1.1", available=-20, expired=20)]))
    (row,) = rows(ledger, "lot")
    assert row[7:12] == (50, 0, 30, 0, 20)
    assert rows(ledger, "lot_change") == []


def test_changes_of_older_lots_are_summed() -> None:
    """A lot is touched once a batch."""
    ledger = LedgerRows()
    ledger.take(PLACE, entry(lot_changes=[changed("1.1", pending=-50, available=50)]))
    ledger.take(PLACE, entry(lot_changes=[changed("1.1", available=-20, expired=20)]))
    assert rows(ledger, "lot_change") == [("shop", "anna", "1.1", -50, 30, 20)]


def test_a_lot_opened_twice_is_a_broken_journal() -> None:
    """Lot ids are unique per member."""
    ledger = LedgerRows()
    ledger.take(PLACE, entry(lots_opened=[opened("1.1", 50)]))
    with pytest.raises(BrokenInvariantError, match="opened twice"):
        ledger.take(PLACE, entry(lots_opened=[opened("1.1", 50)]))


def test_statement_lines_begin_at_what_was_available_and_leave_out_what_did_not_change() -> None:
    """The second entry moved points between lots of one campaign: no line."""
    ledger = LedgerRows()
    ledger.take(PLACE, entry(lots_opened=[opened("1.1", 50), opened("1.2", 8, active_from_ms=999)]))
    ledger.take(PLACE, entry(lots_opened=[opened("2.1", 7)], lot_changes=[changed("0.1", available=-7)]))
    ledger.take(PLACE, entry(occurred_at_ms=800, source_key="k", lot_changes=[changed("0.1", available=-20)]))
    statement = ledger.statement({("shop", "anna", "POINT:shop"): 100})
    assert statement.rows == [
        ("shop", "anna", 3, 17, "base", "POINT:shop", 50, 150, 1_000, 1_000, ""),
        ("shop", "anna", 3, 17, "base", "POINT:shop", -20, 130, 800, 1_000, "k"),
    ]


def _receipt(status: str, member_id: str | None = "anna") -> ReceiptChanged:
    return ReceiptChanged(
        store_id="s1",
        till_id="1",
        receipt_number="42",
        business_date=DAY,
        programme="shop",
        member_id=member_id,
        status=status,
        currency="USD",
        total_minor=100,
        occurred_at_ms=900,
    )


def test_a_receipt_keeps_the_facts_of_its_record_when_it_is_returned_in_the_same_batch() -> None:
    """Only the status is the return's."""
    receipts = ReceiptRows()
    receipts.take(PLACE, entry(receipts=[_receipt("RECORDED")]))
    receipts.take(
        PLACE._replace(offset=18, source_offset=6, recorded_at_ms=5_000), entry(receipts=[_receipt("RETURNED")])
    )
    assert rows(receipts, "receipt") == [
        ("shop", DAY, "s1", "1", "42", "anna", "anna", "shop", "RETURNED", "USD", 100, 900, 1_000, 3, 5)
    ]


def test_a_receipt_of_nobody_is_owned_by_its_key() -> None:
    """And its member is null, in rows and views."""
    receipts = ReceiptRows()
    receipts.take(PLACE, entry(entity_id=KEY, receipts=[_receipt("RECORDED", member_id=None)]))
    assert rows(receipts, "receipt")[0][5:7] == (KEY, None)


def test_effects_belong_to_the_receipt_they_were_given_for() -> None:
    """By origin, so that a retry of several records keeps them apart; other origins are no receipt's."""

    def effect(origin: str, amount: int) -> Effect:
        return Effect(
            campaign_id="base",
            campaign_version=1,
            effect="points",
            origin=origin,
            beneficiary_id="",
            unit="P",
            amount_minor=amount,
        )

    receipts = ReceiptRows()
    effects = [effect(f"receipt:{KEY}", 5), effect("activation:1", 9), effect(f"receipt:{KEY}", 2)]
    receipts.take(PLACE, entry(effects=effects))
    receipts.take(PLACE, entry(entity_id=KEY, effects=[effect(f"receipt:{KEY}", 1)]))
    receipts.take(PLACE, entry(effects=[effect(f"receipt:{KEY}", 5), effect(f"receipt:{KEY}", -5)]))
    assert rows(receipts, "receipt_effect") == [
        ("shop", DAY, "s1", "1", "42", 3, 17, 1, "base", 1, "points", "", "P", "anna", 7),
        ("shop", DAY, "s1", "1", "42", 3, 17, 1, "base", 1, "points", "", "P", None, 1),
    ]


def test_parties_are_numbered_in_the_order_of_the_document() -> None:
    """The order decides who takes the rest; publication and adoption give the same rows."""
    document = '{"parties": [{"party": "b", "share_bp": 6000}, {"party": "a", "share_bp": 4000}], "title": "x"}'
    version = DocumentChanged(programme="shop", campaign_id="c", version=2, document=document, published_at_ms=7)
    rules = RuleRows()
    rules.take(PLACE, entry(publications=[version]))
    rules.take(PLACE, entry(adoptions=[version]))
    assert rows(rules, "campaign_party") == [("shop", "c", 2, 1, "b", 6_000), ("shop", "c", 2, 2, "a", 4_000)]
    assert rows(rules, "document_version") == [("shop", "shop", "c", 2, document, 7)]
    assert rows(rules, "adoption") == [("shop", "shop", "c", 2, 3, 17)]


def test_outcomes_are_counted_per_partition() -> None:
    """And what could not be decoded is listed."""
    entries = EntryRows()
    for partition, outcome in ((0, Outcome.DECIDED), (1, Outcome.UNDECODABLE), (0, Outcome.DECIDED)):
        entries.take(PLACE._replace(partition=partition), entry(outcome=outcome.value))
    assert rows(entries, "outcome_count") == [(0, "DECIDED", 2), (1, "UNDECODABLE", 1)]
    assert rows(entries, "dead_letter") == [(1, 17, "sales.receipt.recorded.v1", 5, 1_000)]
