"""Campaign files with errors: each fault with its line, column, field and mend."""

import re

import pytest

from processors.rules.document import DOCUMENT_LIMIT_CHARACTERS
from processors.rules.source import Fault, FaultyDocumentError, parse_source

CAMPAIGN = """\
tenant: journey
programme: journey
campaign: base
version: 1
title: A point per dollar
valid_from: 2017-01-01T00:00:00Z
retroactive: true
parties:
  - {party: retailer, share_bp: 6000}
  - {party: supplier, share_bp: 4000}
rules:
  - effect: points_per_money
    points: 1
    per: 1.00 USD
    base: paid
    rounding: floor_per_receipt
    lines:
      not: {product_type: {starts_with: GASOLINE}}
  - effect: cause_revenue
    beneficiary: life-line
    cutoff_hours: none
    when:
      window: {from: "17:00:00", until: "18:00:00", zone: store}
"""
PROGRAMME = """\
tenant: journey
programme: journey
version: 1
title: Journey
zone: America/New_York
currency: USD
horizon_days: 400
segments:
  activity: {active_days: 30, lapsing_days: 90}
"""


def faults_of(text: str) -> list[Fault]:
    """Give every fault of a text."""
    with pytest.raises(FaultyDocumentError) as caught:
        parse_source(text, "base.yaml")
    return caught.value.faults


