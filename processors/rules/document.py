"""What campaign files and programme settings share: strict models, amounts, and the form that is published."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from ruamel.yaml.scalarbool import ScalarBoolean

from schemas.business_time import format_instant, is_zone, parse_instant
from schemas.ids import NAME_MEND, is_name
from schemas.money import parse_money
from schemas.record.rule import VERSION_LIMIT

__all__ = [
    "CONTROL_CHARACTER",
    "DOCUMENT_LIMIT_CHARACTERS",
    "NONE",
    "NO_VALUE",
    "DayLimit",
    "End",
    "HourLimit",
    "Instant",
    "Money",
    "Name",
    "Strict",
    "Title",
    "Version",
    "Zone",
    "canonical_json",
    "document_hash",
    "dotted",
    "find_control",
    "find_empty",
    "load_json",
    "plain",
]

#: A document stands in its publication's entry three times (record, publication, message), and an entry's size is
#: bounded. Thousands of SKUs fit in.
DOCUMENT_LIMIT_CHARACTERS: Final = 200_000
#: The word that stands for "no limit", so that leaving one out is never taken for having none.
NONE: Final = "none"


#: The fault of a key without a value.
NO_VALUE: Final = "has no value; give it one, or remove it"
#: The fault of a text, a key among them, with a character that databases, logs or terminals stumble over.
CONTROL_CHARACTER: Final = "holds a line break or another control character; write one line of text"
#: C0 with NUL, DEL and C1, and halves of a character, which cannot be encoded.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Strict(BaseModel):
    """A model that refuses keys it does not know and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _check_name(text: str) -> str:
    if not is_name(text):
        raise ValueError(NAME_MEND)
    return text


def _check_title(text: str) -> str:
    if not text.isprintable():
        raise ValueError(CONTROL_CHARACTER)
    return text


def _check_zone(text: str) -> str:
    if not is_zone(text):
        msg = "is no IANA time zone; write one like Europe/Moscow"
        raise ValueError(msg)
    return text


def _parse_instant(value: object) -> int:
    if not isinstance(value, str):
        msg = "is no instant; write it with its offset, like 2017-01-01T00:00:00Z"
        raise ValueError(msg)  # noqa: TRY004 (pydantic makes a fault of a ValueError only)
    return parse_instant(value)


def _parse_end(value: object) -> int | None:
    return None if value == NONE else _parse_instant(value)


def _parse_money(value: object) -> tuple[int, str]:
    if not isinstance(value, str):
        msg = "is no amount; write it like 0.05 USD"
        raise ValueError(msg)  # noqa: TRY004 (as above)
    return parse_money(value)


def _parse_limit(value: object) -> object:
    return None if value == NONE else value


#: The name of a tenant, programme, campaign, party or beneficiary.
Name = Annotated[str, AfterValidator(_check_name)]
#: What people read, one line.
Title = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_title)]
#: An IANA time zone.
Zone = Annotated[str, AfterValidator(_check_zone)]
#: From 1; versions never change.
Version = Annotated[int, Field(ge=1, le=VERSION_LIMIT)]
#: An RFC 3339 instant with its offset, as UTC milliseconds.
Instant = Annotated[int, BeforeValidator(_parse_instant)]
#: An instant, or `none`.
End = Annotated[int | None, BeforeValidator(_parse_end)]
#: An amount such as `0.05 USD`, as minor units and currency.
Money = Annotated[tuple[int, str], BeforeValidator(_parse_money)]
#: Days, or `none`.
DayLimit = Annotated[Annotated[int, Field(ge=1, le=36_500)] | None, BeforeValidator(_parse_limit)]
#: Hours, or `none`.
HourLimit = Annotated[Annotated[int, Field(ge=1, le=87_600)] | None, BeforeValidator(_parse_limit)]


def plain(value: Any) -> Any:  # noqa: ANN401 (any YAML comes in, any JSON goes out)
    """Give YAML data as JSON data: mappings, lists, texts, numbers, booleans; times as RFC 3339."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, ScalarBoolean):
        return bool(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.isoformat()
        return format_instant(parse_instant(value.isoformat()))
    if isinstance(value, date):
        return value.isoformat()
    return value


def find_empty(data: object) -> Iterator[list[int | str]]:
    """Give the path of each key and item without a value: a forgotten one must not mean "any" or "never"."""
    parts: Iterable[tuple[int | str, object]] = ()
    if isinstance(data, dict):
        parts = data.items()
    elif isinstance(data, list):
        parts = enumerate(data)
    for step, part in parts:
        if part is None:
            yield [step]
        else:
            yield from ([step, *path] for path in find_empty(part))


def find_control(data: object) -> Iterator[list[int | str]]:
    """Give the path of each text with a control character; of a key with one, that of its mapping."""
    parts: Iterable[tuple[int | str, object]] = ()
    if isinstance(data, dict):
        if any(_CONTROL.search(key) for key in data):
            yield []
        parts = ((key, part) for key, part in data.items() if not _CONTROL.search(key))
    elif isinstance(data, list):
        parts = enumerate(data)
    for step, part in parts:
        if isinstance(part, str):
            if _CONTROL.search(part):
                yield [step]
        else:
            yield from ([step, *path] for path in find_control(part))


def dotted(path: list[int | str]) -> str:
    """Give a path as text, such as `rules[0].points`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def canonical_json(data: object) -> str:
    """Give data as JSON with sorted keys and no blanks: equal data, equal bytes."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def load_json(document: str) -> dict[str, Any]:
    """Give the data of a canonical document.

    Raises:
        ValueError: when it is no JSON object, too large, has a key without a value, or a control character in a text.
    """
    if len(document) > DOCUMENT_LIMIT_CHARACTERS:
        msg = f"the document has {len(document)} characters, the limit is {DOCUMENT_LIMIT_CHARACTERS}; split it"
        raise ValueError(msg)
    try:
        data = json.loads(document)
        empty = next(find_empty(data), None)
        control = next(find_control(data), None)
    except RecursionError:
        msg = "the document is nested too deep"
        raise ValueError(msg) from None
    if not isinstance(data, dict):
        msg = "the document is no JSON object"
        raise ValueError(msg)  # noqa: TRY004 (it is the content that is wrong, not a type in the code)
    if empty is not None:
        msg = f"{dotted(empty)} {NO_VALUE}"
        raise ValueError(msg)
    if control is not None:
        msg = f"{dotted(control) or 'a key'} {CONTROL_CHARACTER}"
        raise ValueError(msg)
    return cast("dict[str, Any]", data)


def document_hash(documents: list[str]) -> bytes:
    """Give one hash over documents in their order; none can be shifted into its neighbour."""
    digest = hashlib.sha256()
    for document in documents:
        data = document.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()
