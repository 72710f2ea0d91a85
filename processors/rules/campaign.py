"""The campaign language: what may stand in a campaign file.

A campaign version says who pays (`parties`), when it runs, and in `rules` what it gives: each rule has one effect,
the lines it looks at, and conditions. Unknown keys are refused. A new effect is a class here, its compilation in
`compiler`, and a page in the docs.

Stays whole: it is one language, and what it can say is read from its first class to its last.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from processors.rules.document import (
    DayLimit,
    End,
    HourLimit,
    Instant,
    Money,
    Name,
    Strict,
    Title,
    Version,
    Zone,
    load_json,
)
from schemas.money import WHOLE_BP, format_money
from schemas.record.segment import NO_SEGMENT

__all__ = [
    "Campaign",
    "CauseMoneyPerUnit",
    "CausePointsPerUnit",
    "CauseRevenue",
    "Donation",
    "EffectRule",
    "Lines",
    "Match",
    "PointsFixed",
    "PointsPerMoney",
    "PointsPerUnit",
    "Prefix",
    "Rule",
    "When",
    "Window",
    "parse_campaign",
]

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
#: Times the hundred minor units that a point has at most it stays far below `AMOUNT_LIMIT_MINOR`.
_Positive = Annotated[int, Field(ge=1, le=1_000_000_000)]
#: Times a hundred minor units a point and the units that a receipt may hold (`QUANTITY_LIMIT_MILLI`: a million) it is
#: `AMOUNT_LIMIT_MINOR`: no receipt gets more from a rule than any amount may be.
_PointsPerUnit = Annotated[int, Field(ge=1, le=100_000)]
#: Of money per unit, in minor units; times the units that a receipt may hold it is `AMOUNT_LIMIT_MINOR`.
_UNIT_MONEY_LIMIT_MINOR: Final = 10_000_000


class Prefix(Strict):
    """Values that begin with a text."""

    starts_with: _Text


#: One value, any of several, or all that begin with a text.
Match = _Text | Annotated[list[_Text], Field(min_length=1, max_length=10_000)] | Prefix


class Lines(Strict):
    """Which lines a rule looks at: all conditions given must hold; none given means every line.

    A condition on an attribute that a line lacks is false, its negation true.
    """

    sku: Match | None = None
    category: Match | None = None
    department: Match | None = None
    product_type: Match | None = None
    brand: Match | None = None
    manufacturer: Match | None = None
    #: Lines for which these hold are left out.
    not_: Annotated[Lines | None, Field(alias="not")] = None

    @model_validator(mode="after")
    def _check_negation(self) -> Self:
        if self.not_ is not None and self.not_ == Lines():
            msg = "leaves every line out; name an attribute below it"
            raise ValueError(msg)
        return self


class Window(Strict):
    """A declared window of local time: from, included, until, excluded."""

    #: Days of the month; left out: every day.
    days_of_month: Annotated[list[Annotated[int, Field(ge=1, le=31)]], Field(min_length=1)] | None = None
    #: Local time as hh:mm:ss.
    from_: Annotated[str, Field(alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$")]
    #: Local time as hh:mm:ss; 24:00:00 is the end of the day.
    until: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d:[0-5]\d|24:00:00)$")]
    #: One zone for the chain, or `store` for each store's own.
    zone: Zone | Literal["store"]

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.from_ >= self.until:
            msg = (
                f"from ({self.from_}) must lie before until ({self.until}); split a window over midnight into two rules"
            )
            raise ValueError(msg)
        return self


class SegmentCondition(Strict):
    """The member's segment in a set is one of these."""

    set: Name
    any_of: Annotated[list[_Text], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if NO_SEGMENT in self.any_of:
            msg = f"{NO_SEGMENT} says that a member left the set, and is no segment; remove it from any_of"
            raise ValueError(msg)
        return self


class AmountCondition(Strict):
    """The receipt's lines come to at least this much (after discounts)."""

    at_least: Money


class UnitsCondition(Strict):
    """The lines the rule looks at hold at least so many whole units."""

    at_least: _Positive


class When(Strict):
    """Conditions of a rule; all given must hold."""

    segment: SegmentCondition | None = None
    receipt_total: AmountCondition | None = None
    units: UnitsCondition | None = None
    store: Annotated[list[_Text], Field(min_length=1)] | None = None
    window: Window | None = None
    #: The code's print run or coupon series; codes only.
    batch: Annotated[list[_Text], Field(min_length=1)] | None = None


class Rule(Strict):
    """What every rule has."""

    #: Conditions that can hold for what the rule answers; any other would silence it, and is refused.
    conditions: ClassVar[frozenset[str]] = frozenset({"segment", "receipt_total", "units", "store", "window"})

    when: When = When()

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        for name in When.model_fields:
            if getattr(self.when, name) is not None and name not in self._usable_conditions():
                msg = f"when.{name} never holds for this rule; remove it"
                raise ValueError(msg)
        return self

    def _usable_conditions(self) -> frozenset[str]:
        return self.conditions


class _Lot(Strict):
    """How long earned points live; days end at midnight in the programme's zone."""

    #: Pending for so many days; left out: available at once.
    active_after_days: Annotated[int, Field(ge=1, le=3_650)] | None = None
    #: Expire so many days after they were earned; `none`: never.
    expires_after_days: DayLimit = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if (
            self.active_after_days is not None
            and self.expires_after_days is not None
            and self.expires_after_days <= self.active_after_days
        ):
            msg = "points would expire before they become available; raise expires_after_days"
            raise ValueError(msg)
        return self


class PointsPerMoney(Rule, _Lot):
    """Points for each full amount of the receipt's lines; one floor per receipt."""

    effect: Literal["points_per_money"]
    points: _Positive
    per: Money
    #: What the lines come to after discounts.
    base: Literal["paid"]
    rounding: Literal["floor_per_receipt"]
    lines: Lines = Lines()

    @model_validator(mode="after")
    def _check_per(self) -> Self:
        if self.per[0] == 0:
            msg = "per must be above zero"
            raise ValueError(msg)
        # More would take the largest receipt over `AMOUNT_LIMIT_MINOR`.
        if self.points > self.per[0]:
            msg = f"points ({self.points}) must not be above the minor units in per ({self.per[0]}); raise per"
            raise ValueError(msg)
        return self


class PointsPerUnit(Rule, _Lot):
    """Points for each whole unit; quantities are floored per line."""

    effect: Literal["points_per_unit"]
    points: _PointsPerUnit
    lines: Lines = Lines()


class PointsFixed(Rule, _Lot):
    """Points once per receipt or per activated code."""

    effect: Literal["points_fixed"]
    points: _Positive
    on: Literal["receipt", "code"]
    lines: Lines = Lines()

    def _usable_conditions(self) -> frozenset[str]:
        return self.conditions if self.on == "receipt" else frozenset({"segment", "window", "batch"})

    @model_validator(mode="after")
    def _check_lines(self) -> Self:
        if self.on == "code" and self.lines.model_fields_set:
            msg = "a code has no lines; remove lines"
            raise ValueError(msg)
        return self


class CausePointsPerUnit(Rule):
    """Points to a cause for each whole unit; quantities are floored per line."""

    effect: Literal["cause_points_per_unit"]
    points: _PointsPerUnit
    beneficiary: Name
    lines: Lines = Lines()


class CauseMoneyPerUnit(Rule):
    """Money to a cause for each whole unit; quantities are floored per line."""

    effect: Literal["cause_money_per_unit"]
    amount: Money
    beneficiary: Name
    lines: Lines = Lines()

    @model_validator(mode="after")
    def _check_amount(self) -> Self:
        if self.amount[0] > _UNIT_MONEY_LIMIT_MINOR:
            msg = f"amount must be at most {format_money(_UNIT_MONEY_LIMIT_MINOR, self.amount[1])} a unit"
            raise ValueError(msg)
        return self


class CauseRevenue(Rule):
    """All revenue of the receipts in a declared window to a cause (`when.window`), known member or not."""

    conditions: ClassVar[frozenset[str]] = frozenset({"segment", "receipt_total", "store", "window"})

    effect: Literal["cause_revenue"]
    beneficiary: Name
    #: Receipts later than this many hours do not count; `none`: all count.
    cutoff_hours: HourLimit


class Donation(Rule):
    """What members give themselves; a donation names the campaign."""

    conditions: ClassVar[frozenset[str]] = frozenset({"segment", "window"})

    effect: Literal["donation"]
    beneficiary: Name
    #: The party whose tills capture the money.
    collected_by: Name


EffectRule = Annotated[
    PointsPerMoney | PointsPerUnit | PointsFixed | CausePointsPerUnit | CauseMoneyPerUnit | CauseRevenue | Donation,
    Field(discriminator="effect"),
]


class Party(Strict):
    """Who pays which share."""

    party: Name
    #: Basis points.
    share_bp: Annotated[int, Field(ge=0, le=WHOLE_BP)]


class Campaign(Strict):
    """One version of a campaign."""

    tenant: Name
    programme: Name
    campaign: Name
    version: Version
    title: Title
    #: Included.
    valid_from: Instant
    #: Excluded; `none`: without end.
    valid_until: End = None
    #: Applies to records that were paid after `valid_from`, even before its publication.
    retroactive: bool = False
    #: In the order of the split; the last takes the rest.
    parties: Annotated[list[Party], Field(min_length=1, max_length=20)]
    rules: Annotated[list[EffectRule], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            msg = "valid_until must lie after valid_from"
            raise ValueError(msg)
        names = [party.party for party in self.parties]
        if len(set(names)) != len(names):
            msg = f"a party stands twice in parties: {', '.join(names)}"
            raise ValueError(msg)
        whole = sum(party.share_bp for party in self.parties)
        if whole != WHOLE_BP:
            msg = f"the shares come to {whole} basis points; they must come to {WHOLE_BP}"
            raise ValueError(msg)
        donations = [rule for rule in self.rules if isinstance(rule, Donation)]
        if len(donations) > 1:
            msg = "a campaign has at most one donation rule: a donation names only the campaign"
            raise ValueError(msg)
        for rule in donations:
            if rule.collected_by not in names:
                msg = f"collected_by ({rule.collected_by}) is none of the parties"
                raise ValueError(msg)
        return self


def parse_campaign(document: str) -> Campaign:
    """Give the campaign in a canonical document.

    Raises:
        ValueError: when it is no such document (pydantic's errors are among these).
    """
    return Campaign.model_validate(load_json(document))
