"""What the operator can set: environment variables that start with ``TABHOST_``, read here only."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path

from platformdirs import user_data_path

from host.domain.languages import LANGUAGES, is_zone
from host.domain.metering import USUAL_RATE
from host.domain.openid import OpenIdSettings, openid_from
from host.domain.outbound import Allowed, allowed_from
from host.domain.second_factor import Required
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
        trusted_proxy: IP address of the proxy that visitors come through, whose ``X-Forwarded-For``,
            ``-Proto`` and ``-Host`` are believed (``TABHOST_TRUSTED_PROXY``; default: nobody's are).
        secret_key: What all keys are derived from (``TABHOST_SECRET_KEY``).
        secret_key_file: File that holds it instead (``TABHOST_SECRET_KEY_FILE``; without either it is made in
            the data folder at the first start).
        second_factor: Who must have one (``TABHOST_SECOND_FACTOR``: ``optional``, ``administrators`` or
            ``everybody``; default: ``optional``).
        isolation: Whether third parties run in processes of their own (``TABHOST_ISOLATION``: ``process`` or
            ``none``; default: ``process`` on Linux).
        workers: How many web workers `tabhost serve` starts (``TABHOST_WORKERS``; default 2).
        limits: What a runner may use (``TABHOST_RUNNER_…``, see `services.limits`).
        openid: The identity provider that people may sign in with (``TABHOST_OIDC_…``, see `domain.openid`).
        audit_export: Folder for the daily export of the audit log (``TABHOST_AUDIT_EXPORT``; default: none).
        outbound: Whom the host may call by itself (``TABHOST_OUTBOUND_ALLOW``, ``TABHOST_OUTBOUND``).
        api_rate: Calls that one API token may make in a minute (``TABHOST_API_RATE``; default 600).
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
    trusted_proxy: str = ""
    secret_key: str = field(default="", repr=False)
    secret_key_file: str = ""
    second_factor: Required = Required.OPTIONAL
    isolation: bool = False
    workers: int = 2
    limits: Limits = field(default_factory=Limits)
    openid: OpenIdSettings | None = None
    audit_export: Path | None = None
    outbound: Allowed = field(default_factory=Allowed)
    api_rate: int = USUAL_RATE
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
        trusted_proxy=_address(environment.get("TABHOST_TRUSTED_PROXY", "")),
        secret_key=environment.get("TABHOST_SECRET_KEY", ""),
        secret_key_file=environment.get("TABHOST_SECRET_KEY_FILE", ""),
        second_factor=_required(environment.get("TABHOST_SECOND_FACTOR") or Required.OPTIONAL),
        isolation=_isolation(environment.get("TABHOST_ISOLATION") or DEFAULT_ISOLATION),
        workers=_whole(environment, "TABHOST_WORKERS", 2, 64),
        limits=_limits(environment),
        openid=openid_from(environment, _secret(environment, "TABHOST_OIDC_CLIENT_SECRET")),
        audit_export=Path(folder) if (folder := environment.get("TABHOST_AUDIT_EXPORT")) else None,
        outbound=allowed_from(
            environment.get("TABHOST_OUTBOUND_ALLOW", ""), environment.get("TABHOST_OUTBOUND", "")
        ),
        api_rate=_whole(environment, "TABHOST_API_RATE", USUAL_RATE, 1_000_000),
        environment=environment,
    )


def _required(text: str) -> Required:
    if text not in set(Required):
        raise ConfigurationError(f"TABHOST_SECOND_FACTOR is {text!r}. Expected one of {', '.join(Required)}.")
    return Required(text)


def _secret(environment: Mapping[str, str], name: str) -> str:
    """A secret out of the variable *name*, or out of the file that ``…_FILE`` names; "" for none."""
    given, file = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if given and file:
        raise ConfigurationError(f"{name} and {name}_FILE are both set. Expected one of them.")
    try:
        return Path(file).read_text("utf-8").strip() if file else given
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name}_FILE: {file} cannot be read: {error}.") from None


def _address(text: str) -> str:
    try:
        return str(ip_address(text)) if text else ""
    except ValueError:
        raise ConfigurationError(
            f"TABHOST_TRUSTED_PROXY is {text!r}. Expected the IP address of the proxy, such as 127.0.0.1."
        ) from None


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
