"""API tokens for tests."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from host.domain.people import command_line
from host.services import access_tokens
from host.testing import HostKit


def make_token(kit: HostKit, user_id: str, *permissions: str, days: int = 90, name: str = "A program") -> str:
    """A token of an account, as its program has it."""
    actor = command_line(kit.house.registry.permissions())
    made = access_tokens.add_token(
        kit.house, user_id, name=name, permissions=permissions, days=days, actor=actor
    )
    return made[1]


def call(kit: HostKit, token: str | bytes, path: str, method: str = "GET", **options: Any) -> TestResponse:
    """Call the API as a program does: with a token, and with nothing of a browser."""
    text = token if isinstance(token, str) else token.decode("latin-1")
    headers = {"Authorization": f"Bearer {text}", **options.pop("headers", {})}
    return kit.app.test_client().open(path, method=method, headers=headers, **options)
