"""The read API: balances, statements, receipts, causes, segments and reasons; errors say what to do."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from services.api.app import make_api
from services.backend import Backend
from services.settings import Settings
from tests.integration.services.played import Played


@pytest.fixture(scope="module")
def client(played: Played) -> Iterator[TestClient]:
    """The API on the played site."""
    backend = Backend(log_url=played.database_url, database_url=played.database_url)
    with TestClient(make_api(Settings(), backend)) as client:
        yield client


@pytest.fixture(scope="module")
def connection(played: Played) -> Iterator[psycopg.Connection]:
    """To ask the views the same."""
    with psycopg.connect(played.database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def member(connection: psycopg.Connection) -> str:
    """A member with several lines."""
    row = connection.execute(
        "SELECT member_id FROM reporting.member_statement GROUP BY member_id ORDER BY count(*) DESC, member_id LIMIT 1"
    ).fetchone()
    assert row is not None
    return str(row[0])


def test_a_balance_is_that_of_the_view(client: TestClient, connection: psycopg.Connection, member: str) -> None:
    """Integers beside their unit."""
    answer = client.get(f"/v1/tenants/journey/members/{member}/balance")
    assert answer.status_code == 200
    (balance,) = answer.json()["balances"]
    row = connection.execute(
        "SELECT unit, available FROM reporting.member_balance WHERE member_id = %s", [member]
    ).fetchone()
    assert (balance["unit"], balance["available_minor"]) == row


def test_a_statement_comes_in_pages(client: TestClient, member: str) -> None:
    """One line at a time gives the same as all at once, and the last balance is the member's."""
    path = f"/v1/tenants/journey/members/{member}/statement"
    whole = client.get(path).json()
    assert whole["next"] is None
    lines, after = [], None
    while True:
        page = client.get(path, params={"limit": 1} | ({} if after is None else {"after": after})).json()
        lines += page["lines"]
        after = page["next"]
        if after is None:
            break
    assert lines == whole["lines"]
    assert len(lines) > 1
    balance = client.get(f"/v1/tenants/journey/members/{member}/balance").json()["balances"][0]
    assert lines[-1]["balance_after_minor"] == balance["available_minor"]
    assert lines[0]["occurred_at"].endswith("Z")


def test_segments_name_their_position(client: TestClient, member: str) -> None:
    """One of each set."""
    segments = client.get(f"/v1/tenants/journey/members/{member}/segments").json()["segments"]
    assert [one["segment_set"] for one in segments] == ["abc", "activity"]
    assert sorted(segments[0]["position"]) == ["0", "1", "2", "3"]


def test_a_receipt_tells_what_rules_gave(client: TestClient, connection: psycopg.Connection) -> None:
    """And `why` tells the reasons, with the same amounts."""
    row = connection.execute(
        "SELECT store_id, till_id, receipt_number, business_date::text FROM reporting.receipt_effect "
        "WHERE campaign_id = 'base' ORDER BY 1, 2, 3 LIMIT 1"
    ).fetchone()
    assert row is not None
    key = "/".join(row)
    answer = client.get(f"/v1/tenants/journey/receipts/{key}").json()
    assert answer["receipt_key"] == key
    (given,) = [one["amount_minor"] for one in answer["effects"] if one["campaign_id"] == "base"]
    assert answer["owners"][0]["status"] == "RECORDED"
    (entry,) = client.get("/v1/tenants/journey/why", params={"key": key}).json()["entries"]
    (rule,) = [one for one in entry["rules"] if one["campaign_id"] == "base"]
    assert (rule["is_fired"], rule["amount_minor"]) == (True, given)


def test_causes_are_those_of_the_view(client: TestClient, connection: psycopg.Connection) -> None:
    """Each with its unit."""
    causes = client.get("/v1/tenants/journey/causes").json()["causes"]
    rows = connection.execute("SELECT campaign_id, unit, accrued FROM reporting.cause_total ORDER BY 1, 2").fetchall()
    assert [(one["campaign_id"], one["unit"], one["accrued_minor"]) for one in causes] == rows


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        pytest.param("/v1/tenants/Journey/causes", 422, "tenant", id="bad-tenant"),
        pytest.param("/v1/tenants/journey/members/h1/statement?limit=0", 422, "limit", id="empty-page"),
        pytest.param("/v1/tenants/journey/members/h1/statement?after=x", 422, "after", id="bad-place"),
        pytest.param("/v1/tenants/journey/receipts/s/1/1/2017-13-01", 422, "business_date", id="no-date"),
        pytest.param("/v1/tenants/journey/why", 422, "key", id="no-key"),
        pytest.param("/v1/tenants/journey/receipts/s/1/1/2017-01-01", 404, None, id="unknown-receipt"),
        pytest.param("/v1/tenants/journey/why?key=receipt:no", 404, None, id="unknown-key"),
        pytest.param("/v1/tenants/other/why?key=0/5", 404, None, id="another-tenants-entry"),
        pytest.param("/v2", 404, None, id="no-such-page"),
    ],
)
def test_errors_are_problems(client: TestClient, path: str, status: int, field: str | None) -> None:
    """With the field and the mend where there is one."""
    answer = client.get(path)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["detail"]
    if field is not None:
        (fault,) = problem["errors"]
        assert fault["field"] == field
        assert fault["mend"]


def test_a_member_that_never_had_points_has_none(client: TestClient) -> None:
    """Empty, not missing: nobody registers members here."""
    assert client.get("/v1/tenants/journey/members/nobody/balance").json()["balances"] == []


def test_health_and_metrics(client: TestClient) -> None:
    """Ready with its partitions; requests are counted by route, not by path."""
    assert client.get("/livez").json() == {"alive": True}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert [one["partition"] for one in ready.json()["partitions"]] == [0, 1, 2, 3]
    metrics = client.get("/metrics").text
    assert 'kopilka_api_requests_total{route="/livez",status="200"}' in metrics
    assert "kopilka_parked_entities 0.0" in metrics


def test_the_description_explains_every_answer(client: TestClient) -> None:
    """What OpenAPI shows: each operation has words, each amount a meaning."""
    description = client.get("/openapi.json").json()
    operations = [one for path in description["paths"].values() for one in path.values()]
    assert all(one.get("description") for one in operations)
    balance = description["components"]["schemas"]["UnitBalance"]["properties"]
    assert all(one.get("description") for one in balance.values())


def test_without_read_models_it_is_not_ready(newest_database_url: str, tmp_path: Path) -> None:
    """And says so, with when to come again."""
    backend = Backend(log_url=newest_database_url, database_url=newest_database_url)
    with TestClient(make_api(Settings(state_dir=tmp_path), backend)) as client:
        assert client.get("/readyz").status_code == 503
        answer = client.get("/v1/tenants/journey/causes")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
