"""Every check of every record: one fault a row, with the reason, field and value that the sender is told.

Stays whole: the rows are one table, and the order of precedence is tested over all of them.
"""

from typing import NamedTuple

import pytest

from schemas.business_time import LATEST_MS
from schemas.codec import Event
from schemas.money import AMOUNT_LIMIT_MINOR
from schemas.record.code import CodeActivated, CodeIssued, check_activation, check_issue
from schemas.record.donation import DonationRecorded, check_donation
from schemas.record.instruction import OperatorInstructed, RetryParkedEntity, SkipLostInput, check_instruction
from schemas.record.receipt import (
    LINE_LIMIT,
    QUANTITY_LIMIT_MILLI,
    ReceiptRecorded,
    ReceiptReturned,
    Tender,
    check_receipt,
    check_return,
)
from schemas.record.rule import VERSION_LIMIT, CampaignPublished, ProgrammeChanged, check_publication
from schemas.record.segment import PartitionOffset, SegmentAssigned, check_segment
from schemas.rejection import Reason, Rejection
from tests.unit.schemas.made_record import (
    CODE_HASH,
    activation,
    assignment,
    campaign,
    changed,
    donation,
    instruction,
    issue,
    line,
    programme,
    receipt,
    returned,
)


class Fault(NamedTuple):
    """What is told of one bad record."""

    record: Event
    reason: Reason
    field: str
    value: str


def check(record: Event) -> Rejection | None:
    """Give the first fault of a record."""
    match record:
        case ReceiptRecorded():
            return check_receipt(record)
        case ReceiptReturned():
            return check_return(record)
        case DonationRecorded():
            return check_donation(record)
        case CodeIssued():
            return check_issue(record)
        case CodeActivated():
            return check_activation(record)
        case SegmentAssigned():
            return check_segment(record)
        case OperatorInstructed():
            return check_instruction(record)
        case CampaignPublished() | ProgrammeChanged():
            return check_publication(record)
        case _:
            msg = f"{type(record).__name__} comes from the engine and is not checked"
            raise AssertionError(msg)


RECEIPT, RETURN = receipt(), returned(receipt())
GOOD: list[Event] = [
    RECEIPT,
    RETURN,
    donation(),
    issue(),
    activation(),
    assignment(),
    instruction(),
    campaign(),
    programme(),
]
SCOPED = [record for record in GOOD if not isinstance(record, OperatorInstructed)]
TIMED = [record for record in GOOD if hasattr(record, "occurred_at_ms")]
NAMED = [record for record in GOOD if hasattr(record, "event_id")]
OF_MEMBERS = [record for record in GOOD if hasattr(record, "member_id")]
OF_RECEIPTS: list[Event] = [RECEIPT, RETURN]


def _computed_at(*position: tuple[int, int]) -> SegmentAssigned:
    return assignment(position=[PartitionOffset(partition=part, next_offset=offset) for part, offset in position])


