"""Publishing versions, and how partitions adopt them."""

import json

import pytest

from eventlog.port import Record
from eventlog.relay import NUMBER_HEADER, SENDER_HEADER, TARGET_KIND_HEADER
from processors.rules.document import DOCUMENT_LIMIT_CHARACTERS, canonical_json
from schemas.business_time import MINUTE_MS, format_instant
from schemas.codec import encode_entry_body
from schemas.entry import Entry
from schemas.record.rule import CampaignPublished
from tests.unit.processors.engine import PUBLISHED_MS, Engine
from tests.unit.processors.made_document import Document, campaign, engine, fixed, programme
from tests.unit.schemas import made_record
from tests.unit.schemas.made_record import changed


def _published(document: Document, **changes: object) -> CampaignPublished:
    record = made_record.campaign(
        canonical_json(document), campaign_id=document["campaign"], version=document["version"]
    )
    return changed(record, **changes)


def _reason(entry: Entry) -> str:
    assert entry.rejection is not None, entry
    assert entry.outcome == "REFUSED"
    assert not entry.publications
    assert not entry.messages
    return entry.rejection.reason


def test_a_publication_reaches_every_partition() -> None:
    """As a message that is adopted by an entry, after which the partition goes by it."""
    made = engine(partition_count=3)
    entry = made.publish(campaign("base", fixed()))
    assert [(change.campaign_id, change.version) for change in entry.publications] == [("base", 1)]
    adoptions = [one for one in made.entries if one.adoptions and one.adoptions[0].campaign_id == "base"]
    assert {one.entity_id for one in adoptions} == {"0", "1", "2"}
    assert all(one.adoptions == entry.publications for one in adoptions)
    assert all(one.source_key == "adoption:base@1" for one in adoptions)


def test_the_log_s_time_is_that_of_the_publication() -> None:
    """What the publisher's clock says is kept in the record, and decides nothing."""
    made = engine()
    document = campaign("base", fixed(), retroactive=False, valid_from=format_instant(PUBLISHED_MS + 5 * MINUTE_MS))
    entry = made.send(_published(document, published_at_ms=0), log_time_ms=PUBLISHED_MS)
    assert entry.publications[0].published_at_ms == PUBLISHED_MS


def test_the_same_publication_again_is_a_duplicate() -> None:
    """A feed that is sent twice publishes once."""
    made = engine()
    record = _published(campaign("base", fixed()))
    assert [made.send(record).outcome for _ in range(2)] == ["DECIDED", "DUPLICATE"]
    settings = made_record.programme(canonical_json(programme(programme="other")), programme="other")
    assert [made.send(settings).outcome for _ in range(2)] == ["DECIDED", "DUPLICATE"]
    assert len([entry for entry in made.entries if entry.adoptions]) == 3


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        pytest.param({}, {"currency": "EUR"}, "currency", id="currency"),
        pytest.param({}, {"points_digits": 2}, "points_digits", id="digits"),
        pytest.param({"points_digits": 1}, {"points_digits": 0}, "points_digits", id="fewer-digits"),
        pytest.param({"horizon_days": 30}, {"horizon_days": 31}, "horizon_days", id="longer-horizon"),
        pytest.param({"horizon_days": 30}, {"horizon_days": "none"}, "horizon_days", id="no-horizon"),
        pytest.param({"horizon_days": 30}, {"horizon_days": 30}, None, id="the-same-horizon"),
        pytest.param({"horizon_days": 30}, {"horizon_days": 29}, None, id="shorter-horizon"),
        pytest.param({}, {"horizon_days": 36_500}, None, id="a-horizon-after-none"),
        pytest.param({}, {"zone": "Europe/Moscow", "notice_minutes": 60, "title": "J"}, None, id="all-else"),
    ],
)
def test_settings_keep_what_amounts_and_keys_rely_on(before: Document, after: Document, field: str | None) -> None:
    """Amounts are posted in currency and digits; what was forgotten under a shorter horizon could count twice."""
    made = engine(**before)
    entry = made.publish(programme(version=2, **(before | after)))
    if field is None:
        assert entry.outcome == "DECIDED", entry.rejection
        return
    assert _reason(entry) == "INVALID_DOCUMENT"
    assert entry.rejection is not None
    assert (entry.rejection.field, entry.rejection.value) == (field, str(after[field]))
    assert not [one for one in made.entries if one.adoptions and one.adoptions[0].version == 2]


