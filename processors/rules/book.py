"""The rule book of a partition: every adopted version, and which rules run on an occasion.

A campaign version is in force on an occasion if it begins at or before `occurred_at` and was published before that,
unless it is marked retroactive; of several the highest. Between two moments at which that can change the rules are
the same, so each such stretch of time is compiled and indexed once, when the first occasion falls into it.

Source: RULES, Points (two clocks); DESIGN, section 6 (adoption).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from processors.rules.campaign import Campaign, parse_campaign
from processors.rules.compiler import CompiledRule, compile_campaign
from processors.rules.condition import ATTRIBUTES, LineTest
from processors.rules.document import document_hash
from processors.rules.occasion import NO_LINES, Occasion
from processors.rules.programme import Programme, parse_programme
from schemas.entry import BrokenInvariantError, DocumentChanged
from schemas.money import AMOUNT_LIMIT_MINOR
from schemas.record.receipt import ReceiptLine

__all__ = ["EMPTY_BOOK", "Book", "Fired", "ProgrammeBook", "RuleIndex", "build_book"]

#: A rule that fired: the rule, and what it gives (above zero).
Fired = tuple[CompiledRule, int]


@dataclass(frozen=True, slots=True)
class _Version:
    """An adopted campaign version."""

    campaign: Campaign
    published_at_ms: int

    @property
    def from_ms(self) -> int:
        """The first `occurred_at` to which it can apply."""
        if self.campaign.retroactive:
            return self.campaign.valid_from
        return max(self.campaign.valid_from, self.published_at_ms)


class RuleIndex:
    """The rules in force in one stretch of time, found by what stands on the lines."""

    def __init__(self, rules: list[CompiledRule]) -> None:
        """Take the rules in the order in which they shall fire."""
        self.rules = rules
        self._by_trigger: dict[str, list[tuple[int, CompiledRule]]] = {}
        #: Attribute → value → rules with what remains to be asked of the line.
        self._tables: dict[str, dict[str, list[tuple[int, LineTest | None]]]] = {}
        #: Rules that ask every line.
        self._scanning: list[tuple[int, LineTest | None]] = []
        for place, rule in enumerate(rules):
            selection = rule.selection
            if selection is None:
                self._by_trigger.setdefault(rule.trigger, []).append((place, rule))
            elif selection.indexed is None:
                self._scanning.append((place, selection.rest))
            else:
                attribute, values = selection.indexed
                table = self._tables.setdefault(attribute, {})
                for value in values:
                    table.setdefault(value, []).append((place, selection.rest))
        self._lookups = [(attribute, self._tables[attribute]) for attribute in ATTRIBUTES if attribute in self._tables]

    def match_lines(self, lines: list[ReceiptLine]) -> dict[int, list[ReceiptLine]]:
        """Give the lines that each rule with a selector looks at, by the rule's place; a rule with none is left out."""
        matched: dict[int, list[ReceiptLine]] = {}
        for attribute, table in self._lookups:
            get = table.get
            for line in lines:
                hits = get(getattr(line, attribute))
                if hits is None:
                    continue
                for place, rest in hits:
                    if rest is None or rest(line):
                        if place in matched:
                            matched[place].append(line)
                        else:
                            matched[place] = [line]
        for place, rest in self._scanning:
            left = lines if rest is None else [line for line in lines if rest(line)]
            if left:
                matched[place] = left
        return matched

    def fire(self, occasion: Occasion) -> list[Fired]:
        """Give the rules that fire on an occasion, with what they give, in order.

        Raises:
            BrokenInvariantError: when one gives more than any amount may be; the limits of campaigns and receipts
                leave that to points with decimals, on receipts over a thousand million.
        """
        rules = self.rules
        found: list[tuple[int, list[ReceiptLine]]] = [
            (place, NO_LINES) for place, _ in self._by_trigger.get(occasion.trigger, ())
        ]
        if occasion.lines:
            found.extend(self.match_lines(occasion.lines).items())
        found.sort(key=_place)
        fired = []
        for place, lines in found:
            rule = rules[place]
            for condition in rule.conditions:
                if not condition.holds(occasion, lines):
                    break
            else:
                amount = rule.amount(occasion, lines)
                if amount > AMOUNT_LIMIT_MINOR:
                    msg = (
                        f"rule {rule.number} of {rule.campaign_id} version {rule.campaign_version} gives {amount} "
                        f"{rule.unit}; no amount may be above {AMOUNT_LIMIT_MINOR}"
                    )
                    raise BrokenInvariantError(msg)
                if amount > 0:
                    fired.append((rule, amount))
        return fired


