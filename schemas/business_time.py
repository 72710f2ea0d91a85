"""Times: UTC milliseconds, days, and what the clock on the store's wall showed.

All instants are UTC milliseconds since 1970, all dates are days since 1970-01-01; nothing here asks what time it is.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = [
    "DAY_MS",
    "HOUR_MS",
    "LATEST_DAY",
    "LATEST_MS",
    "MINUTE_MS",
    "end_of_day_ms",
    "format_date",
    "format_instant",
    "instant_ms",
    "is_zone",
    "local_date",
    "local_time",
    "parse_date",
    "parse_instant",
]

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
#: The end of year 9999, so that every instant has a calendar date.
LATEST_MS: Final = 253_402_300_799_999
#: 9999-12-31, the last day that has an ISO date.
LATEST_DAY: Final = 2_932_896
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Zone offsets change at whole quarters of an hour of UTC, with few exceptions (St. John's until 2011: one minute
#: after local midnight), so one look-up serves a quarter; some thousands of them are what a running till feed touches.
_OFFSET_STEP_MS: Final = 15 * MINUTE_MS
#: IANA names begin with a capital letter. What else a machine's folder holds (`localtime`, `right/…`) differs from
#: machine to machine, and two workers would decide differently.
_ZONE: Final = re.compile(r"[A-Z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}", re.ASCII)


@lru_cache(maxsize=4096)
def format_date(day: int) -> str:
    """Give a day as ISO 8601 date."""
    return date.fromordinal(day + _EPOCH_ORDINAL).isoformat()


def parse_date(text: str) -> int:
    """Give the day of an ISO 8601 date.

    Raises:
        ValueError: when `text` is no such date.
    """
    return date.fromisoformat(text).toordinal() - _EPOCH_ORDINAL


def instant_ms(moment: datetime) -> int:
    """Give UTC milliseconds of an aware datetime, parts of a millisecond cut off."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def parse_instant(text: str) -> int:
    """Give UTC milliseconds of an RFC 3339 instant, which must say its offset.

    Raises:
        ValueError: when `text` is no instant, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"{text!r} has no offset; end it with Z or +hh:mm"
        raise ValueError(msg)
    return instant_ms(moment)


def format_instant(at_ms: int) -> str:
    """Give an instant as RFC 3339 text in UTC with milliseconds."""
    moment = _EPOCH + timedelta(milliseconds=at_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


@lru_cache(maxsize=1024)
def _load_zone(zone: str) -> ZoneInfo:
    return ZoneInfo(zone)


@lru_cache(maxsize=1024)
def is_zone(zone: str) -> bool:
    """Tell whether `zone` is a known IANA time zone."""
    if _ZONE.fullmatch(zone) is None:
        return False
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError, NotADirectoryError):
        return False
    return True


def _offset_ms(zone: str, at_ms: int) -> int:
    offset = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(_load_zone(zone)).utcoffset()
    return 0 if offset is None else offset // timedelta(milliseconds=1)


@lru_cache(maxsize=65_536)
def _offset_of_quarter_ms(zone: str, quarter: int) -> int | None:
    """Give the offset of a quarter of an hour of UTC, or `None` when it changes within."""
    first_ms = _offset_ms(zone, quarter * _OFFSET_STEP_MS)
    return first_ms if first_ms == _offset_ms(zone, (quarter + 1) * _OFFSET_STEP_MS - 1) else None


def local_time(at_ms: int, zone: str) -> tuple[int, int]:
    """Give the local day and the milliseconds since local midnight that a clock in `zone` showed at `at_ms`."""
    offset_ms = _offset_of_quarter_ms(zone, at_ms // _OFFSET_STEP_MS)
    if offset_ms is None:
        offset_ms = _offset_ms(zone, at_ms)
    return divmod(at_ms + offset_ms, DAY_MS)


def local_date(at_ms: int, zone: str) -> int:
    """Give the local day in `zone` at `at_ms`."""
    return local_time(at_ms, zone)[0]


def end_of_day_ms(day: int, zone: str) -> int:
    """Give the instant at which a local day ends in `zone`: the next local midnight, or what stands for it."""
    following = datetime.combine(date.fromordinal(day + 1 + _EPOCH_ORDINAL), time(), tzinfo=_load_zone(zone))
    return instant_ms(following.astimezone(UTC))
