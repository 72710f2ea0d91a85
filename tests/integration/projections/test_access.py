"""Analysts see the views, and in them only the rows of the tenants that are theirs."""

from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from projections.connection import connect
from projections.migrate import migrate
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
        _show(connection, "shop", "mall")
        connection.execute("SET ROLE kopilka_analyst")
        yield connection


def _show(connection: psycopg.Connection, *tenants: str) -> None:
    """Let the login see these tenants, and no other."""
    connection.execute("DELETE FROM reporting.analyst_tenant WHERE role_name = session_user")
    for tenant in tenants:
        connection.execute("INSERT INTO reporting.analyst_tenant VALUES (session_user, %s)", [tenant])


@pytest.mark.parametrize("view", VIEWS)
def test_an_analyst_sees_the_rows_of_the_tenant_that_is_named(analyst: psycopg.Connection, view: str) -> None:
    """Row-level security holds through every view; without a name all that are the login's are seen."""
    assert _tenants(analyst, view) == ["mall", "shop"]
    analyst.execute("SET kopilka.tenant = 'shop'")
    assert _tenants(analyst, view) == ["shop"]
    analyst.execute("SET kopilka.tenant = 'mall'")
    assert _tenants(analyst, view) == ["mall"]


@pytest.mark.parametrize("view", VIEWS)
def test_an_analyst_of_one_tenant_cannot_see_another(analyst: psycopg.Connection, view: str) -> None:
    """The border is the login; what a session sets only narrows it."""
    analyst.execute("RESET ROLE")
    _show(analyst, "shop")
    analyst.execute("SET ROLE kopilka_analyst")
    assert _tenants(analyst, view) == ["shop"]
    analyst.execute("SET kopilka.tenant = 'mall'")
    assert _tenants(analyst, view) == []
    analyst.execute("SET kopilka.tenant = ''")
    assert _tenants(analyst, view) == ["shop"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_login_that_is_not_named_sees_nothing(analyst: psycopg.Connection, view: str) -> None:
    """Rights to the views alone show no row, whatever the session sets."""
    analyst.execute("RESET ROLE")
    _show(analyst)
    analyst.execute("SET ROLE kopilka_analyst")
    analyst.execute("SET kopilka.tenant = 'shop'")
    assert _tenants(analyst, view) == []


def test_who_may_see_what_survives_a_new_schema_and_shows_only_itself(two_tenants_url: str) -> None:
    """A rebuild makes the read models anew, never the list; a login does not learn of others."""
    with psycopg.connect(two_tenants_url, autocommit=True) as connection:
        _show(connection, "shop")
        connection.execute("INSERT INTO reporting.analyst_tenant VALUES ('somebody', 'mall')")
        connection.execute("DROP SCHEMA read_model CASCADE")
        migrate(two_tenants_url)
        connection.execute("SET ROLE kopilka_analyst")
        assert connection.execute("SELECT tenant FROM reporting.analyst_tenant").fetchall() == [("shop",)]


def _tenants(connection: psycopg.Connection, view: str) -> list[str]:
    question = f"SELECT DISTINCT tenant FROM reporting.{view} ORDER BY tenant"  # noqa: S608 (names from the list above)
    return [tenant for (tenant,) in connection.execute(question)]


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
        pytest.param("INSERT INTO reporting.analyst_tenant VALUES ('me', 'mall')", id="another-tenant"),
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
