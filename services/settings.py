"""Settings of all processes: environment variables with the prefix `KOPILKA_`, or a TOML file; nothing else.

Belongs here: what may be set, its bounds, and the words for what is wrong. What follows from a setting (which server
runs, which log is opened) is `backend`'s.
"""

from __future__ import annotations

import os
import socket
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from schemas.ids import ID_MEND, is_id
from services.embedded.state import state_dir

__all__ = ["CONFIG_VARIABLE", "Settings", "SettingsError", "load_settings"]

_PREFIX: Final = "KOPILKA_"
#: Names the TOML file.
CONFIG_VARIABLE: Final = "KOPILKA_CONFIG"
#: Taken from the working folder when the variable is not set and the file is there.
_USUAL_FILE: Final = Path("kopilka.toml")
#: Fewer could be tried out.
_CODE_KEY_CHARACTERS: Final = 32
#: Settings whose value may hold a password: only the form is shown.
_SECRET_FIELDS: Final = frozenset({"eventlog_url", "database_url", "schema_registry_url", "code_key"})
_POSTGRES_SCHEMES: Final = ("postgresql", "postgres")
_Port = Annotated[int, Field(ge=0, le=65_535)]


class SettingsError(Exception):
    """A setting is wrong; the text names the variable, the value and the mend, one line each."""


class Settings(BaseSettings):
    """What can be set. A field is the variable of its name in capitals behind `KOPILKA_`."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    #: `postgresql://…` or `memory://`; `None`: the database's server if that is given, else the embedded one.
    eventlog_url: str | None = None
    #: `postgresql://…`; `None`: the embedded server.
    database_url: str | None = None
    #: Of a Confluent schema registry; `None`: single-object Avro only.
    schema_registry_url: str | None = None
    #: Where this machine keeps what must outlive a process; `None`: the usual folder.
    state_dir: Path | None = None
    #: Of every input topic, the messages and the journal; never changes in the life of a cluster.
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 4
    #: Secret of the hashes of pack codes; `None`: embedded, one is made in the state folder.
    code_key: SecretStr | None = None
    #: Name of this worker (and relay) among its group; a restarted one must have its old name.
    worker_id: str = Field(default_factory=lambda: socket.gethostname()[:64] or "worker")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: `auto`: for people on a terminal, JSON elsewhere.
    log_format: Literal["auto", "json", "console"] = "auto"
    #: Where the API and the monitoring ports listen.
    listen_host: str = "127.0.0.1"
    api_port: _Port = 8080
    #: The worker serves /metrics, /livez, /readyz on this + 1, relay + 2, projector + 3, segmenter + 4; 0: nowhere.
    monitor_port: Annotated[int, Field(ge=0, le=65_500)] = 9100
    #: Seconds between two computations of segments.
    segment_interval_s: Annotated[int, Field(ge=1, le=31_536_000)] = 3600
    #: Seconds that a process may take to hand over what it began when it is told to stop.
    drain_limit_s: Annotated[int, Field(ge=1, le=3600)] = 20

    @field_validator("eventlog_url")
    @classmethod
    def _check_eventlog_url(cls, value: str | None) -> str | None:
        if value is None or value == "memory://" or value.partition("://")[0] in _POSTGRES_SCHEMES:
            return value
        if value.startswith("kafka://"):
            msg = "this release keeps the log in PostgreSQL or in memory; set postgresql://user@host/database"
            raise ValueError(msg)
        msg = "set postgresql://user@host/database or memory://, or leave it out for the embedded server"
        raise ValueError(msg)

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str | None) -> str | None:
        if value is None or value.partition("://")[0] in _POSTGRES_SCHEMES:
            return value
        msg = "set postgresql://user@host/database, or leave it out for the embedded server"
        raise ValueError(msg)

    @field_validator("code_key")
    @classmethod
    def _check_code_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _CODE_KEY_CHARACTERS:
            msg = f"set at least {_CODE_KEY_CHARACTERS} random characters, such as from: openssl rand -hex 32"
            raise ValueError(msg)
        return value

    @field_validator("worker_id")
    @classmethod
    def _check_worker_id(cls, value: str) -> str:
        if not is_id(value) or value.startswith("."):
            raise ValueError(ID_MEND)
        return value

    @classmethod
    def settings_customise_sources(  # Stays whole: the signature is pydantic-settings'.
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say where settings come from, the first that has one wins. Stays whole: the signature is the library's."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=_config_file())

    @property
    def folder(self) -> Path:
        """The state folder."""
        return state_dir(self.state_dir)

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 (any field's value)
        """Give these settings with some changed."""
        return self.model_copy(update=changes)


def _config_file() -> Path | None:
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    return _USUAL_FILE if _USUAL_FILE.is_file() else None


def load_settings() -> Settings:
    """Read the settings of this process.

    Raises:
        SettingsError: when one is wrong, or the file is; every fault that was found is told.
    """
    file = _config_file()
    if file is not None and not file.is_file():
        msg = f"{CONFIG_VARIABLE} is {str(file)!r}, and there is no such file; name a TOML file, or unset the variable"
        raise SettingsError(msg)
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        msg = f"{file} is no TOML file: {error}; write one setting a line, such as: partitions = 4"
        raise SettingsError(msg) from None
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        raise SettingsError("\n".join(_describe(dict(fault), file) for fault in faults)) from None


def _describe(fault: dict[str, Any], file: Path | None) -> str:
    field = str(fault["loc"][0])
    variable = f"{_PREFIX}{field.upper()}"
    where = variable if variable in os.environ else f"{field} in {file}"
    if fault["type"] == "extra_forbidden":
        return f"{where}: there is no such setting; one of these was meant: {', '.join(sorted(Settings.model_fields))}"
    return f"{where} is {_shown(field, fault['input'])}: {fault['msg'].removeprefix('Value error, ')}"


def _shown(field: str, value: object) -> str:
    if field not in _SECRET_FIELDS:
        return repr(value)
    scheme, separator, _ = str(value).partition("://")
    return f"'{scheme}://…'" if separator and field != "code_key" else f"a text of {len(str(value))} characters"