FAULTS = [
    *(Fault(changed(r, tenant="A B"), Reason.INVALID_TENANT, "tenant", "A B") for r in SCOPED),
    *(Fault(changed(r, programme=""), Reason.INVALID_PROGRAMME, "programme", "") for r in SCOPED),
    *(Fault(changed(r, event_id="a/b"), Reason.INVALID_EVENT_ID, "event_id", "a/b") for r in NAMED),
    *(Fault(changed(r, member_id="a:b"), Reason.INVALID_MEMBER_ID, "member_id", "a:b") for r in OF_MEMBERS),
    *(Fault(changed(r, occurred_at_ms=-1), Reason.INVALID_OCCURRED_AT, "occurred_at_ms", "-1") for r in TIMED),
    *(
        Fault(changed(r, occurred_at_ms=LATEST_MS + 1), Reason.INVALID_OCCURRED_AT, "occurred_at_ms", "253402300800000")
        for r in TIMED
    ),
    *(Fault(changed(r, zone="Moscow"), Reason.INVALID_ZONE, "zone", "Moscow") for r in TIMED),
    *(Fault(changed(r, store_id=""), Reason.INVALID_STORE_ID, "store_id", "") for r in OF_RECEIPTS),
    *(Fault(changed(r, till_id="1 2"), Reason.INVALID_TILL_ID, "till_id", "1 2") for r in OF_RECEIPTS),
    *(
        Fault(changed(r, receipt_number="4/2"), Reason.INVALID_RECEIPT_NUMBER, "receipt_number", "4/2")
        for r in OF_RECEIPTS
    ),
    *(Fault(changed(r, business_date=-1), Reason.INVALID_BUSINESS_DATE, "business_date", "-1") for r in OF_RECEIPTS),
    *(
        Fault(changed(r, business_date=2_932_897), Reason.INVALID_BUSINESS_DATE, "business_date", "2932897")
        for r in OF_RECEIPTS
    ),
    Fault(receipt(currency="usd"), Reason.INVALID_CURRENCY, "currency", "usd"),
    Fault(changed(RECEIPT, lines=[]), Reason.INVALID_LINES, "lines", "0"),
    Fault(changed(RECEIPT, lines=[line()] * (LINE_LIMIT + 1)), Reason.INVALID_LINES, "lines", "5001"),
    Fault(receipt(line(), line(quantity_milli=-1)), Reason.INVALID_QUANTITY, "lines[1].quantity_milli", "-1"),
    Fault(
        receipt(line(quantity_milli=QUANTITY_LIMIT_MILLI + 1)),
        Reason.INVALID_QUANTITY,
        "lines[0].quantity_milli",
        "1000000001",
    ),
    Fault(
        receipt(line(quantity_milli=QUANTITY_LIMIT_MILLI), line(quantity_milli=1)),
        Reason.INVALID_QUANTITY,
        "lines",
        "1000000001",
    ),
    Fault(receipt(line(), line(sku="")), Reason.INVALID_SKU, "lines[1].sku", ""),
    Fault(receipt(line(vat_rate_bp=-1)), Reason.INVALID_VAT_RATE, "lines[0].vat_rate_bp", "-1"),
    Fault(receipt(line(vat_rate_bp=10_001)), Reason.INVALID_VAT_RATE, "lines[0].vat_rate_bp", "10001"),
    Fault(receipt(line(9), line(-5), line(-5)), Reason.INVALID_AMOUNT, "lines[1].amount_minor", "-5"),
    Fault(receipt(line(AMOUNT_LIMIT_MINOR + 1)), Reason.INVALID_AMOUNT, "lines[0].amount_minor", "10000000000001"),
    Fault(
        receipt(line(AMOUNT_LIMIT_MINOR), line(1)), Reason.INVALID_AMOUNT, "total_minor", str(AMOUNT_LIMIT_MINOR + 1)
    ),
    Fault(receipt(total_minor=498), Reason.INVALID_TOTAL, "total_minor", "498"),
    Fault(
        receipt(tenders=[Tender(kind="cash", amount_minor=1), Tender(kind="card", amount_minor=-1)]),
        Reason.INVALID_TENDERS,
        "tenders[1].amount_minor",
        "-1",
    ),
    Fault(donation(campaign_id="Round Up"), Reason.INVALID_CAMPAIGN_ID, "campaign_id", "Round Up"),
    Fault(donation(currency="dollar"), Reason.INVALID_CURRENCY, "currency", "dollar"),
    Fault(donation(0), Reason.INVALID_AMOUNT, "amount_minor", "0"),
    Fault(donation(-370), Reason.INVALID_AMOUNT, "amount_minor", "-370"),
    Fault(issue(code_hash="5E" * 32), Reason.INVALID_CODE_HASH, "code_hash", "5E" * 32),
    Fault(issue(batch_id=""), Reason.INVALID_BATCH_ID, "batch_id", ""),
    Fault(activation(code_hash="PIZZA-1"), Reason.INVALID_CODE_HASH, "code_hash", "PIZZA-1"),
    Fault(campaign(campaign_id="Base"), Reason.INVALID_CAMPAIGN_ID, "campaign_id", "Base"),
    *(Fault(changed(r, version=0), Reason.INVALID_VERSION, "version", "0") for r in (campaign(), programme())),
    Fault(campaign(version=VERSION_LIMIT + 1), Reason.INVALID_VERSION, "version", "2147483648"),
    Fault(assignment(segment_set="ABC"), Reason.INVALID_SEGMENT, "segment_set", "ABC"),
    Fault(assignment(segment=""), Reason.INVALID_SEGMENT, "segment", ""),
    Fault(assignment(computed_at_ms=-1), Reason.INVALID_SEGMENT, "computed_at_ms", "-1"),
    Fault(assignment(computed_at_ms=LATEST_MS + 1), Reason.INVALID_SEGMENT, "computed_at_ms", "253402300800000"),
    Fault(_computed_at((-1, 0)), Reason.INVALID_SEGMENT, "position[0].partition", "-1"),
    Fault(_computed_at((2**31, 0)), Reason.INVALID_SEGMENT, "position[0].partition", "2147483648"),
    Fault(_computed_at((0, 1), (1, -1)), Reason.INVALID_SEGMENT, "position[1].next_offset", "-1"),
    Fault(_computed_at((0, 2**63)), Reason.INVALID_SEGMENT, "position[0].next_offset", "9223372036854775808"),
    Fault(_computed_at((1, 0), (0, 0)), Reason.INVALID_SEGMENT, "position[1].partition", "0"),
    Fault(_computed_at((1, 0), (1, 0)), Reason.INVALID_SEGMENT, "position[1].partition", "1"),
    Fault(instruction(skip_lost_input=None), Reason.INVALID_INSTRUCTION, "instruction", ""),
    Fault(
        instruction(retry_parked_entity=RetryParkedEntity(tenant="t", entity_kind="member", entity_id="h7")),
        Reason.INVALID_INSTRUCTION,
        "instruction",
        "",
    ),
    Fault(
        instruction(skip_lost_input=SkipLostInput(topic="engine.journal.v1", next_offset=1)),
        Reason.INVALID_INSTRUCTION,
        "skip_lost_input.topic",
        "engine.journal.v1",
    ),
    Fault(
        instruction(skip_lost_input=SkipLostInput(topic="promo.code.issued.v1", next_offset=-1)),
        Reason.INVALID_INSTRUCTION,
        "skip_lost_input.next_offset",
        "-1",
    ),
    Fault(
        instruction(
            skip_lost_input=None,
            retry_parked_entity=RetryParkedEntity(tenant="t", entity_kind="members", entity_id="h7"),
        ),
        Reason.INVALID_INSTRUCTION,
        "retry_parked_entity.entity_kind",
        "members",
    ),
]