def test_a_horizon_that_was_shortened_is_never_lengthened_again() -> None:
    """It is compared with the last published, not with the first."""
    made = engine(horizon_days=30)
    assert made.publish(programme(version=2, horizon_days=10)).outcome == "DECIDED"
    assert _reason(made.publish(programme(version=3, horizon_days=11))) == "INVALID_DOCUMENT"


def test_a_campaign_named_like_its_programme_has_source_keys_of_its_own() -> None:
    """Both are found by what they are, and neither is taken for the other's repeat."""
    made = engine(campaign("journey", fixed()))
    assert [entry.source_key for entry in made.entries] == [
        *("settings:journey@1", "adoption-settings:journey@1", "publication:journey@1", "adoption:journey@1"),
    ]
    assert all(entry.outcome == "DECIDED" for entry in made.entries)


@pytest.mark.parametrize("text", ["\0", "a\0", "\x1b[31m", "\x7f", "\x85", "\ud800"])
def test_a_control_character_is_refused_with_where_it_stands(text: str) -> None:
    """Wherever a document holds a text, escaped as JSON has it: no database takes a NUL."""
    made = engine()
    for rule, place in (
        (fixed(lines={"sku": text}), "rules[0].lines.sku"),
        (fixed(lines={"brand": ["b", text]}), "rules[0].lines.brand[1]"),
        (fixed(lines={"not": {"category": {"starts_with": text}}}), "rules[0].lines.not.category.starts_with"),
        (fixed(when={"store": [text]}), "rules[0].when.store[0]"),
        (fixed(when={"segment": {"set": "abc", "any_of": [text]}}), "rules[0].when.segment.any_of[0]"),
        (fixed() | {text: "x"}, "rules[0]"),
    ):
        document = campaign("base", rule)
        entry = made.send(made_record.campaign(json.dumps(document), campaign_id="base"))
        assert _reason(entry) == "INVALID_DOCUMENT"
        assert entry.rejection is not None
        assert entry.rejection.value.startswith(f"{place} holds a line break or another control character"[:80])
    settings = json.dumps(programme(version=2, title=text))
    assert _reason(made.send(made_record.programme(settings, version=2))) == "INVALID_DOCUMENT"


def test_a_version_is_published_once_and_in_order() -> None:
    """Versions never change: another body, or a lower number, is refused with the number to take."""
    made = engine()
    for version in (1, 3):
        assert made.send(_published(campaign("base", fixed(), version=version))).outcome == "DECIDED"
    for version in (1, 2, 3):
        entry = made.send(_published(campaign("base", fixed(7), version=version)))
        assert _reason(entry) == "VERSION_NOT_HIGHER"
        assert entry.rejection is not None
        assert "give it 4" in entry.rejection.mend


def test_a_campaign_and_a_programme_of_one_name_are_two() -> None:
    """Each has its versions."""
    made = engine()
    assert made.send(_published(campaign("journey", fixed()))).outcome == "DECIDED"
    assert made.publish(programme(version=2)).outcome == "DECIDED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tenant": "other"}, "tenant"),
        ({"programme": "other"}, "programme"),
        ({"campaign_id": "other"}, "campaign"),
        ({"version": 2}, "version"),
    ],
)
def test_a_document_must_be_what_its_record_says(changes: Document, field: str) -> None:
    """Else one campaign could be published under another's name."""
    entry = engine().send(_published(campaign("base", fixed()), **changes))
    assert _reason(entry) == "INVALID_DOCUMENT"
    assert entry.rejection is not None
    assert entry.rejection.field == field


@pytest.mark.parametrize(
    "document",
    ["", "{}", "[1]", '"text"', "[" * 50_000, " " * (DOCUMENT_LIMIT_CHARACTERS + 1), '{"tenant": null}', "\0"],
)
def test_a_document_with_a_fault_is_refused(document: str) -> None:
    """With where to find all of them; the public topic takes anything."""
    made = engine()
    for record in (made_record.campaign(document), made_record.programme(document)):
        entry = made.send(record)
        assert _reason(entry) == "INVALID_DOCUMENT"
        assert entry.rejection is not None
        assert "kopilka campaign check" in entry.rejection.mend


