"""Campaigns and programme settings as data, and those of the journey from their files."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from processors.rules.source import parse_source
from tests.unit.processors.engine import Engine

CAMPAIGNS: Final = Path(__file__).resolve().parents[3] / "campaigns"

Document = dict[str, Any]


def programme(**changes: Any) -> Document:  # noqa: ANN401 (any YAML)
    """Give the settings of the programme `journey`."""
    return {
        "tenant": "journey",
        "programme": "journey",
        "version": 1,
        "title": "Journey",
        "zone": "America/New_York",
        "currency": "USD",
        "horizon_days": "none",
    } | changes


def campaign(campaign_id: str, *rules: Mapping[str, Any], **changes: Any) -> Document:  # noqa: ANN401 (any YAML)
    """Give a retroactive campaign without end, paid by `retailer`."""
    return {
        "tenant": "journey",
        "programme": "journey",
        "campaign": campaign_id,
        "version": 1,
        "title": f"Campaign {campaign_id}",
        "valid_from": "2016-01-01T00:00:00Z",
        "retroactive": True,
        "parties": [{"party": "retailer", "share_bp": 10_000}],
        "rules": list(rules),
    } | changes


def per_money(points: int = 1, per: str = "1.00 USD", **more: Any) -> Document:  # noqa: ANN401 (any YAML)
    """Give a rule of points per money."""
    return {
        "effect": "points_per_money",
        "points": points,
        "per": per,
        "base": "paid",
        "rounding": "floor_per_receipt",
    } | more


def fixed(points: int = 100, on: str = "receipt", **more: Any) -> Document:  # noqa: ANN401 (any YAML)
    """Give a rule of points once."""
    return {"effect": "points_fixed", "on": on, "points": points} | more


def engine(*campaigns: Mapping[str, Any], partition_count: int = 1, **settings: Any) -> Engine:  # noqa: ANN401 (any YAML)
    """Give an engine whose partitions have adopted the programme, changed by `settings`, and these campaigns."""
    made = Engine(partition_count)
    for document in (programme(**settings), *campaigns):
        entry = made.publish(document)
        assert entry.outcome == "DECIDED", entry.rejection
    return made


@cache
def journey_documents() -> tuple[Document, ...]:
    """Give the journey's own files: the programme's settings, then the campaigns in order."""
    folder = CAMPAIGNS / "journey"
    paths = (folder / "programme.yaml", *sorted(folder.glob("[0-9]-*.yaml")))
    return tuple(json.loads(parse_source(path.read_text(encoding="utf-8"), path.name).document) for path in paths)


def journey_engine(partition_count: int = 1) -> Engine:
    """Give an engine that has adopted the journey's own files."""
    made = Engine(partition_count)
    for document in journey_documents():
        entry = made.publish(document)
        assert entry.outcome == "DECIDED", entry.rejection
    return made
