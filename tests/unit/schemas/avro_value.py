"""Any value that an Avro schema allows, drawn from the schema alone."""

from typing import Any

from hypothesis import strategies as st

_INT = st.integers(min_value=-(2**31), max_value=2**31 - 1)
_LONG = st.integers(min_value=-(2**63), max_value=2**63 - 1)
#: Items of an array: more would only repeat.
_ITEMS = 2


def values_of(schema: Any, named: dict[str, st.SearchStrategy[Any]] | None = None) -> st.SearchStrategy[Any]:  # noqa: ANN401 (any JSON)
    """Give the values of a schema; `named` are the types that were defined before it."""
    known: dict[str, st.SearchStrategy[Any]] = {} if named is None else named
    if isinstance(schema, list):
        return st.one_of([values_of(branch, known) for branch in schema])
    if isinstance(schema, str):
        return _primitive(schema) if schema not in known else known[schema]
    kind = schema["type"]
    if kind == "record":
        fields = {field["name"]: values_of(field["type"], known) for field in schema["fields"]}
        known[schema["name"]] = st.fixed_dictionaries(fields)
        return known[schema["name"]]
    if kind == "array":
        return st.lists(values_of(schema["items"], known), max_size=_ITEMS)
    if kind == "fixed":
        known[schema["name"]] = st.binary(min_size=schema["size"], max_size=schema["size"])
        return known[schema["name"]]
    return values_of(kind, known)


def _primitive(name: str) -> st.SearchStrategy[Any]:
    if name == "string":
        return st.text(max_size=8)
    if name == "bytes":
        return st.binary(max_size=8)
    return {"int": _INT, "long": _LONG, "boolean": st.booleans(), "null": st.none()}[name]