def test_the_largest_document_still_fits_into_an_entry() -> None:
    """It stands in its publication three times."""
    skus = [f"{number:0>190}" for number in range(1_000)]
    entry = engine().publish(campaign("base", fixed(lines={"sku": skus})))
    assert entry.outcome == "DECIDED"
    assert len(entry.publications[0].document) > DOCUMENT_LIMIT_CHARACTERS - 10_000
    assert len(encode_entry_body(entry)) < 1_000_000


@pytest.mark.parametrize(
    ("notice_minutes", "from_ms", "is_taken"),
    [
        pytest.param(5, 5 * MINUTE_MS, True, id="just-enough"),
        pytest.param(5, 5 * MINUTE_MS - 1, False, id="a-millisecond-short"),
        pytest.param(60, 59 * MINUTE_MS, False, id="a-longer-notice"),
        pytest.param(0, 0, True, id="no-notice"),
        pytest.param(0, -1, False, id="before-its-publication"),
    ],
)
def test_a_campaign_begins_after_its_notice(notice_minutes: int, from_ms: int, is_taken: bool) -> None:  # noqa: FBT001 (a column)
    """Unless it is marked retroactive."""
    made = engine(notice_minutes=notice_minutes)
    begin = format_instant(PUBLISHED_MS + from_ms)
    entry = made.publish(campaign("base", fixed(), retroactive=False, valid_from=begin))
    if is_taken:
        assert entry.outcome == "DECIDED"
    else:
        assert _reason(entry) == "VALID_FROM_TOO_EARLY"
        assert entry.rejection is not None
        assert entry.rejection.mend.startswith("begin at 2016-12-01T0")
        assert made.publish(campaign("base", fixed(), valid_from=begin)).outcome == "DECIDED"


def test_a_campaign_without_its_programme_has_the_usual_notice() -> None:
    """Five minutes; it waits for the programme's settings, and no receipt meets it before."""
    made = Engine()
    document = campaign("base", fixed(), retroactive=False, valid_from=format_instant(PUBLISHED_MS + 5 * MINUTE_MS - 1))
    assert _reason(made.send(_published(document), log_time_ms=PUBLISHED_MS)) == "VALID_FROM_TOO_EARLY"


def test_a_lower_version_is_never_adopted() -> None:
    """Messages of one sender cannot overtake each other; a bug that lets them changes nothing."""
    made = engine()
    made.publish(campaign("base", fixed(), version=2))
    adopted = made.entries[-1]
    (message,) = next(entry.messages for entry in reversed(made.entries) if entry.messages)
    headers = (
        (SENDER_HEADER, b"0"),
        (NUMBER_HEADER, str(message.number + 1).encode()),
        (TARGET_KIND_HEADER, b"partition"),
    )
    made.under_way.append((0, Record(b"journey:0", message.body, headers)))
    entry = made.carry()
    assert entry.rejection is not None
    assert (entry.outcome, entry.rejection.reason) == ("REFUSED", "VERSION_NOT_HIGHER")
    assert adopted.adoptions
    assert not entry.adoptions


def test_every_entry_says_which_rules_it_was_decided_by() -> None:
    """The hash over everything adopted; it changes with an adoption and with nothing else."""
    made = engine()
    first = made.send(made_record.receipt(receipt_number="1"))
    second = made.send(made_record.receipt(receipt_number="2"))
    made.publish(campaign("base", fixed()), at_ms=made_record.NOON_MS)
    third = made.send(made_record.receipt(receipt_number="3"))
    assert first.book_hash == second.book_hash
    assert third.book_hash not in {first.book_hash, bytes(32)}
    assert made.desks[0].book.hash == third.book_hash


def test_a_campaign_id_belongs_to_one_programme_of_its_tenant() -> None:
    """Accounts are named after it: two programmes would mix their money."""
    made = engine()
    made.publish(campaign("base", fixed()))
    other = campaign("base", fixed(), programme="other", version=2)
    assert _reason(made.send(_published(other, programme="other"))) == "INVALID_CAMPAIGN_ID"
