"""A client of the wire that knows Apache Avro's specification and the `.avsc` files, and nothing of the engine.

Canonical form, fingerprint and framing are written out here from the specification, records are made by fastavro from
plain dictionaries. It imports no module of the engine: what it can read and write, any other client can.
"""

from __future__ import annotations

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import fastavro

AVRO: Final = Path(__file__).resolve().parents[3] / "schemas" / "avro"
MAGIC: Final = b"\xc3\x01"
FRAME_BYTES: Final = 10
#: Source: Apache Avro 1.11 specification, Schema Fingerprints: that of nothing, and also the polynomial.
_EMPTY: Final = 0xC15D213AA4D7A795
#: Source: the same, Parsing Canonical Form: the attributes that stay, in the order in which they are written.
_KEPT: Final = ("name", "type", "fields", "symbols", "items", "values", "size")
_NAMED: Final = ("record", "enum", "fixed", "error")

Json = Any


def load_schema(name: str) -> Json:
    """Give a schema from disk, such as `sales/receipt_recorded.v1`."""
    return json.loads((AVRO / f"{name}.avsc").read_text(encoding="utf-8"))


def canonical_form(schema: Json, namespace: str = "") -> str:
    """Give a schema's Parsing Canonical Form: full names, nothing that does not matter to reading, no blanks."""
    if isinstance(schema, str):
        is_full = "." in schema or schema in {*("null", "boolean", "int", "long", "float", "double", "bytes", "string")}
        return json.dumps(schema if is_full or not namespace else f"{namespace}.{schema}")
    if isinstance(schema, list):
        return "[" + ",".join(canonical_form(branch, namespace) for branch in schema) + "]"
    kind = schema["type"]
    if isinstance(kind, str) and kind not in {"record", "enum", "array", "map", "fixed", "error"}:
        # A primitive, or a name, with attributes such as a logical type: the attributes go.
        return canonical_form(kind, namespace)
    inner = namespace
    parts = {}
    if kind in _NAMED:
        name = schema["name"]
        space = schema.get("namespace", namespace)
        full = name if "." in name or not space else f"{space}.{name}"
        inner = full.rpartition(".")[0]
        parts["name"] = json.dumps(full)
    for key in _KEPT[1:]:
        if key not in schema:
            continue
        if key == "type":
            parts[key] = json.dumps(kind)
        elif key == "fields":
            fields = (
                f'{{"name":{json.dumps(field["name"])},"type":{canonical_form(field["type"], inner)}}}'
                for field in schema[key]
            )
            parts[key] = "[" + ",".join(fields) + "]"
        elif key in {"items", "values"}:
            parts[key] = canonical_form(schema[key], inner)
        else:
            parts[key] = json.dumps(schema[key], separators=(",", ":"))
    return "{" + ",".join(f'"{key}":{part}' for key, part in parts.items()) + "}"


def fingerprint(text: str) -> int:
    """Give the 64-bit Rabin fingerprint (CRC-64-AVRO) of a canonical form, as an unsigned integer."""
    value = _EMPTY
    for byte in text.encode():
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (_EMPTY if value & 1 else 0)
    return value


def frame(schema: Json) -> bytes:
    """Give what single-object encoding puts before a record: magic, and the fingerprint, little end first."""
    return MAGIC + fingerprint(canonical_form(schema)).to_bytes(8, "little")


def write(schema: Json, fields: dict[str, Json]) -> bytes:
    """Give a record in single-object encoding."""
    data = BytesIO()
    fastavro.schemaless_writer(data, fastavro.parse_schema(schema), fields)
    return frame(schema) + data.getvalue()


def write_confluent(schema: Json, fields: dict[str, Json], schema_id: int) -> bytes:
    """Give a record in Confluent framing."""
    return b"\x00" + schema_id.to_bytes(4, "big") + write(schema, fields)[FRAME_BYTES:]


def read(schema: Json, value: bytes) -> dict[str, Json]:
    """Give the fields of a record in single-object encoding; dates and instants as such."""
    assert value[:FRAME_BYTES] == frame(schema), "another schema's record"
    data = BytesIO(value[FRAME_BYTES:])
    fields = fastavro.schemaless_reader(data, fastavro.parse_schema(schema), None)
    assert not data.read(), "bytes left over"
    assert isinstance(fields, dict)
    return fields


def read_journal(values: list[bytes]) -> list[dict[str, Json]]:
    """Give the entries of a journal partition that count, in order, by the rules of the protocol.

    A claim is in force if its epoch is above that of the one before; an entry counts if it is of the claim in force and
    continues sequence and hash, and decides a record behind the last one decided of its topic. Everything else is
    passed over.
    """
    entry_schema, claim_schema = load_schema("engine/journal_entry.v1"), load_schema("engine/journal_claim.v1")
    in_force: dict[str, Json] = {"epoch": -1, "writer_id": b""}
    sequence, last_hash = 0, bytes(32)
    decided: dict[str, int] = {}
    entries = []
    for value in values:
        if value.startswith(frame(claim_schema)):
            claim = read(claim_schema, value)
            in_force = claim if claim["epoch"] > in_force["epoch"] else in_force
            continue
        entry = read(entry_schema, value)
        header = entry["header"]
        if (header["epoch"], header["writer_id"]) != (in_force["epoch"], in_force["writer_id"]):
            continue
        if (header["sequence"], header["previous_hash"]) != (sequence + 1, last_hash):
            continue
        source = header["source"]
        if source is not None:
            if source["offset"] <= decided.get(source["topic"], -1):
                continue
            decided[source["topic"]] = source["offset"]
        sequence, last_hash = header["sequence"], hashlib.sha256(value).digest()
        entries.append(entry)
    return entries