def _name(fault: Fault) -> str:
    return f"{type(fault.record).__name__}-{fault.reason.value}-{fault.field}"


@pytest.mark.parametrize("record", [pytest.param(record, id=type(record).__name__) for record in GOOD])
def test_a_good_record_passes(record: Event) -> None:
    """What the other rows change one field of."""
    assert check(record) is None


@pytest.mark.parametrize("fault", [pytest.param(fault, id=_name(fault)) for fault in FAULTS])
def test_a_bad_field_is_told(fault: Fault) -> None:
    """The closed reason, the field with its place, what stood there, and a sentence that says what to send."""
    rejection = check(fault.record)
    assert rejection is not None
    assert (rejection.reason, rejection.field, rejection.value) == (fault.reason.value, fault.field, fault.value)
    assert len(rejection.mend) > len("send")
    assert not rejection.is_transient, "the same record is never taken"


def test_every_reason_for_a_field_has_a_row() -> None:
    """A new check comes with its row; what stands in a document is the rule book's to check."""
    told = {fault.reason for fault in FAULTS}
    fields = {reason for reason in Reason if reason.value.startswith("INVALID_")}
    assert told == fields - {Reason.INVALID_DOCUMENT}


def test_a_negative_line_is_told_by_its_quantity() -> None:
    """RULES, Receipts are facts: a line below zero that names no original is a return that was not sent as one."""
    rejection = check_receipt(receipt(line(-499, quantity_milli=-1_000)))
    assert rejection is not None
    assert rejection.reason == "INVALID_QUANTITY"
    assert "send a return of the original receipt" in rejection.mend


