"""Where the addresses of a plugin stand: its pages below one prefix, its JSON API below another."""

from __future__ import annotations

from host.domain.errors import RejectedError

API = "/api/v1"


def pages_prefix(plugin: str) -> str:
    """What the address of every page of *plugin* begins with."""
    return f"/tabs/{plugin}/"


def api_prefix(plugin: str) -> str:
    """What every address of the JSON API of *plugin* begins with."""
    return f"{API}/{plugin}/"


def check_rule(plugin: str, rule: str) -> None:
    """Refuse a *rule* outside both prefixes of *plugin*.

    Raises:
        RejectedError: It stands elsewhere.
    """
    pages, api = pages_prefix(plugin), api_prefix(plugin)
    if not rule.startswith((pages, api)):
        raise RejectedError(f"The route {rule} stands outside {pages} and {api}.")
