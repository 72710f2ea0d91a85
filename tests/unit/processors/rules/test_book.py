"""Which version of which campaign is in force, and in which order campaigns stand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.rules.book import EMPTY_BOOK, Book, ProgrammeBook, build_book
from processors.rules.document import canonical_json, document_hash
from schemas.business_time import format_instant, parse_instant
from schemas.entry import DocumentChanged
from tests.unit.processors.made_document import Document, campaign, fixed, programme
from tests.unit.processors.rules.made_occasion import occasion
from tests.unit.schemas.made_record import line
from tests.unit.schemas.property import MANY

JAN, FEB, MAR, APR = (f"2017-0{month}-01T00:00:00Z" for month in range(1, 5))


def _change(document: Document, published: str | int) -> tuple[str, DocumentChanged]:
    at_ms = parse_instant(published) if isinstance(published, str) else published
    change = DocumentChanged(
        programme=document["programme"],
        campaign_id=document.get("campaign"),
        version=document["version"],
        document=canonical_json(document),
        published_at_ms=at_ms,
    )
    return document["tenant"], change


def _book(*changes: tuple[str, DocumentChanged]) -> ProgrammeBook:
    book = build_book([_change(programme(), JAN), *changes]).find("journey", "journey")
    assert book is not None
    return book


def _versions_at(book: ProgrammeBook, at: str | int) -> list[tuple[str, int]]:
    at_ms = parse_instant(at) if isinstance(at, str) else at
    return [rule.campaign for rule in book.index_at(at_ms).rules]


def _version(number: int, valid_from: str, **changes: object) -> Document:
    return campaign("c", fixed(number), version=number, valid_from=valid_from, **changes)


@pytest.mark.parametrize(
    ("at", "versions"),
    [
        ("2017-01-31T23:59:59.999Z", []),
        (FEB, [("c", 1)]),
        ("2017-02-28T23:59:59.999Z", [("c", 1)]),
        (MAR, []),
        (APR, []),
    ],
)
def test_a_campaign_runs_from_its_beginning_to_before_its_end(at: str, versions: list[tuple[str, int]]) -> None:
    """`valid_from` is included, `valid_until` is not."""
    book = _book(_change(_version(1, FEB, valid_until=MAR), JAN))
    assert _versions_at(book, at) == versions
    assert _versions_at(book, at) == versions, "the second look is the kept one"


def test_a_version_counts_from_its_publication_unless_it_is_retroactive() -> None:
    """What was paid before anybody could know of it follows the rules that were known."""
    book = _book(_change(_version(1, JAN, retroactive=False), FEB))
    assert [_versions_at(book, at) for at in (JAN, FEB)] == [[], [("c", 1)]]
    book = _book(_change(_version(1, JAN, retroactive=True), FEB))
    assert [_versions_at(book, at) for at in (JAN, FEB)] == [[("c", 1)], [("c", 1)]]


def test_of_several_versions_the_highest_that_has_begun_applies() -> None:
    """By `occurred_at`, so that a late receipt meets the version of its day."""
    book = _book(_change(_version(1, JAN), JAN), _change(_version(2, MAR), JAN), _change(_version(3, FEB), JAN))
    assert _versions_at(book, "2017-01-15T00:00:00Z") == [("c", 1)]
    assert _versions_at(book, "2017-02-15T00:00:00Z") == [("c", 3)]
    assert _versions_at(book, "2017-03-15T00:00:00Z") == [("c", 3)], "2 began later and is lower"


def test_a_version_that_has_ended_does_not_bring_back_the_one_before() -> None:
    """It was replaced when the later one began."""
    book = _book(_change(_version(1, JAN), JAN), _change(_version(2, FEB, valid_until=MAR), JAN))
    assert [_versions_at(book, at) for at in (JAN, FEB, MAR)] == [[("c", 1)], [("c", 2)], []]


def test_campaigns_fire_in_the_order_of_their_first_publication() -> None:
    """Ties by id; a later version keeps the place of its campaign."""

    def named(name: str, number: int = 1) -> Document:
        return campaign(name, fixed(), version=number)

    book = _book(
        _change(named("a"), FEB),
        _change(named("b"), JAN),
        _change(named("b", 2), MAR),
        _change(named("c"), JAN),
        _change(named("d"), FEB),
    )
    assert _versions_at(book, APR) == [("b", 2), ("c", 1), ("a", 1), ("d", 1)]


def test_the_latest_settings_apply() -> None:
    """The currency of the second version."""
    book = build_book(
        [_change(programme(), JAN), _change(programme(version=2, currency="EUR"), FEB), _change(_version(1, JAN), JAN)]
    ).find("journey", "journey")
    assert book is not None
    assert book.settings.currency == "EUR"
    assert book.settings.version == 2


def test_programmes_and_tenants_are_apart() -> None:
    """The same names under another tenant are other rules."""
    other = _change(programme(tenant="other"), JAN)
    book = build_book([_change(programme(), JAN), _change(_version(1, JAN), JAN), other])
    assert book.find("journey", "other") is None
    assert book.find("nobody", "journey") is None
    found = book.find("other", "journey")
    assert found is not None
    assert _versions_at(found, APR) == []


def test_campaigns_wait_for_their_programme() -> None:
    """Without settings there is no currency, no zone and no limit."""
    assert build_book([_change(_version(1, JAN), JAN)]).find("journey", "journey") is None


def test_an_empty_book_has_no_programme() -> None:
    """And the hash of nothing."""
    assert EMPTY_BOOK.find("journey", "journey") is None
    assert build_book([]) == EMPTY_BOOK


def test_the_hash_is_that_of_every_adopted_document() -> None:
    """Any change of any document changes it; none can be shifted into its neighbour."""
    changes = [_change(programme(), JAN), _change(_version(1, JAN), JAN), _change(_version(2, JAN), JAN)]
    books = [build_book(changes[:count]) for count in range(4)]
    assert len({book.hash for book in books}) == 4
    assert books[3].hash == document_hash([change.document for _, change in changes])
    assert document_hash(["ab", "c"]) != document_hash(["a", "bc"])
    assert all(isinstance(book, Book) for book in books)


def test_a_document_that_is_none_stops_the_book() -> None:
    """It was checked before it was adopted: a journal that holds it is forged, or a bug."""
    tenant, change = _change(programme(), JAN)
    broken = DocumentChanged(
        programme="journey", campaign_id="c", version=1, document="{}", published_at_ms=change.published_at_ms
    )
    with pytest.raises(ValueError, match="validation errors"):
        build_book([(tenant, change), (tenant, broken)])


_BASE = parse_instant(JAN)
_moments = st.integers(min_value=0, max_value=9)


@given(st.lists(st.tuples(_moments, _moments, st.none() | _moments, st.booleans()), min_size=1, max_size=4), _moments)
@MANY
def test_the_stretches_of_time_equal_asking_every_version(
    versions: list[tuple[int, int, int | None, bool]], moment: int
) -> None:
    """Rules are compiled once for a stretch in which they cannot change; any order of looking gives the same."""
    kept = [
        (begin, published, end, is_retroactive)
        for begin, published, end, is_retroactive in versions
        if end is None or end > begin
    ]
    changes = [
        _change(
            _version(
                number,
                format_instant(_BASE + begin),
                retroactive=is_retroactive,
                valid_until="none" if end is None else format_instant(_BASE + end),
            ),
            _BASE + published,
        )
        for number, (begin, published, end, is_retroactive) in enumerate(kept, 1)
    ]
    book = _book(*changes)
    for at in itertools.chain(range(-1, 11), [moment]):
        begun = [
            (number, end)
            for number, (begin, published, end, is_retroactive) in enumerate(kept, 1)
            if at >= begin and (is_retroactive or at >= published)
        ]
        wanted = [("c", begun[-1][0])] if begun and (begun[-1][1] is None or at < begun[-1][1]) else []
        assert _versions_at(book, _BASE + at) == wanted


def test_rules_that_fire_say_their_version() -> None:
    """It stands in effects, lots and accounts."""
    book = _book(_change(_version(1, JAN), JAN), _change(_version(2, FEB), JAN))
    fired = book.index_at(parse_instant(MAR)).fire(occasion(line()))
    assert [(rule.campaign, amount) for rule, amount in fired] == [(("c", 2), 2)]
