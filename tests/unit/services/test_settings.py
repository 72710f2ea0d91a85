"""Settings come from the environment, and each fault names the variable, the value and the mend."""

import os

import pytest

from services.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that the tests run on."""
    for name in list(os.environ):
        if name.startswith("KOPILKA_"):
            monkeypatch.delenv(name)


def test_without_any_variable_everything_is_embedded() -> None:
    """Four partitions, no addresses, ports of this machine alone."""
    settings = load_settings()
    assert (settings.eventlog_url, settings.database_url, settings.partitions) == (None, None, 4)
    assert settings.listen_host == "127.0.0.1"
    assert settings.code_key is None


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        pytest.param("KOPILKA_PARTITIONS", "abc", "KOPILKA_PARTITIONS is 'abc': Input should be", id="no-number"),
        pytest.param("KOPILKA_PARTITIONS", "0", "KOPILKA_PARTITIONS is '0'", id="no-partition"),
        pytest.param(
            "KOPILKA_EVENTLOG_URL",
            "kafka://broker:9092",
            "KOPILKA_EVENTLOG_URL is 'kafka://…': this release keeps the log in PostgreSQL",
            id="kafka",
        ),
        pytest.param("KOPILKA_EVENTLOG_URL", "db.example", "KOPILKA_EVENTLOG_URL is a text of 10", id="no-address"),
        pytest.param("KOPILKA_DATABASE_URL", "mysql://x", "set postgresql://user@host/database", id="other-database"),
        pytest.param("KOPILKA_CODE_KEY", "short", "at least 32 random characters", id="short-key"),
        pytest.param("KOPILKA_WORKER_ID", "a/b", "KOPILKA_WORKER_ID is 'a/b': use 1 to 64", id="bad-name"),
        pytest.param("KOPILKA_LOG_LEVEL", "loud", "KOPILKA_LOG_LEVEL is 'loud'", id="no-level"),
        pytest.param("KOPILKA_API_PORT", "70000", "KOPILKA_API_PORT is '70000'", id="no-port"),
    ],
)
def test_a_fault_names_variable_value_and_mend(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    """One line each, without a link or a trace."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody mends one to be told of the next."""
    monkeypatch.setenv("KOPILKA_PARTITIONS", "x")
    monkeypatch.setenv("KOPILKA_API_PORT", "y")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize("variable", ["KOPILKA_EVENTLOG_URL", "KOPILKA_DATABASE_URL", "KOPILKA_CODE_KEY"])
def test_no_password_is_shown(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """An address may hold one, and a fault may go into a log."""
    monkeypatch.setenv(variable, "ftp://me:hush@h" if variable != "KOPILKA_CODE_KEY" else "hush")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert "hush" not in str(raised.value)


def test_a_named_file_that_is_missing_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not silently left out: the caller meant something by it."""
    monkeypatch.setenv("KOPILKA_CONFIG", "not-there.toml")
    with pytest.raises(SettingsError, match=r"KOPILKA_CONFIG is 'not-there\.toml', and there is no such file"):
        load_settings()


def test_settings_are_replaced_in_a_copy() -> None:
    """The others stay."""
    settings = Settings(partitions=8)
    assert settings.replace(api_port=1).partitions == 8
    assert settings.api_port == 8080