ORDER = [reason for reason in Reason if reason.value.startswith("INVALID_")]
#: One of each record and reason.
_FIRSTS = list({(type(fault.record), fault.reason): fault for fault in reversed(FAULTS)}.values())
PAIRS = [
    pytest.param(first, second, id=f"{type(first.record).__name__}-{first.reason.value}-{second.reason.value}")
    for first in _FIRSTS
    for second in _FIRSTS
    if type(first.record) is type(second.record) and ORDER.index(first.reason) < ORDER.index(second.reason)
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_faults_the_first_reason_is_told(first: Fault, second: Fault) -> None:
    """The order of `Reason` is the order of precedence, whatever the record."""
    good = next(record for record in GOOD if type(record) is type(first.record))
    both = good
    for bad in (second.record, first.record):
        both = changed(both, **{name: getattr(bad, name) for name in _changes(good, bad)})
    rejection = check(both)
    assert rejection is not None
    if first.reason.value in {"INVALID_QUANTITY", "INVALID_SKU", "INVALID_VAT_RATE", "INVALID_AMOUNT", "INVALID_TOTAL"}:
        # Both stand in the lines: the later change has replaced the earlier.
        assert rejection.reason in {first.reason.value, second.reason.value}
    else:
        assert rejection.reason == first.reason.value


def _changes(good: Event, bad: Event) -> list[str]:
    return [name for name in good.__struct_fields__ if getattr(good, name) != getattr(bad, name)]


def test_of_several_faults_of_one_line_the_first_reason_is_told() -> None:
    """Quantity, SKU, VAT rate, amount; and the first faulty line before a later one."""
    worst = line(-1, quantity_milli=-1, sku="", vat_rate_bp=-1)
    for name, value, reason in [
        ("quantity_milli", 1_000, "INVALID_QUANTITY"),
        ("sku", "1001", "INVALID_SKU"),
        ("vat_rate_bp", None, "INVALID_VAT_RATE"),
        ("amount_minor", 1, "INVALID_AMOUNT"),
    ]:
        rejection = check_receipt(receipt(worst, line(sku=""), total_minor=1))
        assert rejection is not None
        assert rejection.reason == reason
        assert rejection.field == f"lines[0].{name}"
        worst = changed(worst, **{name: value})


def test_lines_of_nothing_are_real() -> None:
    """A quantity or an amount of zero is a deposit note or a coupon."""
    assert check_receipt(receipt(line(0), line(5, quantity_milli=0))) is None
    assert check_receipt(receipt(line(vat_rate_bp=0), line(vat_rate_bp=10_000))) is None


def test_a_receipt_of_nobody_passes() -> None:
    """No member is no fault."""
    assert check_receipt(receipt(member_id=None)) is None
    assert check_return(returned(receipt(member_id=None))) is None


def test_a_long_value_is_shown_shortened() -> None:
    """Enough to recognise it, too little to carry a payload into the journal."""
    rejection = check_activation(activation(member_id="x" * 500))
    assert rejection is not None
    assert rejection.value == "x" * 80 + "…"


def test_the_hash_in_a_mend_is_never_a_plain_code() -> None:
    """Only its form is told."""
    rejection = check_activation(activation(code_hash=CODE_HASH + "0"))
    assert rejection is not None
    assert "64 lower-case hex digits" in rejection.mend
