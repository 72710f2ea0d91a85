"""Why a rule fired, or did not: the rule book asked again, with every answer kept.

A decision is run again with a book that notes what it is asked about; the trace is then made of the very rules that
answered, so that an explanation cannot tell another story than the decision.
"""

from __future__ import annotations

from typing import cast

import msgspec

from processors.rules.book import Book, ProgrammeBook, RuleIndex
from processors.rules.campaign import Campaign
from processors.rules.compiler import CompiledRule
from processors.rules.condition import Condition, describe, whole_units
from processors.rules.occasion import NO_LINES, Occasion
from schemas.business_time import format_instant
from schemas.money import format_money, is_points
from schemas.record.receipt import ReceiptLine

__all__ = ["BookListener", "RuleTrace", "StepTrace", "explain"]


class StepTrace(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule asked."""

    #: Name in the campaign file, or `trigger`, `lines`, `amount`, `in_force`.
    name: str
    wanted: str
    saw: str
    holds: bool


class RuleTrace(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule made of an occasion."""

    campaign_id: str
    campaign_version: int
    #: Place in the campaign file, from 0; `None` when the campaign was not in force.
    number: int | None
    #: Empty when the campaign was not in force.
    effect: str
    #: In the order asked, up to and with the first that does not hold; all hold when the rule fired.
    steps: list[StepTrace]
    #: What it gives; `None` when it did not fire.
    amount_minor: int | None
    unit: str
    beneficiary_id: str

    @property
    def is_fired(self) -> bool:
        """Whether it gives something."""
        return self.amount_minor is not None


class _ListeningIndex:
    """Answers as a rule index, and notes what it was asked about."""

    def __init__(self, index: RuleIndex, programme: ProgrammeBook, heard: list[tuple[ProgrammeBook, Occasion]]) -> None:
        self._index = index
        self._programme = programme
        self._heard = heard

    def fire(self, occasion: Occasion) -> list[tuple[CompiledRule, int]]:
        self._heard.append((self._programme, occasion))
        return self._index.fire(occasion)


class _ListeningProgramme:
    """Answers as a programme's book; its indexes listen."""

    def __init__(self, programme: ProgrammeBook, heard: list[tuple[ProgrammeBook, Occasion]]) -> None:
        self.settings = programme.settings
        self._programme = programme
        self._heard = heard

    def index_at(self, occurred_at_ms: int) -> _ListeningIndex:
        return _ListeningIndex(self._programme.index_at(occurred_at_ms), self._programme, self._heard)


class BookListener:
    """A rule book that answers as another one, and remembers on what occasions it was asked."""

    def __init__(self, book: Book) -> None:
        self._heard: list[tuple[ProgrammeBook, Occasion]] = []
        #: To be decided with in place of the other one.
        self.book = Book(
            {
                scope: cast("ProgrammeBook", _ListeningProgramme(programme, self._heard))
                for scope, programme in book.programmes.items()
            },
            book.hash,
        )

    def traces(self) -> list[RuleTrace]:
        """Explain every occasion heard, in order."""
        return [trace for programme, occasion in self._heard for trace in explain(programme, occasion)]


def explain(programme: ProgrammeBook, occasion: Occasion) -> list[RuleTrace]:
    """Tell of each rule in force on an occasion whether it fires, and of each campaign that is not, why not.

    Returns:
        Rules in the order in which they fire, then campaigns that are not in force.
    """
    index = programme.index_at(occasion.occurred_at_ms)
    matched = index.match_lines(occasion.lines) if occasion.lines else {}
    traces = [
        _trace_rule(programme, rule, occasion, matched.get(place, NO_LINES)) for place, rule in enumerate(index.rules)
    ]
    in_force = {rule.campaign_id for rule in index.rules}
    for campaign_id, versions in programme.versions.items():
        if campaign_id not in in_force:
            newest = versions[-1]
            traces.append(_trace_absent(newest.campaign, newest.from_ms, occasion))
    return traces


def _trace_rule(
    programme: ProgrammeBook, rule: CompiledRule, occasion: Occasion, lines: list[ReceiptLine]
) -> RuleTrace:
    steps = [
        StepTrace(
            name="trigger",
            wanted=f"a {rule.trigger}",
            saw=f"a {occasion.trigger}",
            holds=rule.trigger == occasion.trigger,
        )
    ]
    if steps[-1].holds and rule.selection is not None:
        steps.append(_trace_lines(programme, rule, occasion, lines))
    for condition in rule.conditions:
        if not steps[-1].holds:
            break
        steps.append(_trace_condition(condition, occasion, lines))
    amount = None
    if steps[-1].holds:
        given = rule.amount(occasion, lines)
        steps.append(
            StepTrace(
                name="amount",
                wanted="more than nothing",
                saw=f"{_shown(given, rule.unit)} from {_seen_amount(occasion, lines)}",
                holds=given > 0,
            )
        )
        amount = given if given > 0 else None
    return RuleTrace(
        campaign_id=rule.campaign_id,
        campaign_version=rule.campaign_version,
        number=rule.number,
        effect=rule.effect,
        steps=steps,
        amount_minor=amount,
        unit=rule.unit,
        beneficiary_id=rule.beneficiary_id,
    )


def _trace_lines(
    programme: ProgrammeBook, rule: CompiledRule, occasion: Occasion, lines: list[ReceiptLine]
) -> StepTrace:
    found = f"{len(lines)} of {len(occasion.lines)} lines"
    if lines:
        total_minor = sum(line.amount_minor for line in lines)
        found += f", {format_money(total_minor, occasion.currency)}, {whole_units(lines)} whole units"
    return StepTrace(name="lines", wanted=_selector(programme, rule), saw=found, holds=bool(lines))


def _selector(programme: ProgrammeBook, rule: CompiledRule) -> str:
    """Give the rule's selector as it stands in the campaign file."""
    versions = programme.versions[rule.campaign_id]
    campaign = next(one.campaign for one in versions if one.campaign.version == rule.campaign_version)
    lines = getattr(campaign.rules[rule.number], "lines", None)
    text = "" if lines is None else describe(lines)
    return "any line" if text in {"", "{}"} else f"lines with {text}"


def _trace_condition(condition: Condition, occasion: Occasion, lines: list[ReceiptLine]) -> StepTrace:
    return StepTrace(
        name=condition.name,
        wanted=condition.wanted,
        saw=condition.saw(occasion, lines),
        holds=condition.holds(occasion, lines),
    )


def _trace_absent(campaign: Campaign, from_ms: int, occasion: Occasion) -> RuleTrace:
    until = "without end" if campaign.valid_until is None else f"to before {format_instant(campaign.valid_until)}"
    step = StepTrace(
        name="in_force",
        wanted=f"{format_instant(from_ms)} {until}",
        saw=format_instant(occasion.occurred_at_ms),
        holds=False,
    )
    return RuleTrace(
        campaign_id=campaign.campaign,
        campaign_version=campaign.version,
        number=None,
        effect="",
        steps=[step],
        amount_minor=None,
        unit="",
        beneficiary_id="",
    )


def _shown(amount_minor: int, unit: str) -> str:
    return f"{amount_minor} {unit}" if is_points(unit) else format_money(amount_minor, unit)


def _seen_amount(occasion: Occasion, lines: list[ReceiptLine]) -> str:
    if lines:
        return f"lines of {format_money(sum(line.amount_minor for line in lines), occasion.currency)}"
    return format_money(occasion.amount_minor, occasion.currency) if occasion.currency else f"a {occasion.trigger}"
