"""From checked campaigns to what runs: one compiled rule per effect, with its conditions in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, assert_never

from processors.rules.campaign import (
    Campaign,
    CauseMoneyPerUnit,
    CausePointsPerUnit,
    CauseRevenue,
    Donation,
    EffectRule,
    Lines,
    PointsFixed,
    PointsPerMoney,
    PointsPerUnit,
)
from processors.rules.condition import (
    Condition,
    Selection,
    compile_conditions,
    compile_lines,
    currency_condition,
    cutoff_condition,
    member_condition,
    whole_units,
)
from processors.rules.occasion import Occasion, Trigger
from processors.rules.programme import Programme
from schemas.business_time import HOUR_MS
from schemas.money import points_unit
from schemas.record.receipt import ReceiptLine

__all__ = ["CompiledRule", "compile_campaign"]

#: What a rule gives, in minor units of its unit; zero or below gives nothing.
Amount = Callable[[Occasion, list[ReceiptLine]], int]


class CompiledRule(NamedTuple):
    """One rule of one campaign version, ready to run."""

    campaign_id: str
    campaign_version: int
    #: Place in the campaign file, from 0.
    number: int
    #: Name of the effect, as in the file.
    effect: str
    #: A `Trigger` value.
    trigger: str
    #: Empty when no cause gets it.
    beneficiary_id: str
    #: Donations: the party whose tills capture the money; else empty.
    collector: str
    unit: str
    #: `None` when the rule looks at no lines but still fires.
    selection: Selection | None
    conditions: tuple[Condition, ...]
    amount: Amount
    #: Points to a member: days until they are available and until they expire.
    active_after_days: int | None
    expires_after_days: int | None
    #: How late a receipt, or its return, may come; `None`: nothing is too late.
    cutoff_ms: int | None

    @property
    def campaign(self) -> tuple[str, int]:
        """Id and version."""
        return self.campaign_id, self.campaign_version


def _lines_total(lines: list[ReceiptLine]) -> int:
    return sum([line.amount_minor for line in lines])


class _Plan(NamedTuple):
    """What differs between the effects."""

    trigger: str
    unit: str
    lines: Lines | None
    conditions: list[Condition]
    amount: Amount
    beneficiary_id: str = ""
    collector: str = ""
    active_after_days: int | None = None
    expires_after_days: int | None = None
    cutoff_ms: int | None = None


def _plan_points(rule: PointsPerMoney | PointsPerUnit | PointsFixed, unit: str, points: int) -> _Plan:
    trigger, lines, conditions = Trigger.RECEIPT, rule.lines, [member_condition()]
    match rule:
        case PointsPerMoney(per=(per_minor, currency)):
            conditions.append(currency_condition(currency))
            amount: Amount = lambda _, lines: _lines_total(lines) // per_minor * points  # noqa: E731
        case PointsPerUnit():
            amount = lambda _, lines: whole_units(lines) * points  # noqa: E731
        case PointsFixed():
            trigger = Trigger.RECEIPT if rule.on == "receipt" else Trigger.CODE
            amount = lambda *_: points  # noqa: E731
        case _:
            assert_never(rule)
    return _Plan(
        trigger=trigger,
        unit=unit,
        lines=lines if trigger == Trigger.RECEIPT else None,
        conditions=conditions,
        amount=amount,
        active_after_days=rule.active_after_days,
        expires_after_days=rule.expires_after_days,
    )


def _plan(rule: EffectRule, campaign: Campaign, programme: Programme) -> _Plan:
    unit, scale = points_unit(programme.programme), 10**programme.points_digits
    match rule:
        case PointsPerMoney() | PointsPerUnit() | PointsFixed():
            return _plan_points(rule, unit, rule.points * scale)
        case CausePointsPerUnit():
            points = rule.points * scale
            return _Plan(
                trigger=Trigger.RECEIPT,
                unit=unit,
                lines=rule.lines,
                conditions=[],
                amount=lambda _, lines: whole_units(lines) * points,
                beneficiary_id=rule.beneficiary,
            )
        case CauseMoneyPerUnit(amount=(amount_minor, currency)):
            return _Plan(
                trigger=Trigger.RECEIPT,
                unit=currency,
                lines=rule.lines,
                conditions=[currency_condition(currency)],
                amount=lambda _, lines: whole_units(lines) * amount_minor,
                beneficiary_id=rule.beneficiary,
            )
        case CauseRevenue():
            cutoff_ms = None if rule.cutoff_hours is None else rule.cutoff_hours * HOUR_MS
            return _Plan(
                trigger=Trigger.RECEIPT,
                unit=programme.currency,
                lines=None,
                conditions=[] if cutoff_ms is None else [cutoff_condition(cutoff_ms)],
                amount=lambda occasion, _: occasion.amount_minor,
                beneficiary_id=rule.beneficiary,
                cutoff_ms=cutoff_ms,
            )
        case Donation():
            campaign_id = campaign.campaign
            named = Condition(
                "campaign",
                lambda occasion, _: occasion.campaign_id == campaign_id,
                campaign_id,
                lambda occasion, _: occasion.campaign_id,
            )
            return _Plan(
                trigger=Trigger.DONATION,
                unit=programme.currency,
                lines=None,
                conditions=[named],
                amount=lambda occasion, _: occasion.amount_minor,
                beneficiary_id=rule.beneficiary,
                collector=rule.collected_by,
            )
        case _:
            assert_never(rule)


def compile_campaign(campaign: Campaign, programme: Programme) -> list[CompiledRule]:
    """Compile every rule of a campaign version under its programme's settings, in the order of the file."""
    compiled = []
    for number, rule in enumerate(campaign.rules):
        plan = _plan(rule, campaign, programme)
        compiled.append(
            CompiledRule(
                campaign_id=campaign.campaign,
                campaign_version=campaign.version,
                number=number,
                effect=rule.effect,
                trigger=plan.trigger,
                beneficiary_id=plan.beneficiary_id,
                collector=plan.collector,
                unit=plan.unit,
                selection=None if plan.lines is None else compile_lines(plan.lines),
                conditions=(*plan.conditions, *compile_conditions(rule.when)),
                amount=plan.amount,
                active_after_days=plan.active_after_days,
                expires_after_days=plan.expires_after_days,
                cutoff_ms=plan.cutoff_ms,
            )
        )
    return compiled
