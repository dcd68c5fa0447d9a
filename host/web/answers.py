"""What of a plugin's answer reaches the browser: a fragment in the shell, a redirect, or a download."""

from __future__ import annotations

from flask import Response, redirect

from host.domain.errors import PluginFault
from host.engine.guard import new_error_id
from host.engine.plugin import Plugin
from host.engine.plugin_app import EXPLAINED

from .cards import fault_card, status_card
from .shell import household, page

HTML = "text/html"
DOWNLOADS = frozenset(
    {
        "application/json",
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "text/csv",
        "text/plain",
    }
)
PASSED_HEADERS = ("Cache-Control", "Content-Disposition", "ETag")


def passed_on(plugin: Plugin, answer: Response, title: str, current: tuple[str, str]) -> Response:
    """The answer of *plugin* as the browser gets it.

    Args:
        plugin: Who answered.
        answer: What it answered, whole.
        title: Name of the tab.
        current: Plugin and tab id.
    """
    if EXPLAINED in answer.headers:
        return status_card(answer.status_code, answer.get_data(as_text=True), current=current)
    if 300 <= answer.status_code < 400 and answer.status_code != 304:
        target = answer.headers.get("Location", "")
        if target.startswith(f"/tabs/{plugin.id}/"):
            return redirect(target, 303)  # type: ignore[return-value] # werkzeug's type is the wider one
        return _refused(plugin, title, current, f"The redirect to {target!r} leaves /tabs/{plugin.id}/.")
    if answer.mimetype == HTML and answer.status_code != 304:
        return _fragment(plugin, answer, title, current)
    if answer.status_code != 304 and answer.mimetype not in DOWNLOADS:
        return _refused(plugin, title, current, f"The answer's type {answer.mimetype!r} is not allowed.")
    passed = Response(answer.get_data(), answer.status_code, content_type=answer.content_type)
    _pass_headers(answer, passed)
    return passed


def _fragment(plugin: Plugin, answer: Response, title: str, current: tuple[str, str]) -> Response:
    try:
        body = answer.get_data().decode("utf-8")
    except UnicodeDecodeError as error:
        return _refused(plugin, title, current, f"The page is not UTF-8: {error}.")
    return page(body, title, answer.status_code, current)


def _pass_headers(answer: Response, passed: Response) -> None:
    for name in PASSED_HEADERS:
        if name in answer.headers:
            passed.headers[name] = answer.headers[name]


def _refused(plugin: Plugin, title: str, current: tuple[str, str], reason: str) -> Response:
    error_id = new_error_id()
    household().house.registry.ledger.record(plugin.id, 0.0, error_id=error_id, trace=reason)
    return fault_card(plugin, title, PluginFault(plugin.id, error_id, reason), current)
