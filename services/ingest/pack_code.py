"""Pack codes at the edge: from the plain code to the keyed hash, the only form that topics hold.

Belongs here: the hash alone. What a code record looks like is `schemas.record.code`; where the key comes from
is the caller's.
"""

from __future__ import annotations

import hashlib
import hmac

__all__ = ["hash_code"]


def hash_code(code: str, key: bytes) -> str:
    """Give the keyed hash of a plain code: HMAC-SHA256 of its UTF-8 as 64 lower-case hexadecimal digits.

    Args:
        code: The code as printed, not empty.
        key: The secret of `KOPILKA_CODE_KEY`; with another key the same code is another code.

    Raises:
        ValueError: when the key is empty: then anybody could try codes out against the topics.

    Source: DESIGN, section 6 (pack codes).
    """
    if not key:
        raise ValueError("The key for pack codes is empty. Set KOPILKA_CODE_KEY to at least 32 random bytes.")
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()
