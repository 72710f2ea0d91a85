"""What campaign files and programme settings share: strict models, amounts, and the form that is published."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from schemas.business_time import format_instant, is_zone, parse_instant
from schemas.ids import NAME_MEND, is_name
from schemas.money import parse_money

__all__ = [
    "DayLimit",
    "End",
    "HourLimit",
    "Instant",
    "Money",
    "Name",
    "Strict",
    "Zone",
    "canonical_json",
    "document_hash",
    "load_json",
    "plain",
]

#: The word that stands for "no limit", so that leaving one out is never taken for having none.
NONE: Final = "none"


class Strict(BaseModel):
    """A model that refuses keys it does not know and never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _check_name(text: str) -> str:
    if not is_name(text):
        raise ValueError(NAME_MEND)
    return text


def _check_zone(text: str) -> str:
    if not is_zone(text):
        msg = "is no IANA time zone; write one like Europe/Moscow"
        raise ValueError(msg)
    return text


def _parse_instant(value: object) -> object:
    return parse_instant(value) if isinstance(value, str) else value


def _parse_end(value: object) -> object:
    return None if value == NONE else _parse_instant(value)


def _parse_money(value: object) -> object:
    return parse_money(value) if isinstance(value, str) else value


def _parse_limit(value: object) -> object:
    return None if value == NONE else value


#: The name of a tenant, programme, campaign, party or beneficiary.
Name = Annotated[str, AfterValidator(_check_name)]
#: An IANA time zone.
Zone = Annotated[str, AfterValidator(_check_zone)]
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
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.isoformat()
        return format_instant(parse_instant(value.isoformat()))
    if isinstance(value, date):
        return value.isoformat()
    return value


def canonical_json(data: object) -> str:
    """Give data as JSON with sorted keys and no blanks: equal data, equal bytes."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def load_json(document: str) -> dict[str, Any]:
    """Give the data of a canonical document.

    Raises:
        ValueError: when it is no JSON object.
    """
    data = json.loads(document)
    if not isinstance(data, dict):
        msg = "the document is no JSON object"
        raise ValueError(msg)  # noqa: TRY004 (it is the content that is wrong, not a type in the code)
    return cast("dict[str, Any]", data)


def document_hash(documents: list[str]) -> bytes:
    """Give one hash over documents in their order; none can be shifted into its neighbour."""
    digest = hashlib.sha256()
    for document in documents:
        data = document.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()