def _place(found: tuple[int, list[ReceiptLine]]) -> int:
    return found[0]


@dataclass(slots=True)
class ProgrammeBook:
    """The rules of one programme."""

    settings: Programme
    #: Campaign id → versions, ascending.
    versions: dict[str, list[_Version]]
    _bounds: list[int] = field(default_factory=list)
    _indexes: dict[int, RuleIndex] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the moments at which the rules in force can change."""
        moments = set()
        for versions in self.versions.values():
            for version in versions:
                moments.add(version.from_ms)
                if version.campaign.valid_until is not None:
                    moments.add(version.campaign.valid_until)
        self._bounds = sorted(moments)

    def index_at(self, occurred_at_ms: int) -> RuleIndex:
        """Give the rules in force at a moment."""
        stretch = bisect_right(self._bounds, occurred_at_ms)
        index = self._indexes.get(stretch)
        if index is None:
            index = RuleIndex(self._compile_at(occurred_at_ms))
            self._indexes[stretch] = index
        return index

    def _compile_at(self, occurred_at_ms: int) -> list[CompiledRule]:
        rules: list[CompiledRule] = []
        for versions in self.versions.values():
            begun = [version for version in versions if version.from_ms <= occurred_at_ms]
            if not begun:
                continue
            campaign = begun[-1].campaign
            if campaign.valid_until is None or occurred_at_ms < campaign.valid_until:
                rules.extend(compile_campaign(campaign, self.settings))
        return rules


@dataclass(frozen=True, slots=True)
class Book:
    """All programmes of a partition."""

    programmes: dict[tuple[str, str], ProgrammeBook]
    #: SHA-256 over every adopted document; stands in each entry that was decided by them.
    hash: bytes

    def find(self, tenant: str, programme: str) -> ProgrammeBook | None:
        """Give the rules of a programme, or `None` when it was not adopted here."""
        return self.programmes.get((tenant, programme))


EMPTY_BOOK = Book({}, document_hash([]))


def build_book(adopted: Iterable[tuple[str, DocumentChanged]]) -> Book:
    """Compile what a partition has adopted.

    Args:
        adopted: Tenant and document, sorted by tenant, programme, campaign and version (as adoption keys are).

    Raises:
        ValueError: when a document is none; it was checked before its adoption was decided.
    """
    settings: dict[tuple[str, str], Programme] = {}
    campaigns: dict[tuple[str, str], dict[str, list[_Version]]] = {}
    documents = []
    for tenant, change in adopted:
        scope = (tenant, change.programme)
        documents.append(change.document)
        if change.campaign_id is None:
            settings[scope] = parse_programme(change.document)
        else:
            version = _Version(parse_campaign(change.document), change.published_at_ms)
            campaigns.setdefault(scope, {}).setdefault(change.campaign_id, []).append(version)
    return Book(
        {
            scope: ProgrammeBook(programme, _by_publication(campaigns.get(scope, {})))
            for scope, programme in settings.items()
        },
        document_hash(documents),
    )


def _by_publication(campaigns: dict[str, list[_Version]]) -> dict[str, list[_Version]]:
    """Put campaigns into the order of their first publication, ties by id: the order in which rules fire."""
    return dict(sorted(campaigns.items(), key=lambda item: (item[1][0].published_at_ms, item[0])))
