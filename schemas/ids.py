"""Identifiers: their types, what may stand in them, and the keys made of them.

Every id is checked once, where it comes in; everything behind may rely on the separators used here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NewType

from schemas.business_time import LATEST_DAY, format_date

__all__ = [
    "ID_MEND",
    "NAME_MEND",
    "RECEIPT_ORIGIN",
    "CampaignId",
    "MemberId",
    "ProgrammeId",
    "ReceiptKey",
    "Tenant",
    "entity_key",
    "is_hash",
    "is_id",
    "is_name",
    "receipt_key",
    "split_receipt_key",
]

Tenant = NewType("Tenant", str)
ProgrammeId = NewType("ProgrammeId", str)
CampaignId = NewType("CampaignId", str)
MemberId = NewType("MemberId", str)
#: `store/till/number/date`: which receipt it is within a tenant. No id may hold a slash, so it is never a member id.
ReceiptKey = NewType("ReceiptKey", str)
#: What a receipt's natural key begins with, before its receipt key.
RECEIPT_ORIGIN: Final = "receipt:"

#: Names that people choose and that stand in URLs, accounts and file names.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
NAME_MEND: Final = "use 1 to 32 lower-case letters, digits and hyphens, beginning with a letter or digit"
#: Ids that come from other systems: visible ASCII without the separators of keys and accounts (`/ : > @`).
_ID: Final = re.compile(r"[!-.0-9;<=?A-~]{1,64}", re.ASCII)
ID_MEND: Final = "use 1 to 64 visible ASCII characters without '/', ':', '>' and '@'"
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@lru_cache(maxsize=4096)
def is_name(text: str) -> bool:
    """Tell whether `text` may name a tenant, programme, campaign, party or beneficiary."""
    return _NAME.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Tell whether `text` may be an id from another system (member, store, till, receipt number, event, SKU)."""
    return _ID.fullmatch(text) is not None


def is_hash(text: str) -> bool:
    """Tell whether `text` is a keyed hash: 64 lower-case hexadecimal digits."""
    return _HASH.fullmatch(text) is not None


def entity_key(tenant: str, entity_id: str) -> bytes:
    """Give the record key of an entity, which decides its partition: UTF-8 of `tenant:entity id`."""
    return f"{tenant}:{entity_id}".encode()


def receipt_key(store_id: str, till_id: str, receipt_number: str, business_date: int) -> ReceiptKey:
    """Give the key of a receipt within its tenant; `business_date` in days since 1970-01-01.

    A day that no calendar has stands as its number: a receipt has a key before it is checked, and is refused by it.
    """
    date = format_date(business_date) if 0 <= business_date <= LATEST_DAY else str(business_date)
    return ReceiptKey(f"{store_id}/{till_id}/{receipt_number}/{date}")


def split_receipt_key(key: str) -> tuple[str, str, str, str]:
    """Give store, till, receipt number and ISO business date of a receipt key."""
    store_id, till_id, receipt_number, business_date = key.split("/")
    return store_id, till_id, receipt_number, business_date
