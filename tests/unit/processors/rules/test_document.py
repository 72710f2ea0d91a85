"""Documents: what a file says in the form that is published, and what the topic may bring."""

import json
import re
from pathlib import Path

import pytest

from processors.rules.campaign import Campaign, parse_campaign
from processors.rules.document import DOCUMENT_LIMIT_CHARACTERS, canonical_json
from processors.rules.programme import Programme, parse_programme
from processors.rules.source import parse_source
from tests.unit.processors.made_document import CAMPAIGNS, Document, campaign
from tests.unit.processors.rules.test_source import CAMPAIGN


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted(CAMPAIGNS.rglob("*.yaml"))])
def test_every_file_of_ours_passes_and_is_published_as_it_is_read(path: Path) -> None:
    """The canonical document says the same as the file."""
    source = parse_source(path.read_text(encoding="utf-8"), path.name)
    parse = parse_programme if isinstance(source.parsed, Programme) else parse_campaign
    assert parse(source.document) == source.parsed
    assert source.document == json.dumps(
        json.loads(source.document), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def test_json_is_yaml_too() -> None:
    """A published document can be read back as a file."""
    source = parse_source(CAMPAIGN, "base.yaml")
    assert parse_source(source.document, "base.json") == source


@pytest.mark.parametrize(
    ("written", "at_ms"),
    [
        ("2017-01-01T00:00:00Z", 1_483_228_800_000),
        ("2017-01-01T00:00:00+03:00", 1_483_218_000_000),
        ("2017-01-01 00:00:00 -5", 1_483_246_800_000),
        ("'2017-01-01T00:00:00.250Z'", 1_483_228_800_250),
    ],
)
def test_an_instant_may_be_yaml_s_own(written: str, at_ms: int) -> None:
    """With quotes or without: the same millisecond, and never the machine's zone."""
    parsed = parse_source(CAMPAIGN.replace("2017-01-01T00:00:00Z", written), "base.yaml").parsed
    assert isinstance(parsed, Campaign)
    assert parsed.valid_from == at_ms


@pytest.mark.parametrize(("written", "at_ms"), [("none", None), ("2018-01-01T00:00:00Z", 1_514_764_800_000)])
def test_an_end_may_be_none(written: str, at_ms: int | None) -> None:
    """Said, or left out."""
    parsed = parse_source(CAMPAIGN + f"valid_until: {written}\n", "base.yaml").parsed
    assert isinstance(parsed, Campaign)
    assert parsed.valid_until == at_ms


def test_an_anchored_yes_is_a_yes() -> None:
    """YAML keeps more of it than its truth."""
    text = CAMPAIGN.replace("retroactive: true", "retroactive: &r true").replace("version: 1", "version: &v 1")
    assert parse_source(text, "base.yaml") == parse_source(CAMPAIGN, "base.yaml")


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param("no json", "Expecting value", id="no-json"),
        pytest.param("[]", "is no JSON object", id="no-object"),
        pytest.param("[" * 100_000, "nested too deep", id="too-deep"),
        pytest.param(" " * (DOCUMENT_LIMIT_CHARACTERS + 1), "the limit is", id="too-large"),
        pytest.param("{}", "validation errors", id="nothing-in-it"),
    ],
)
def test_a_document_from_the_topic_may_be_anything(document: str, told: str) -> None:
    """Its publication is refused with what is wrong; it never stops the partition."""
    for parse in (parse_campaign, parse_programme):
        with pytest.raises(ValueError, match=told):
            parse(document)


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"effect": "points_fixed", "on": "receipt", "points": 1, "lines": {"category": None}}, "lines.category"),
        ({"effect": "points_fixed", "on": "receipt", "points": 1, "when": None}, "when"),
        ({"effect": "points_fixed", "on": "receipt", "points": 1, "lines": {"sku": ["1", None]}}, "lines.sku[1]"),
    ],
)
def test_a_key_without_a_value_is_never_taken_for_any_value(rule: Document, place: str) -> None:
    """A forgotten category would reward every line."""
    with pytest.raises(ValueError, match=re.escape(f"rules[0].{place} has no value")):
        parse_campaign(canonical_json(campaign("c", rule)))
