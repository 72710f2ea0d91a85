"""A programme's settings: zone, currency, points, and its limits."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from processors.rules.document import DayLimit, Name, Strict, Title, Version, Zone, load_json
from schemas.business_time import DAY_MS, HOUR_MS

__all__ = ["AbcSettings", "ActivitySettings", "Programme", "parse_programme"]

_Days = Annotated[int, Field(ge=1, le=36_500)]


class ActivitySettings(Strict):
    """Thresholds of the segment set `activity`, in days back from the tenant's latest receipt."""

    #: New: the first receipt lies within these.
    new_days: _Days = 30
    #: Else active: the last receipt lies within these.
    active_days: _Days = 30
    #: Else lapsing: within these; else lost.
    lapsing_days: _Days = 90

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.lapsing_days < self.active_days:
            msg = f"lapsing_days ({self.lapsing_days}) must not be below active_days ({self.active_days})"
            raise ValueError(msg)
        return self


class AbcSettings(Strict):
    """Thresholds of the segment set `abc`, in percent of all spend."""

    #: Spend counts within these days back from the tenant's latest receipt.
    window_days: _Days = 365
    #: A while the spend cumulated before the member is below this.
    a_percent: Annotated[int, Field(ge=1, le=100)] = 80
    #: B while it is below this; else C.
    b_percent: Annotated[int, Field(ge=1, le=100)] = 95

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.b_percent < self.a_percent:
            msg = f"b_percent ({self.b_percent}) must not be below a_percent ({self.a_percent})"
            raise ValueError(msg)
        return self


class SegmentSettings(Strict):
    """Thresholds of all segment sets."""

    activity: ActivitySettings = ActivitySettings()
    abc: AbcSettings = AbcSettings()


class Programme(Strict):
    """One version of a programme's settings."""

    tenant: Name
    programme: Name
    version: Version
    title: Title
    #: Where the programme's days end.
    zone: Zone
    #: ISO 4217; receipts and donations in another are refused.
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    #: Decimal digits of a point.
    points_digits: Annotated[int, Field(ge=0, le=2)] = 0
    #: Records later than this many days are too old; `none`: never.
    horizon_days: DayLimit
    #: Natural keys are kept for the horizon and these hours: at least as many as a record may lie ahead of the log's
    #: time, or its key would be forgotten before it is too old, and the same record be taken twice.
    skew_hours: Annotated[int, Field(ge=24, le=8_760)] = 24
    #: A campaign version that is not retroactive begins at least this long after its publication.
    notice_minutes: Annotated[int, Field(ge=0, le=525_600)] = 5
    segments: SegmentSettings = SegmentSettings()

    @property
    def horizon_ms(self) -> int | None:
        """The horizon; `None`: none."""
        return None if self.horizon_days is None else self.horizon_days * DAY_MS

    @property
    def key_life_ms(self) -> int | None:
        """How long natural keys are kept after their record's log time; `None`: for ever."""
        return None if self.horizon_ms is None else self.horizon_ms + self.skew_hours * HOUR_MS


def parse_programme(document: str) -> Programme:
    """Give the settings in a canonical document.

    Raises:
        ValueError: when it is no such document (pydantic's errors are among these).
    """
    return Programme.model_validate(load_json(document))
