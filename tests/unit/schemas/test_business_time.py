"""What the clock on the store's wall showed, against zoneinfo and against days worked by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.business_time import (
    DAY_MS,
    HOUR_MS,
    LATEST_DAY,
    LATEST_MS,
    MINUTE_MS,
    end_of_day_ms,
    format_date,
    format_instant,
    instant_ms,
    is_zone,
    local_date,
    local_time,
    parse_date,
    parse_instant,
)
from tests.unit.schemas.property import MANY

NEW_YORK = "America/New_York"
#: Whole, half and quarter hours; summer time; a half hour of summer time; offsets that changed.
ZONES = [
    "UTC",
    NEW_YORK,
    "Europe/Moscow",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Africa/Monrovia",
]


def _clock(text: str, zone: str) -> tuple[str, str]:
    day, time_ms = local_time(parse_instant(text), zone)
    return format_date(day), str(timedelta(milliseconds=time_ms))


@pytest.mark.parametrize(
    ("instant", "zone", "date", "time"),
    [
        pytest.param("2017-03-01T21:59:59Z", NEW_YORK, "2017-03-01", "16:59:59", id="winter"),
        pytest.param("2017-04-01T21:00:00Z", NEW_YORK, "2017-04-01", "17:00:00", id="summer"),
        pytest.param("2017-03-12T06:59:59Z", NEW_YORK, "2017-03-12", "1:59:59", id="before-the-hour-that-is-not"),
        pytest.param("2017-03-12T07:00:00Z", NEW_YORK, "2017-03-12", "3:00:00", id="after-it"),
        pytest.param("2017-11-05T05:30:00Z", NEW_YORK, "2017-11-05", "1:30:00", id="half-past-one"),
        pytest.param("2017-11-05T06:30:00Z", NEW_YORK, "2017-11-05", "1:30:00", id="half-past-one-again"),
        pytest.param("2017-01-01T00:00:00Z", "Asia/Kathmandu", "2017-01-01", "5:45:00", id="quarter-hour-offset"),
        pytest.param("2017-06-30T11:14:59Z", "Pacific/Chatham", "2017-06-30", "23:59:59", id="before-midnight"),
        pytest.param("2017-06-30T11:15:00Z", "Pacific/Chatham", "2017-07-01", "0:00:00", id="midnight-in-a-quarter"),
        pytest.param("2011-12-30T10:00:00Z", "Pacific/Apia", "2011-12-31", "0:00:00", id="a-day-that-was-not"),
        pytest.param("2006-04-02T03:30:59Z", "America/St_Johns", "2006-04-02", "0:00:59", id="change-inside-a-quarter"),
        pytest.param("2006-04-02T03:31:00Z", "America/St_Johns", "2006-04-02", "1:01:00", id="a-minute-past-midnight"),
    ],
)
def test_the_clock_on_the_wall(instant: str, zone: str, date: str, time: str) -> None:
    """Local date and time of an instant, the days of changing clocks among them."""
    assert _clock(instant, zone) == (date, time)


@given(st.integers(min_value=0, max_value=parse_instant("2040-01-01T00:00:00Z")), st.sampled_from(ZONES))
@MANY
def test_local_time_is_that_of_zoneinfo(at_ms: int, zone: str) -> None:
    """Keeping the offset of a quarter of an hour changes nothing."""
    _check_against_zoneinfo(at_ms, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_local_time_is_that_of_zoneinfo_around_each_change(zone: str) -> None:
    """Every change of the offset since 1972, a minute before it and after."""
    offset_ms = -1
    for day in range(parse_date("1972-02-01"), parse_date("2025-01-01")):
        noon_ms = day * DAY_MS + 12 * HOUR_MS
        before_ms, offset_ms = offset_ms, _wall_ms(noon_ms, zone) - noon_ms
        if before_ms not in {-1, offset_ms}:
            for minute in range(-24 * 60, 0, 7):
                _check_against_zoneinfo(noon_ms + minute * MINUTE_MS, zone)


def _wall_ms(at_ms: int, zone: str) -> int:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)
    return instant_ms(wall)


def _check_against_zoneinfo(at_ms: int, zone: str) -> None:
    day, time_ms = local_time(at_ms, zone)
    assert day * DAY_MS + time_ms == _wall_ms(at_ms, zone)
    assert local_date(at_ms, zone) == day


@pytest.mark.parametrize(
    ("date", "zone", "end"),
    [
        pytest.param("2017-01-31", NEW_YORK, "2017-02-01T05:00:00.000Z", id="winter"),
        pytest.param("2017-03-12", NEW_YORK, "2017-03-13T04:00:00.000Z", id="the-day-of-23-hours"),
        pytest.param("2017-11-05", NEW_YORK, "2017-11-06T05:00:00.000Z", id="the-day-of-25-hours"),
        pytest.param("2017-10-14", "America/Sao_Paulo", "2017-10-15T03:00:00.000Z", id="no-midnight-that-night"),
        pytest.param("2017-11-04", "America/Havana", "2017-11-05T04:00:00.000Z", id="two-midnights-the-first-counts"),
        pytest.param("2017-01-01", "Asia/Kathmandu", "2017-01-01T18:15:00.000Z", id="quarter-hour-offset"),
        pytest.param("2017-12-31", "UTC", "2018-01-01T00:00:00.000Z", id="end-of-the-year"),
    ],
)
def test_a_day_ends_at_the_next_local_midnight(date: str, zone: str, end: str) -> None:
    """Or at what stands for it."""
    assert format_instant(end_of_day_ms(parse_date(date), zone)) == end


@given(st.integers(min_value=parse_date("1972-02-01"), max_value=parse_date("2040-01-01")), st.sampled_from(ZONES))
@MANY
def test_the_end_of_a_day_is_the_first_moment_after_it(day: int, zone: str) -> None:
    """The millisecond before belongs to the day, or where a date was left out to one before it."""
    end_ms = end_of_day_ms(day, zone)
    assert local_date(end_ms - 1, zone) <= day
    assert local_date(end_ms, zone) >= day or zone == "America/Havana"


@pytest.mark.parametrize(
    ("zone", "is_one"),
    [
        (NEW_YORK, True),
        ("UTC", True),
        ("Etc/GMT+5", True),
        ("America/Argentina/Buenos_Aires", True),
        ("America", False),
        ("America/", False),
        ("EST/New_York", False),
        ("", False),
        ("../etc/passwd", False),
        ("x" * 5_000, False),
        ("America/New_York\0", False),
        ("localtime", False),
        ("posixrules", False),
        ("right/UTC", False),
    ],
)
def test_a_zone_is_one_that_every_machine_has(zone: str, is_one: bool) -> None:  # noqa: FBT001 (a column)
    """Files that only some machines have would let two workers decide differently."""
    assert is_zone(zone) is is_one


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2016-01-01T00:00:00+03:00", 1_451_595_600_000),
        ("2016-01-01T00:00:00.123999Z", 1_451_606_400_123),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_an_instant_is_utc_milliseconds(text: str, at_ms: int) -> None:
    """Parts of a millisecond are cut off."""
    assert parse_instant(text) == at_ms


@pytest.mark.parametrize("text", ["2016-01-01", "2016-01-01T00:00:00", "noon", ""])
def test_an_instant_says_its_offset(text: str) -> None:
    """A local time is no instant."""
    with pytest.raises(ValueError, match=r"offset|Invalid"):
        parse_instant(text)


@given(st.integers(min_value=-(10**13), max_value=LATEST_MS))
@MANY
def test_an_instant_is_written_as_it_is_read(at_ms: int) -> None:
    """RFC 3339 with milliseconds."""
    assert parse_instant(format_instant(at_ms)) == at_ms


@given(st.integers(min_value=0, max_value=LATEST_DAY))
@MANY
def test_a_date_is_written_as_it_is_read(day: int) -> None:
    """Up to the last day of the calendar."""
    assert parse_date(format_date(day)) == day


def test_the_last_day_is_that_of_the_last_instant() -> None:
    """9999-12-31."""
    assert format_date(LATEST_DAY) == "9999-12-31"
    assert LATEST_MS // DAY_MS == LATEST_DAY
