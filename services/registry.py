"""Schemas of a Confluent registry by their id: what decodes records that foreign producers framed with it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Final

from eventlog.port import BrokenLogError
from schemas.codec import SchemaResolver

__all__ = ["RegistryBrokenError", "open_registry"]

_TIMEOUT_S: Final = 10
_NOT_FOUND: Final = 404


class RegistryBrokenError(BrokenLogError):
    """The registry does not answer just now: wait and try again; never a record's fault."""


def open_registry(url: str | None) -> SchemaResolver | None:
    """Give what turns schema ids into schemas, each asked for once; `None` without a registry.

    The resolver raises `RegistryBrokenError` while the registry cannot be asked.
    """
    if url is None:
        return None
    known: dict[int, str] = {}
    address = f"{url.rstrip('/')}/schemas/ids/"

    def resolve(schema_id: int) -> str | None:
        if schema_id not in known:
            text = _fetch(f"{address}{schema_id}")
            if text is None:
                # Not kept: a schema may be registered a moment later.
                return None
            known[schema_id] = text
        return known[schema_id]

    return resolve


def _fetch(address: str) -> str | None:
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:  # noqa: S310 (the operator's own setting)
            return str(json.load(answer)["schema"])
    except urllib.error.HTTPError as error:
        if error.code == _NOT_FOUND:
            return None
        msg = f"the schema registry answers {error.code} to {address}"
        raise RegistryBrokenError(msg) from error
    except (OSError, ValueError, KeyError) as error:
        msg = f"the schema registry cannot be asked at {address}: {error}"
        raise RegistryBrokenError(msg) from error
