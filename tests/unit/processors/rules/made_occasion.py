"""What rules are asked about, and rules compiled from a few words of a campaign file."""

from typing import Any

from processors.rules.book import RuleIndex
from processors.rules.campaign import parse_campaign
from processors.rules.compiler import CompiledRule, compile_campaign
from processors.rules.document import canonical_json
from processors.rules.occasion import Occasion, Trigger
from processors.rules.programme import parse_programme
from schemas.record.receipt import ReceiptLine
from tests.unit.processors.made_document import Document, campaign, programme
from tests.unit.schemas.made_record import NOON_MS, ZONE, changed


def occasion(*lines: ReceiptLine, **changes: object) -> Occasion:
    """Give a receipt of member `h7` at noon, as the rules see it."""
    made = Occasion(
        trigger=Trigger.RECEIPT,
        occurred_at_ms=NOON_MS,
        zone=ZONE,
        lateness_ms=0,
        member_id="h7",
        store_id="s1",
        currency="USD",
        amount_minor=sum(line.amount_minor for line in lines),
        lines=list(lines),
    )
    return changed(made, **changes)


def compiled(*rules: Document, **changes: Any) -> list[CompiledRule]:  # noqa: ANN401 (any YAML)
    """Give the rules of one campaign, compiled."""
    settings = parse_programme(canonical_json(programme()))
    return compile_campaign(parse_campaign(canonical_json(campaign("c", *rules, **changes))), settings)


def amounts(asked: Occasion, *rules: Document) -> list[int]:
    """Give what the rules that fire give."""
    return [amount for _, amount in RuleIndex(compiled(*rules)).fire(asked)]
