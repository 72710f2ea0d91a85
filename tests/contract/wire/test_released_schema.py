"""Released schemas never change, every version of a record can read every other, and every field is explained.

A file is called `<record>.v<major>.avsc`, the next versions of the same record `<record>.v<major>.2.avsc`, `….3.avsc`
and so on. The major version is that of namespace and topic: what cannot be read by the versions before it is another
record on another topic. How to release one stands in `released.yaml`.
"""

import hashlib
from io import BytesIO
from itertools import permutations
from pathlib import Path
from typing import Any

import fastavro
import pytest
from fastavro.read import SchemaResolutionError
from ruamel.yaml import YAML

from tests.contract.wire.plain_client import AVRO, load_schema

LOCK = Path(__file__).with_name("released.yaml")
NAMES = sorted(path.relative_to(AVRO).as_posix().removesuffix(".avsc") for path in AVRO.rglob("*.avsc"))


def _record_of(name: str) -> tuple[str, int]:
    """Give the record that a file is a version of, and which one: `a/b.v1.3` is the third of `a/b.v1`."""
    record, _, minor = name.rpartition(".")
    return (record, int(minor)) if minor.isdigit() else (name, 1)


def _samples(schema: Any, named: dict[str, Any], branch: int) -> Any:  # noqa: ANN401 (any JSON)
    """Give a value of a schema: of each union the first branch or the last, of each array one item."""
    if isinstance(schema, list):
        return _samples(schema[-branch], named, branch)
    if isinstance(schema, str):
        plain = {"string": "x", "bytes": b"x", "int": 1, "long": 1, "boolean": True, "null": None}
        return plain[schema] if schema in plain else _samples(named[schema], named, branch)
    if schema["type"] == "record":
        named[schema["name"]] = schema
        return {field["name"]: _samples(field["type"], named, branch) for field in schema["fields"]}
    if schema["type"] == "array":
        return [_samples(schema["items"], named, branch)]
    if schema["type"] == "fixed":
        named[schema["name"]] = schema
        return bytes(schema["size"])
    return _samples(schema["type"], named, branch)


def find_incompatibility(writer: Any, reader: Any) -> str:  # noqa: ANN401 (any JSON)
    """Give why a record written by one schema cannot be read by another; empty when it can."""
    for branch in (0, 1):
        data = BytesIO()
        fastavro.schemaless_writer(data, fastavro.parse_schema(writer), _samples(writer, {}, branch))
        data.seek(0)
        try:
            fastavro.schemaless_reader(data, fastavro.parse_schema(writer), fastavro.parse_schema(reader))
        except SchemaResolutionError as error:
            return f"{type(error).__name__}: {error}"
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_a_released_file_never_changes(name: str) -> None:
    """Journals keep records for ever, and a record's frame is the hash of its schema."""
    released = YAML(typ="safe").load(LOCK.read_text(encoding="utf-8"))
    found = hashlib.sha256((AVRO / f"{name}.avsc").read_bytes()).hexdigest()
    record, minor = _record_of(name)
    assert name in released, f"{name} is new; to release it, add to {LOCK.name}:\n{name}: {found}"
    assert released[name] == found, f"{name} was released and has changed; put it back, and make {record}.{minor + 1}"


def test_no_released_file_is_gone() -> None:
    """What was written by it must stay readable."""
    released = YAML(typ="safe").load(LOCK.read_text(encoding="utf-8"))
    assert sorted(released) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_versions_of_a_record_have_no_gap(name: str) -> None:
    """`.v1`, `.v1.2`, `.v1.3`: one name and namespace."""
    record, minor = _record_of(name)
    schema, first = load_schema(name), load_schema(record)
    assert minor == 1 or (f"{record}.{minor - 1}" if minor > 2 else record) in NAMES
    assert (schema["name"], schema["namespace"]) == (first["name"], first["namespace"])
    assert record.rpartition(".")[2] == schema["namespace"].rpartition(".")[2], "the major version is the namespace's"


@pytest.mark.parametrize("name", NAMES)
def test_every_version_reads_every_other(name: str) -> None:
    """Full and transitive: readers and writers are never all of one version."""
    versions = [other for other in NAMES if _record_of(other)[0] == _record_of(name)[0]]
    for writer, reader in [(name, name), *permutations(versions, 2)]:
        told = find_incompatibility(load_schema(writer), load_schema(reader))
        assert not told, f"{reader} cannot read what {writer} wrote: {told}"


def _find_unexplained(schema: Any, place: str) -> list[str]:  # noqa: ANN401 (any JSON)
    if isinstance(schema, list):
        return [found for branch in schema for found in _find_unexplained(branch, place)]
    if not isinstance(schema, dict):
        return []
    found = []
    if schema["type"] == "record":
        found += [] if schema.get("doc") else [place]
        for field in schema["fields"]:
            found += [] if field.get("doc") else [f"{place}.{field['name']}"]
            found += _find_unexplained(field["type"], f"{place}.{field['name']}")
    elif schema["type"] == "array":
        found += _find_unexplained(schema["items"], place)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_record_and_field_is_explained(name: str) -> None:
    """A `doc` with the unit."""
    assert _find_unexplained(load_schema(name), name) == []


OLD: dict[str, Any] = {
    "type": "record",
    "name": "A",
    "fields": [
        {"name": "a", "type": "int"},
        {"name": "b", "type": ["null", "string"], "default": None},
        {"name": "c", "type": {"type": "array", "items": {"type": "record", "name": "I", "fields": []}}, "default": []},
    ],
}
A, B, C = OLD["fields"]


@pytest.mark.parametrize(
    ("fields", "is_compatible"),
    [
        pytest.param([A, B, C, {"name": "d", "type": "int", "default": 0}], True, id="a-field-with-a-default"),
        pytest.param([A, C], True, id="a-field-with-a-default-left-out"),
        pytest.param([C, B, A], True, id="another-order"),
        pytest.param([A, B, C, {"name": "d", "type": "int"}], False, id="a-field-without-a-default"),
        pytest.param([B, C], False, id="a-field-without-a-default-left-out"),
        pytest.param([A | {"type": "string"}, B, C], False, id="another-type"),
        pytest.param([A | {"type": "long"}, B, C], False, id="a-wider-type-that-the-old-cannot-read"),
        pytest.param([A | {"name": "z"}, B, C], False, id="another-name"),
        pytest.param([A, B | {"type": ["null", "long"]}, C], False, id="another-type-in-a-union"),
        pytest.param(
            [
                *(A, B),
                C
                | {
                    "type": {
                        "type": "array",
                        "items": {"type": "record", "name": "I", "fields": [{"name": "d", "type": "int"}]},
                    }
                },
            ],
            False,
            id="a-field-without-a-default-in-an-item",
        ),
    ],
)
def test_an_incompatible_version_is_found(fields: list[Any], is_compatible: bool) -> None:  # noqa: FBT001 (a column)
    """The test of versions finds what it is for, in either direction."""
    new = OLD | {"fields": fields}
    told = find_incompatibility(OLD, new) or find_incompatibility(new, OLD)
    assert (not told) is is_compatible, told
