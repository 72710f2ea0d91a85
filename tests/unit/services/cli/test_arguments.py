"""A call without what it needs says what is missing and how to get it, and ends with a code that is not 0."""

import json
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from services.cli.main import make_app

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may start one: what is wrong is found before."""
    monkeypatch.setenv("KOPILKA_EVENTLOG_URL", "memory://")
    monkeypatch.delenv("KOPILKA_DATABASE_URL", raising=False)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["ingest", "journey", "--limit", "0"], "--limit", id="limit-0"),
        pytest.param(["ingest", "journey", "--limit", "many"], "--limit", id="limit-no-number"),
        pytest.param(["ingest", "journey", "--speed", "0"], "a number above zero", id="speed-0"),
        pytest.param(["ingest", "journey", "--every", "0"], "--every", id="every-0"),
        pytest.param(["ingest"], "journey", id="nothing-to-ingest"),
        pytest.param(["campaign", "check"], "paths", id="no-file"),
        pytest.param(["doctor", "explain"], "key", id="no-key"),
        pytest.param(["doctor", "skip-lost", "sales.receipt.recorded.v1", "0", "5"], "--reason", id="no-reason"),
        pytest.param(["doctor", "retry-parked", "journey", "member"], "entity_id", id="no-entity"),
        pytest.param(["demo", "--limit", "0"], "--limit", id="demo-of-nothing"),
        pytest.param(["fly"], "fly", id="no-such-command"),
    ],
)
def test_a_wrong_call_names_what_is_wrong(arguments: list[str], expected: str) -> None:
    """Exit code 2, the custom for a wrong call."""
    result = CliRunner().invoke(make_app(), arguments)
    assert result.exit_code == 2
    assert expected in _COLOUR.sub("", result.output)


def test_a_log_in_memory_is_refused_by_what_takes_several_processes() -> None:
    """The text names the setting and both ways out."""
    result = CliRunner().invoke(make_app(), ["topics", "check"])
    assert result.exit_code == 2
    assert "KOPILKA_EVENTLOG_URL is 'memory://'" in result.output
    assert "leave it out for the embedded server" in result.output


def test_a_failure_is_json_when_json_was_asked_for() -> None:
    """A program that reads the answer reads the failure too."""
    result = CliRunner().invoke(make_app(), ["topics", "check", "--json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["kind"] == "SettingsError"


def test_a_missing_file_is_named() -> None:
    """Nothing is published then."""
    result = CliRunner().invoke(make_app(), ["campaign", "publish", "no-such-file.yaml"])
    assert result.exit_code == 1
    assert "there is no file no-such-file.yaml" in result.output


def test_a_faulty_setting_ends_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the words of `services.settings`."""
    monkeypatch.setenv("KOPILKA_PARTITIONS", "four")
    result = CliRunner().invoke(make_app(), ["doctor", "verify"])
    assert result.exit_code == 2
    assert "KOPILKA_PARTITIONS is 'four'" in result.output


@pytest.mark.parametrize("command", ["up", "worker", "relay", "projector", "segmenter", "api", "demo"])
def test_every_process_has_json(command: str) -> None:
    """As every other command."""
    result = CliRunner().invoke(make_app(), [command, "--help"])
    assert result.exit_code == 0
    assert "--json" in _COLOUR.sub("", result.output)


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    """`kopilka --help` takes a fraction of a second, because no client, model or data library comes with it."""
    code = "import sys; from services.cli.main import make_app; make_app(); print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pandas", "psycopg", "fastapi", "pydantic", "structlog", "prometheus_client", "rocksdict", "fastavro"}
    assert not heavy & set(done.stdout.split())
