"""The keyed hash of a pack code."""

import pytest

from schemas.ids import is_hash
from services.ingest.pack_code import hash_code


def test_a_code_is_hashed_with_hmac_sha_256() -> None:
    """Test case 2 of RFC 4231, so that any other program with the key gives the same hash."""
    assert (
        hash_code("what do ya want for nothing?", b"Jefe")
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_the_hash_is_one_that_records_take_and_depends_on_the_key() -> None:
    """A code under another key is another code."""
    assert is_hash(hash_code("A-1", b"one"))
    assert hash_code("A-1", b"one") != hash_code("A-1", b"two")


def test_an_empty_key_is_refused() -> None:
    """Without a key, whoever reads the topics could try codes out."""
    with pytest.raises(ValueError, match="KOPILKA_CODE_KEY"):
        hash_code("A-1", b"")
