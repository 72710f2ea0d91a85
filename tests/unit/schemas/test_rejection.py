"""Refusals as values."""

from schemas.rejection import Reason, reject


def test_a_rejection_says_field_value_and_mend() -> None:
    """All that a sender needs."""
    rejection = reject(Reason.INVALID_ZONE, "zone", "Moscow", "send an IANA zone name")
    assert (rejection.reason, rejection.field, rejection.value) == ("INVALID_ZONE", "zone", "Moscow")
    assert rejection.mend == "send an IANA zone name"
    assert not rejection.is_transient


def test_nothing_is_shown_as_nothing() -> None:
    """A missing value is no word `None`."""
    assert reject(Reason.INVALID_INSTRUCTION, "instruction", None, "set one").value == ""


def test_numbers_and_lists_are_shown_as_text_and_shortened() -> None:
    """At most 80 characters and a mark that there was more."""
    assert reject(Reason.INVALID_AMOUNT, "amount_minor", -5, "send more").value == "-5"
    assert reject(Reason.UNDECODABLE, "headers", ["a"] * 50, "send less").value == str(["a"] * 50)[:80] + "…"
    assert reject(Reason.INVALID_SKU, "sku", "x" * 80, "send less").value == "x" * 80


def test_a_reason_is_its_own_value() -> None:
    """Values stand in entries for ever: a renamed member must not rename them."""
    assert [reason.name for reason in Reason] == [reason.value for reason in Reason]


def test_the_order_of_precedence() -> None:
    """Broken wire, place, fields, key, time, programme, unit, then what the entity itself says."""
    order = [reason.value for reason in Reason]
    milestones = [
        "UNDECODABLE",
        "WRONG_SCHEMA",
        "WRONG_PARTITION",
        "INVALID_TENANT",
        "INVALID_INSTRUCTION",
        "CONFLICTING_BODY",
        "OCCURRED_AT_IN_FUTURE",
        "UNKNOWN_PROGRAMME",
        "TOO_OLD",
        "UNKNOWN_UNIT",
        "UNKNOWN_CAMPAIGN",
        "VERSION_NOT_HIGHER",
        "VALID_FROM_TOO_EARLY",
        "OUTDATED_SEGMENT",
        "UNKNOWN_CODE",
        "CODE_USED",
        "UNKNOWN_RECEIPT",
        "RECEIPT_ALREADY_REVERSED",
    ]
    assert sorted(milestones, key=order.index) == milestones
