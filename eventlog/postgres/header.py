"""How a record's headers stand in one column: order and repeated names matter, so it is a list and no map."""

import struct

__all__ = ["decode_headers", "encode_headers"]

_LENGTHS = struct.Struct(">II")


def encode_headers(headers: tuple[tuple[str, bytes], ...]) -> bytes | None:
    """The headers' stored form; nothing for none.

    >>> decode_headers(encode_headers((("a", b"1"), ("a", b""))))
    (('a', b'1'), ('a', b''))
    """
    if not headers:
        return None
    parts: list[bytes] = []
    for name, value in headers:
        encoded_name = name.encode()
        parts += (_LENGTHS.pack(len(encoded_name), len(value)), encoded_name, value)
    return b"".join(parts)


def decode_headers(stored: bytes | None) -> tuple[tuple[str, bytes], ...]:
    """The headers, from their stored form."""
    if stored is None:
        return ()
    headers: list[tuple[str, bytes]] = []
    at = 0
    while at < len(stored):
        name_size, value_size = _LENGTHS.unpack_from(stored, at)
        name_at = at + _LENGTHS.size
        value_at = name_at + name_size
        at = value_at + value_size
        assert at <= len(stored), "stored headers end in the middle"
        headers.append((stored[name_at:value_at].decode(), stored[value_at:at]))
    return tuple(headers)
