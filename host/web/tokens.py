"""What a form must bring to be taken: the session's token, or one that is good for one plugin alone."""

from __future__ import annotations

import hashlib
import secrets

from itsdangerous import Signer

from host.engine.prefixes import api_prefix, pages_prefix


def plugin_token(session_token: str, plugin: str) -> str:
    """The token for forms of *plugin*: whoever has it cannot send a form to the host or to another plugin."""
    signer = Signer(session_token, salt=f"tabhost-form-{plugin}", digest_method=hashlib.sha256)
    return signer.get_signature(plugin).decode("ascii")


def is_good(sent: str, session_token: str, path: str, plugin: str | None) -> bool:
    """Whether *sent* lets a request in.

    Args:
        sent: What the request brought.
        session_token: The token of the session.
        path: The address it goes to.
        plugin: The plugin that the address names, if it names one.
    """
    if _same(sent, session_token):
        return True
    if plugin is None or not path.startswith((pages_prefix(plugin), api_prefix(plugin))):
        return False
    return _same(sent, plugin_token(session_token, plugin))


def _same(sent: str, wanted: str) -> bool:
    # Bytes: compare_digest refuses text that is not ASCII.
    return secrets.compare_digest(sent.encode(), wanted.encode())
