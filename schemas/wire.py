"""Avro below the records: schemas from their files, frames, and reading bytes that may not fit.

What a schema is called and which type its records have is in `codec`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any, Final, cast

import fastavro
import fastavro.schema
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, UnknownType

__all__ = [
    "SINGLE_OBJECT_MAGIC",
    "UndecodableError",
    "frame_of",
    "load_schema",
    "parse",
    "read",
    "without_logical_types",
]

SINGLE_OBJECT_MAGIC: Final = b"\xc3\x01"
#: What fastavro raises when bytes or a writer's schema do not fit.
_MISFITS: Final = (
    EOFError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    SchemaResolutionError,
    SchemaParseException,
    UnknownType,
)


class UndecodableError(Exception):
    """Bytes that are no record of a known schema: a dead letter. The text says what was found and expected."""


@cache
def load_schema(file: str) -> dict[str, Any]:
    """Give a schema as it stands in its file.

    Args:
        file: Path below `schemas/avro` without the ending, such as `sales/receipt_recorded.v1`.
    """
    text = resources.files("schemas").joinpath("avro", f"{file}.avsc").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def without_logical_types(schema: Any) -> Any:  # noqa: ANN401 (a schema is any JSON)
    """Give a schema whose dates and instants are plain integers."""
    if isinstance(schema, dict):
        return {key: without_logical_types(part) for key, part in schema.items() if key != "logicalType"}
    if isinstance(schema, list):
        return [without_logical_types(part) for part in schema]
    return schema


def frame_of(schema: Any) -> bytes:  # noqa: ANN401 (a schema is any JSON)
    """Give what stands before a record of a schema: magic, and fingerprint of its canonical form."""
    canonical = fastavro.schema.to_parsing_canonical_form(schema)
    return SINGLE_OBJECT_MAGIC + bytes.fromhex(fastavro.schema.fingerprint(canonical, "CRC-64-AVRO"))


def parse(schema: Any) -> Any:  # noqa: ANN401 (a schema is any JSON)
    """Give a schema as fastavro wants it, logical types left out: the engine computes with integers.

    Raises:
        UndecodableError: when it is no Avro schema.
    """
    try:
        return fastavro.parse_schema(without_logical_types(schema))
    except _MISFITS as error:
        msg = f"it is no Avro schema: {type(error).__name__}: {error}"
        raise UndecodableError(msg) from None


def read(data: BytesIO, schema: Any, reader_schema: Any = None) -> Any:  # noqa: ANN401 (Avro's own types)
    """Give the record that `data` holds from its place on.

    Raises:
        UndecodableError: when the bytes do not fit.
    """
    try:
        return fastavro.schemaless_reader(data, schema, reader_schema)
    except _MISFITS as error:
        msg = f"the bytes do not fit the schema: {type(error).__name__}: {error}"
        raise UndecodableError(msg) from None