#: What is replaced by what, and the fault: line, column, field, and a piece of its mend.
FAULTS = [
    pytest.param("tenant: journey\n", "", (1, 1, "tenant", "is missing; add it"), id="missing"),
    pytest.param("title: A", "tittle: A", (5, 1, "tittle", "is no key that is known here"), id="misspelt"),
    pytest.param("    points: 1\n", "", (12, 5, "rules[0].points", "is missing"), id="missing-in-a-rule"),
    pytest.param("points: 1", "point: 1", (13, 5, "rules[0].point", "is no key"), id="misspelt-in-a-rule"),
    pytest.param(
        "points: 1", "points: '1'", (13, 5, "rules[0].points", "must be a whole number"), id="text-for-a-number"
    ),
    pytest.param(
        "points: 1", "points: true", (13, 5, "rules[0].points", "must be a whole number"), id="yes-for-a-number"
    ),
    pytest.param("points: 1", "points: 1.0", (13, 5, "rules[0].points", "must be a whole number"), id="decimals"),
    pytest.param("points: 1", "points: 0", (13, 5, "rules[0].points", "must be at least 1"), id="zero-points"),
    pytest.param("points: 1", "points: -5", (13, 5, "rules[0].points", "must be at least"), id="negative-points"),
    pytest.param("1.00 USD", "1.00", (14, 5, "rules[0].per", "write it like 0.05 USD"), id="amount-without-currency"),
    pytest.param("1.00 USD", "1.005 USD", (14, 5, "rules[0].per", "more than the 2 decimals"), id="too-many-decimals"),
    pytest.param("1.00 USD", "0.00 USD", (12, 5, "rules[0]", "per must be above zero"), id="per-nothing"),
    pytest.param("1.00 USD", "[100, USD]", (14, 5, "rules[0].per", "write it like"), id="amount-as-a-list"),
    pytest.param("base: paid", "base: shelf", (15, 5, "rules[0].base", "'paid'"), id="unknown-base"),
    pytest.param("points_per_money", "points_per_line", (12, 5, "rules[0]", "points_fixed"), id="unknown-effect"),
    pytest.param("effect: points_per_money", "kind: x", (12, 5, "rules[0]", "discriminator"), id="no-effect"),
    pytest.param(
        "starts_with: GASOLINE",
        "begins: G",
        (18, 28, "rules[0].lines.not.product_type.begins", "no key"),
        id="selector",
    ),
    pytest.param(
        "{product_type: {starts_with: GASOLINE}}",
        "{}",
        (17, 5, "rules[0].lines", "leaves every line out"),
        id="negation-of-everything",
    ),
    pytest.param(
        "{product_type: {starts_with: GASOLINE}}",
        "{category: []}",
        (18, 13, "rules[0].lines.not.category", "at least 1 item"),
        id="no-value",
    ),
    pytest.param(
        "17:00:00", "25:00:00", (23, 16, "rules[1].when.window.from", "times are HH:MM:SS"), id="no-such-hour"
    ),
    pytest.param("17:00:00", "19:00:00", (23, 7, "rules[1].when.window", "two rules"), id="over-midnight"),
    pytest.param('"17:00:00"', "1700", (23, 16, "rules[1].when.window.from", "must be a text"), id="number-for-a-time"),
    pytest.param("zone: store", "zone: here", (23, 53, "rules[1].when.window.zone", "no IANA time zone"), id="zone"),
    pytest.param(
        "cutoff_hours: none", "cutoff_hours: 0", (21, 5, "rules[1].cutoff_hours", "must be at least"), id="cutoff"
    ),
    pytest.param("    cutoff_hours: none\n", "", (19, 5, "rules[1].cutoff_hours", "is missing"), id="limit-not-said"),
    pytest.param("life-line", "Life Line", (20, 5, "rules[1].beneficiary", "lower-case letters"), id="beneficiary"),
    pytest.param(
        "    when:\n",
        "    when:\n      batch: ['26']\n",
        (19, 5, "rules[1]", "when.batch never holds"),
        id="no-batch-here",
    ),
    pytest.param(
        "    when:\n",
        "    when:\n      units: {at_least: 3}\n",
        (19, 5, "rules[1]", "when.units never holds"),
        id="no-units",
    ),
    pytest.param("2017-01-01T00:00:00Z", "2017-01-01", (6, 1, "valid_from", "has no offset"), id="date-for-an-instant"),
    pytest.param(
        "2017-01-01T00:00:00Z",
        "2017-01-01T00:00:00",
        (6, 1, "valid_from", "has no offset"),
        id="instant-without-offset",
    ),
    pytest.param("2017-01-01T00:00:00Z", "20170101", (6, 1, "valid_from", "write it with its offset"), id="number"),
    pytest.param("2017-01-01T00:00:00Z", "soon", (6, 1, "valid_from", "Invalid isoformat"), id="no-instant"),
    pytest.param(
        "retroactive: true",
        "valid_until: 2017-01-01T00:00:00Z",
        (1, 1, "", "valid_until must lie after valid_from"),
        id="ends-before-it-begins",
    ),
    pytest.param(
        "retroactive: true", "retroactive: 'yes'", (7, 1, "retroactive", "must be true or false"), id="text-for-yes"
    ),
    pytest.param("version: 1", "version: 0", (4, 1, "version", "must be at least 1"), id="version-nought"),
    pytest.param("version: 1", "version: 2147483648", (4, 1, "version", "must be at most"), id="version-too-high"),
    pytest.param("title: A", "title: ''\n# A", (5, 1, "title", "at least 1 character"), id="no-title"),
    pytest.param("title: A", 'title: "a\\nb"\n# A', (5, 1, "title", "write one line of text"), id="title-of-two-lines"),
    pytest.param(
        "{starts_with: GASOLINE}",
        '"a\\0"',
        (18, 13, "rules[0].lines.not.product_type", "another control character"),
        id="nul-in-a-text",
    ),
    pytest.param("title: A", 'title: A\n"a\\0": 1', (1, 1, "", "another control character"), id="nul-in-a-key"),
    pytest.param("campaign: base", "campaign: Base", (3, 1, "campaign", "lower-case letters"), id="name"),
    pytest.param("share_bp: 6000", "share_bp: 5999", (1, 1, "", "come to 9999 basis points"), id="shares"),
    pytest.param(
        "share_bp: 6000", "share_bp: -1", (9, 23, "parties[0].share_bp", "must be at least"), id="negative-share"
    ),
    pytest.param("party: supplier", "party: retailer", (1, 1, "", "a party stands twice"), id="party-twice"),
    pytest.param(
        "effect: cause_revenue\n    beneficiary: life-line\n    cutoff_hours: none\n    when:",
        "effect: donation\n    beneficiary: life-line\n    collected_by: bank\n    when:",
        (1, 1, "", "collected_by (bank) is none of the parties"),
        id="collector",
    ),
    pytest.param(
        "effect: cause_revenue\n    beneficiary: life-line\n    cutoff_hours: none",
        "effect: points_fixed\n    on: code\n    points: 1\n    lines: {sku: '1'}",
        (19, 5, "rules[1]", "a code has no lines"),
        id="lines-of-a-code",
    ),
    pytest.param(
        "base: paid\n",
        "base: paid\n    active_after_days: 10\n    expires_after_days: 10\n",
        (12, 5, "rules[0]", "points would expire before they become available"),
        id="expires-before-it-is-active",
    ),
    pytest.param(
        "{product_type: {starts_with: GASOLINE}}",
        "{brand: }",
        (18, 13, "rules[0].lines.not.brand", "has no value"),
        id="key-without-a-value",
    ),
    pytest.param("retroactive: true", "valid_until:", (7, 1, "valid_until", "has no value"), id="end-without-a-value"),
    pytest.param("title: A", "title: &a\n  - *a\n# A", (5, 8, "title[0]", "has no value"), id="an-alias-in-itself"),
    pytest.param("programme: journey", "programme: [a", (3, 9, "", "is no YAML"), id="no-yaml"),
    pytest.param("programme: journey", "programme:\tjourney", (2, 11, "", "is no YAML"), id="tab"),
    pytest.param("version: 1", "version: 1\nversion: 2", (5, 1, "", 'found duplicate key "version"'), id="key-twice"),
    pytest.param("title: A", "title: \0A", (5, 8, "", "special characters are not allowed"), id="control-character"),
    pytest.param("title: A", "title: *b", (5, 8, "", "undefined alias"), id="alias-of-nothing"),
    pytest.param("title: A", "1: A", (1, 1, "1", "is no key"), id="a-number-for-a-key"),
]


