"""Checks that several records share: ids, times, zones and amounts.

Each gives a rejection that names field, value and mend, or `None`. They are ordered by the record that uses them.
"""

from __future__ import annotations

from schemas.business_time import LATEST_MS, is_zone
from schemas.ids import ID_MEND, NAME_MEND, is_hash, is_id, is_name
from schemas.money import AMOUNT_LIMIT_MINOR, is_currency
from schemas.rejection import Reason, Rejection, reject

__all__ = [
    "check_amount",
    "check_currency",
    "check_hash",
    "check_id",
    "check_name",
    "check_scope",
    "check_time",
]


def check_name(reason: Reason, field: str, value: str) -> Rejection | None:
    """Check a name that people choose: tenant, programme, campaign."""
    return None if is_name(value) else reject(reason, field, value, NAME_MEND)


def check_id(reason: Reason, field: str, value: str) -> Rejection | None:
    """Check an id that another system made."""
    return None if is_id(value) else reject(reason, field, value, ID_MEND)


def check_hash(value: str) -> Rejection | None:
    """Check a code hash."""
    if is_hash(value):
        return None
    return reject(Reason.INVALID_CODE_HASH, "code_hash", value, "send the keyed hash: 64 lower-case hex digits")


def check_scope(tenant: str, programme: str) -> Rejection | None:
    """Check tenant and programme, which every record has."""
    return check_name(Reason.INVALID_TENANT, "tenant", tenant) or check_name(
        Reason.INVALID_PROGRAMME, "programme", programme
    )


def check_time(occurred_at_ms: int, zone: str) -> Rejection | None:
    """Check an instant and the zone it is told in."""
    if not 0 <= occurred_at_ms <= LATEST_MS:
        return reject(
            Reason.INVALID_OCCURRED_AT,
            "occurred_at_ms",
            occurred_at_ms,
            "send UTC milliseconds since 1970, not seconds, not a local time",
        )
    if not is_zone(zone):
        return reject(Reason.INVALID_ZONE, "zone", zone, "send an IANA zone name such as Europe/Moscow")
    return None


def check_currency(currency: str) -> Rejection | None:
    """Check an ISO 4217 code by its form."""
    if is_currency(currency):
        return None
    return reject(Reason.INVALID_CURRENCY, "currency", currency, "send an ISO 4217 code: three capital letters")


def check_amount(field: str, amount_minor: int) -> Rejection | None:
    """Check that an amount is not negative and not absurd."""
    if 0 <= amount_minor <= AMOUNT_LIMIT_MINOR:
        return None
    return reject(Reason.INVALID_AMOUNT, field, amount_minor, f"send minor units between 0 and {AMOUNT_LIMIT_MINOR}")
