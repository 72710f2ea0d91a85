"""The secret for pack codes: made once, closed to others, and never replaced."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from services.code_key import load_code_key
from services.settings import CONFIG_VARIABLE, Settings, SettingsError, load_settings


def test_a_key_is_made_once_and_is_closed_to_others(tmp_path: Path) -> None:
    """Two calls give the same; 64 hexadecimal digits, mode 0600."""
    settings = Settings(state_dir=tmp_path / "state")
    key = load_code_key(settings)
    assert load_code_key(settings) == key
    assert len(bytes.fromhex(key.decode())) == 32
    assert (tmp_path / "state" / "code-key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / "state").iterdir()] == ["code-key"]


def test_the_settings_key_goes_before_the_files(tmp_path: Path) -> None:
    """And no file is made for it."""
    secret = "0123456789" * 4
    assert load_code_key(Settings(state_dir=tmp_path, code_key=SecretStr(secret))) == secret.encode()
    assert list(tmp_path.iterdir()) == []


def test_a_shared_log_needs_a_given_key(tmp_path: Path) -> None:
    """Another machine would make another one."""
    settings = Settings(state_dir=tmp_path, database_url="postgresql://h/d")
    with pytest.raises(SettingsError, match="KOPILKA_CODE_KEY is not set"):
        load_code_key(settings)


def test_settings_come_from_a_file_and_the_environment_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in the file is told with the file."""
    file = tmp_path / "kopilka.toml"
    file.write_text('partitions = 8\nlog_level = "debug"\n')
    monkeypatch.setenv(CONFIG_VARIABLE, str(file))
    monkeypatch.setenv("KOPILKA_PARTITIONS", "16")
    settings = load_settings()
    assert (settings.partitions, settings.log_level) == (16, "debug")
    file.write_text("partition = 8\n")
    with pytest.raises(SettingsError, match=r"partition in .*kopilka\.toml: there is no such setting"):
        load_settings()
    file.write_text("partitions =\n")
    with pytest.raises(SettingsError, match="is no TOML file"):
        load_settings()