@pytest.mark.parametrize(("there", "instead", "fault"), FAULTS)
def test_a_fault_is_told_with_its_place(there: str, instead: str, fault: tuple[int, int, str, str]) -> None:
    """Line and column from 1, the path of the field, and how to mend it; one of the faults that are listed."""
    assert there in CAMPAIGN
    faults = faults_of(CAMPAIGN.replace(there, instead, 1))
    told = [(found.line, found.column, found.field) for found in faults]
    assert fault[:3] in told, faults
    assert any(fault[3] in found.mend for found in faults if (found.line, found.column, found.field) == fault[:3]), (
        faults
    )


@pytest.mark.parametrize(
    ("there", "instead", "fault"),
    [
        pytest.param("zone: America/New_York", "zone: New York", (5, 1, "zone", "no IANA"), id="zone"),
        pytest.param("currency: USD", "currency: usd", (6, 1, "currency", "three capital letters"), id="currency"),
        pytest.param("horizon_days: 400\n", "", (1, 1, "horizon_days", "is missing"), id="horizon-not-said"),
        pytest.param(
            "horizon_days: 400", "horizon_days: 0", (7, 1, "horizon_days", "must be at least"), id="no-horizon"
        ),
        pytest.param("title: Journey", "title: Journey\nskew_hours: 23", (5, 1, "skew_hours", "24"), id="skew"),
        pytest.param("title: Journey", "title: Journey\npoints_digits: 3", (5, 1, "points_digits", "2"), id="digits"),
        pytest.param(
            "lapsing_days: 90",
            "lapsing_days: 29",
            (9, 3, "segments.activity", "must not be below active_days"),
            id="thresholds",
        ),
        pytest.param(
            "segments:",
            "segments:\n  abc: {a_percent: 90, b_percent: 80}",
            (9, 3, "segments.abc", "below a_percent"),
            id="abc",
        ),
        pytest.param(
            "currency: USD", "currency: USD\nrules: []", (1, 1, "campaign", "is missing"), id="half-a-campaign"
        ),
    ],
)
def test_a_fault_of_settings_is_told_with_its_place(there: str, instead: str, fault: tuple[int, int, str, str]) -> None:
    """The same for a programme; a file with rules is taken for a campaign without its name."""
    faults = faults_of(PROGRAMME.replace(there, instead, 1))
    line, column, field, mend = fault
    assert any((f.line, f.column, f.field) == (line, column, field) and mend in f.mend for f in faults), faults


def test_every_fault_is_listed_in_order() -> None:
    """Nobody mends a file one fault a time; each line begins with the file and the place."""
    text = (
        CAMPAIGN.replace("points: 1", "points: 0")
        .replace("version: 1", "version: no")
        .replace("zone: store", "zone: x")
    )
    with pytest.raises(FaultyDocumentError) as caught:
        parse_source(text, "base.yaml")
    assert [(fault.line, fault.field) for fault in caught.value.faults][:2] == [(4, "version"), (13, "rules[0].points")]
    assert {fault.line for fault in caught.value.faults} == {4, 13, 23}
    lines = str(caught.value).splitlines()
    assert all(re.match(r"base\.yaml:\d+:\d+: ", line) for line in lines)
    assert lines[0].endswith("(found 'no')")


def test_a_long_value_is_shown_shortened() -> None:
    """A fault is one line of a terminal."""
    fault = next(iter(faults_of(CAMPAIGN.replace("title: A", f"title: {'x' * 500}"))))
    assert fault.value.endswith("…")
    assert len(fault.value) < 70


@pytest.mark.parametrize("text", ["", "# nothing", "- a\n- b", "just text", "5"])
def test_a_file_that_is_no_mapping_is_told(text: str) -> None:
    """With where to see one."""
    assert "see campaigns/journey for examples" in faults_of(text)[0].mend


def test_a_file_that_is_nested_too_deep_is_told() -> None:
    """It is a slip of the keyboard, and no crash."""
    text = "a: " + "{a: " * 400 + "1" + "}" * 400
    assert faults_of(text)[0].mend == "is nested too deep"


def test_an_alias_in_itself_is_a_key_without_a_value() -> None:
    """The reader gives nothing for it, and nothing is never taken for everything."""
    text = CAMPAIGN.replace("not: {product_type: {starts_with: GASOLINE}}", "not: &n {not: *n}")
    assert [(fault.field, fault.mend) for fault in faults_of(text)] == [
        ("rules[0].lines.not.not", "has no value; give it one, or remove it")
    ]


def test_a_file_that_is_too_large_is_told() -> None:
    """Its publication could not be written."""
    skus = ", ".join(f"'{number:0>190}'" for number in range(1_200))
    text = CAMPAIGN.replace("{product_type: {starts_with: GASOLINE}}", f"{{sku: [{skus}]}}")
    assert f"the limit is {DOCUMENT_LIMIT_CHARACTERS}" in faults_of(text)[0].mend
