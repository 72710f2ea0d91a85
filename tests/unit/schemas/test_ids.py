"""Names, ids and keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.business_time import parse_date
from schemas.ids import entity_key, is_hash, is_id, is_name, receipt_key, split_receipt_key
from tests.unit.schemas.property import MANY

SEPARATORS = "/:>@"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("journey", True),
        ("a", True),
        ("7-eleven", True),
        ("x" * 32, True),
        ("x" * 33, False),
        ("", False),
        ("-a", False),
        ("Journey", False),
        ("a_b", False),
        ("a b", False),
        ("a\n", False),
        ("магазин", False),
    ],
)
def test_a_name_is_lower_case_and_short(text: str, is_one: bool) -> None:  # noqa: FBT001 (a column)
    """Names stand in URLs, accounts and file names."""
    assert is_name(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("h2501", True),
        ("!-.~;<=?A", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("a b", False),
        ("a\n", False),
        ("a\0", False),
        ("é", False),
        *((f"a{separator}b", False) for separator in SEPARATORS),
    ],
)
def test_an_id_holds_no_separator(text: str, is_one: bool) -> None:  # noqa: FBT001 (a column)
    """Visible ASCII without what keys and accounts are put together with."""
    assert is_id(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("5e" * 32, True), ("5E" * 32, False), ("5e" * 31, False), ("5e" * 32 + "\n", False), ("g" * 64, False)],
)
def test_a_hash_is_64_hexadecimal_digits(text: str, is_one: bool) -> None:  # noqa: FBT001 (a column)
    """Lower case, so that one code has one key."""
    assert is_hash(text) is is_one


def test_an_entity_key_is_utf_8_of_tenant_and_id() -> None:
    """Every producer makes the same bytes."""
    assert entity_key("journey", "h7") == b"journey:h7"
    assert entity_key("journey", "é") == "journey:é".encode()


def test_a_receipt_key_is_what_stands_on_the_receipt() -> None:
    """Store, till, number and the ISO date."""
    key = receipt_key("s1", "1", "42", parse_date("2017-01-01"))
    assert key == "s1/1/42/2017-01-01"
    assert split_receipt_key(key) == ("s1", "1", "42", "2017-01-01")


@pytest.mark.parametrize("day", [-1, -(2**31), 2_932_897, 2**31 - 1, 100_000_000])
def test_a_receipt_has_a_key_before_its_date_is_checked(day: int) -> None:
    """A day that no calendar has stands as its number: the record is refused by its check, not by a crash."""
    assert receipt_key("s1", "1", "42", day) == f"s1/1/42/{day}"


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64), min_size=3))
@MANY
def test_the_key_of_checked_ids_can_be_taken_apart(texts: list[str]) -> None:
    """No id holds a slash, so no two receipts have one key."""
    store_id, till_id, number = (text for text in texts[:3])
    if all(map(is_id, (store_id, till_id, number))):
        key = receipt_key(store_id, till_id, number, 17_000)
        assert split_receipt_key(key)[:3] == (store_id, till_id, number)
        assert not is_id(key), "a receipt key is never a member id"
