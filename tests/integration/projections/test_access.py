"""Analysts see the views, and in them only the rows of the tenant they name."""

from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from projections.connection import connect
from schemas.entry import Entry, SegmentChanged
from tests.integration.projections.made_entry import bought, effect, entry, posting, published, shares
from tests.integration.projections.made_journal import NOON_MS, MadeJournal
from tests.integration.projections.made_model import ask, project

VIEWS = [
    "cause_total",
    "member_balance",
    "member_statement",
    "party_statement",
    "receipt_effect",
    "segment_membership",
]


def _of(tenant: str, record: Entry) -> Entry:
    return msgspec.structs.replace(record, tenant=tenant)


@pytest.fixture
def two_tenants_url(every_model_url: str) -> str:
    """Read models in which two tenants have a row in every view."""
    made = MadeJournal()
    for tenant in ("shop", "mall"):
        made.write(0, _of(tenant, bought("1", f"anna-{tenant}", {"base": 50})))
        made.write(0, _of(tenant, entry("base", publications=[published("base", shares(retailer=10_000))])))
        segment = SegmentChanged(member_id="anna", segment_set="abc", segment="a", computed_at_ms=NOON_MS, position=[])
        gift = [
            posting("campaign", "money_owed", -5, owner="1", campaign_id="base", unit="USD"),
            posting("cause", "accrued", 5, owner="forest", campaign_id="base", unit="USD"),
        ]
        given = effect("base", 5, "1", beneficiary_id="forest", unit="USD")
        made.write(0, _of(tenant, entry("anna", segments=[segment], postings=gift, effects=[given])))
    project(made.log, every_model_url)
    return every_model_url


@pytest.fixture
def analyst(two_tenants_url: str) -> Iterator[psycopg.Connection]:
    """A connection with the rights of an analyst, and no more."""
    with psycopg.connect(two_tenants_url, autocommit=True) as connection:
        connection.execute("SET ROLE kopilka_analyst")
        yield connection


@pytest.mark.parametrize("view", VIEWS)
def test_an_analyst_sees_the_rows_of_the_tenant_that_is_named(analyst: psycopg.Connection, view: str) -> None:
    """Row-level security holds through every view; without a tenant there is nothing to see."""

    def tenants() -> list[tuple[str]]:
        return analyst.execute(f"SELECT DISTINCT tenant FROM reporting.{view}").fetchall()  # noqa: S608 (names from the list above)

    assert tenants() == []
    analyst.execute("SET kopilka.tenant = 'shop'")
    assert tenants() == [("shop",)]
    analyst.execute("SET kopilka.tenant = 'mall'")
    assert tenants() == [("mall",)]


def test_the_list_of_views_is_complete(model_url: str) -> None:
    """A new view is tried for its security too."""
    question = "SELECT table_name::text FROM information_schema.views WHERE table_schema = 'reporting' ORDER BY 1"
    assert ask(model_url, question) == [(view,) for view in VIEWS]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("SELECT * FROM read_model.receipt", id="a-table-no-view-stands-on"),
        pytest.param("SELECT * FROM read_model.journal_position", id="positions"),
        pytest.param("DELETE FROM read_model.account", id="a-write"),
    ],
)
def test_an_analyst_has_no_other_rights(analyst: psycopg.Connection, statement: str) -> None:
    """What no view shows, an analyst cannot read; nothing can be written."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute(statement)


def test_every_table_with_a_tenant_is_guarded(model_url: str) -> None:
    """A new table with a tenant is not forgotten by row-level security."""
    with connect(model_url) as connection:
        question = """
            SELECT c.relname FROM pg_class AS c INNER JOIN pg_attribute AS a ON c.oid = a.attrelid
            WHERE c.relnamespace = 'read_model'::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant'
            AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid))
        """
        assert connection.execute(question).fetchall() == []
