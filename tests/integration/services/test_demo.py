"""The demo: from nothing to balanced books on embedded parts, twice in the same folder, leaving nothing behind."""

from pathlib import Path

from tests.integration.services.played import LIMIT, call
from tests.postgres import short_state_dir


def test_the_demo_runs_twice_and_cleans_up() -> None:
    """First as data, then in words; each run begins with an empty database, and ends with its server stopped."""
    with short_state_dir() as folder:
        environment = {"KOPILKA_STATE_DIR": str(folder), "PATH": "/usr/bin:/bin"}
        answer = call(environment, "demo", "--limit", str(LIMIT), "--json")
        assert answer.exit_code == 0, answer.errors
        data = answer.data
        assert data["topics"]["sales.receipt.recorded.v1"] == LIMIT
        assert (data["trial_balance"]["is_clean"], data["verification"]["is_clean"]) == (True, True)
        assert data["verification"]["outcomes"].keys() <= {"DECIDED", "PENDING"}
        assert data["explained"][0]["is_same_when_decided_again"] is True
        assert data["top_member"]
        assert data["segment_size"]
        assert {row["campaign"] for row in data["party_statement"]} >= {"base"}
        assert not _has_server(folder)
        key = folder / "demo" / "code-key"
        assert key.stat().st_mode & 0o777 == 0o600

        again = call(environment, "demo", "--limit", str(LIMIT))
        assert again.exit_code == 0, again.errors
        for words in ("Members with the most points", "equations hold", "What to try next"):
            assert words in again.output
        assert not _has_server(folder)


def _has_server(folder: Path) -> bool:
    return (folder / "demo" / "postgres" / "data" / "postmaster.pid").exists()
