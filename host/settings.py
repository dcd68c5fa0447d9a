"""What the operator can set: environment variables that start with ``TABHOST_``, read here only."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from platformdirs import user_data_path

from host.domain.languages import LANGUAGES, is_zone
from host.engine.runner.limits import Limits
from host.services.limits import LIMITS, MEGABYTE

from .domain.errors import ConfigurationError

DEFAULT_PORT = 8080
RUNNER = "TABHOST_RUNNER_"
DEFAULT_ISOLATION = "process" if sys.platform == "linux" else "none"
"""Runners need what only Linux has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The host's settings.

    Args:
        data: Folder that everything is kept in (``TABHOST_DATA``; default: the user's data folder).
        database_url: Address of the database (``TABHOST_DATABASE_URL``; default: SQLite in the data folder).
        host: Address to listen on (``TABHOST_HOST``; default 127.0.0.1).
        port: Port to listen on (``TABHOST_PORT``; default 8080).
        timezone: The installation's zone (``TABHOST_TIMEZONE``; default UTC).
        language: Language where nobody chose one (``TABHOST_LANGUAGE``; default ``en``).
        title: What the screen is called (``TABHOST_TITLE``; default: Licences, in the reader's language).
        max_upload: Largest request body in bytes (``TABHOST_MAX_UPLOAD_MB``; default 6 MB).
        secret_key: What all keys are derived from (``TABHOST_SECRET_KEY``).
        secret_key_file: File that holds it instead (``TABHOST_SECRET_KEY_FILE``; without either it is made in
            the data folder at the first start).
        isolation: Whether third parties run in processes of their own (``TABHOST_ISOLATION``: ``process`` or
            ``none``; default: ``process`` on Linux).
        workers: How many web workers `tabhost serve` starts (``TABHOST_WORKERS``; default 2).
        limits: What a runner may use (``TABHOST_RUNNER_…``, see `services.limits`).
        environment: All variables, for plugins' settings.
    """

    data: Path
    database_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    timezone: str = "UTC"
    language: str = "en"
    title: str = ""
    max_upload: int = 6 * MEGABYTE
    secret_key: str = field(default="", repr=False)
    secret_key_file: str = ""
    isolation: bool = False
    workers: int = 2
    limits: Limits = field(default_factory=Limits)
    environment: Mapping[str, str] = field(repr=False)

    @property
    def base_url(self) -> str:
        """The address to open in a browser on this machine."""
        return f"http://{self.host}:{self.port}"

    def inside(self, folder: Path) -> Settings:
        """The same, but with everything kept in *folder*: for the demo, never the real data."""
        data = folder.resolve()
        return replace(self, data=data, database_url=f"sqlite:///{data / 'tabhost.db'}")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: A value is not usable; the text names the variable and what was expected.
    """
    data = Path(environment.get("TABHOST_DATA") or user_data_path("tabhost"))
    return Settings(
        data=data,
        database_url=environment.get("TABHOST_DATABASE_URL") or f"sqlite:///{data / 'tabhost.db'}",
        host=environment.get("TABHOST_HOST") or "127.0.0.1",
        port=_whole(environment, "TABHOST_PORT", DEFAULT_PORT, 65_535),
        timezone=_zone(environment.get("TABHOST_TIMEZONE") or "UTC"),
        language=_language(environment.get("TABHOST_LANGUAGE") or "en"),
        title=environment.get("TABHOST_TITLE", ""),
        max_upload=_whole(environment, "TABHOST_MAX_UPLOAD_MB", 6, 1000) * MEGABYTE,
        secret_key=environment.get("TABHOST_SECRET_KEY", ""),
        secret_key_file=environment.get("TABHOST_SECRET_KEY_FILE", ""),
        isolation=_isolation(environment.get("TABHOST_ISOLATION") or DEFAULT_ISOLATION),
        workers=_whole(environment, "TABHOST_WORKERS", 2, 64),
        limits=_limits(environment),
        environment=environment,
    )


def _isolation(text: str) -> bool:
    if text not in {"process", "none"}:
        raise ConfigurationError(f"TABHOST_ISOLATION is {text!r}. Expected process or none.")
    return text == "process"


def _limits(environment: Mapping[str, str]) -> Limits:
    known = {each.variable for each in LIMITS}
    unknown = sorted(each for each in environment if each.startswith(RUNNER) and each not in known)
    if unknown:
        raise ConfigurationError(f"{unknown[0]} is not known. Expected one of {', '.join(sorted(known))}.")
    changes = {}
    for each in LIMITS:
        text = environment.get(each.variable)
        if text:
            try:
                changes[each.field] = each.parse(text)
            except ValueError as error:
                raise ConfigurationError(f"{each.variable}: {error}.") from None
    return replace(Limits(), **changes)


def _whole(environment: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not 1 <= int(text) <= most:
        raise ConfigurationError(f"{name} is {text!r}. Expected a whole number from 1 to {most}.")
    return int(text)


def _zone(name: str) -> str:
    if not is_zone(name):
        raise ConfigurationError(
            f"TABHOST_TIMEZONE is {name!r}. Expected a name of the IANA list, such as Europe/Oslo."
        )
    return name


def _language(name: str) -> str:
    if name not in LANGUAGES:
        raise ConfigurationError(f"TABHOST_LANGUAGE is {name!r}. Expected one of {', '.join(LANGUAGES)}.")
    return name
