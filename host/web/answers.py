"""What of a plugin's answer reaches the browser: a fragment in the shell, a redirect, or a download."""

from __future__ import annotations

from flask import Response, redirect

from host.engine.plugin_app import EXPLAINED

from .addresses import stands_below
from .cards import status_card
from .shell import page

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


class RefusedAnswerError(Exception):
    """A plugin answered what it may not; the text says what, for whoever looks after the plugin."""


def check(plugin: str, answer: Response) -> None:
    """Whether the answer may be passed on. Called before anything the plugin wrote is kept.

    Raises:
        RefusedAnswerError: It leads out of the plugin, is of a type that is not allowed, or is not UTF-8.
    """
    if is_redirect(answer):
        target = answer.headers.get("Location", "")
        if not stands_below(target, f"/tabs/{plugin}/"):
            raise RefusedAnswerError(f"The redirect to {target!r} leaves /tabs/{plugin}/.")
    elif answer.status_code >= 500:
        words = answer.get_data(as_text=True) if EXPLAINED in answer.headers else ""
        raise RefusedAnswerError(f"The plugin answered {answer.status_code}. {words}".strip())
    elif answer.status_code == 304 or EXPLAINED in answer.headers:
        return
    elif answer.mimetype == HTML:
        charset = answer.mimetype_params.get("charset", "utf-8").lower()
        if charset not in {"utf-8", "utf8"}:
            raise RefusedAnswerError(f"The page is in {charset!r}, expected UTF-8.")
        try:
            answer.get_data().decode("utf-8")
        except UnicodeDecodeError as error:
            raise RefusedAnswerError(f"The page is not UTF-8: {error}.") from None
    elif answer.mimetype not in DOWNLOADS:
        raise RefusedAnswerError(f"The answer's type {answer.mimetype!r} is not allowed.")


def is_redirect(answer: Response) -> bool:
    """Whether the answer sends the person on."""
    return 300 <= answer.status_code < 400 and answer.status_code != 304


def passed_on(answer: Response, title: str, current: tuple[str, str], toasts: list[str]) -> Response:
    """A checked answer as the browser gets it.

    Args:
        answer: What the plugin answered, whole.
        title: Name of the tab.
        current: Plugin and tab id.
        toasts: What to say once, where the answer is a page.
    """
    if EXPLAINED in answer.headers:
        return status_card(answer.status_code, answer.get_data(as_text=True) or None, current=current)
    if is_redirect(answer):
        return redirect(answer.headers["Location"], 303)  # type: ignore[return-value] # werkzeug's type is wider
    if answer.mimetype == HTML and answer.status_code != 304:
        body = answer.get_data(as_text=True)
        return page(body, title, answer.status_code, current, toasts=toasts)
    passed = Response(answer.get_data(), answer.status_code, content_type=answer.content_type)
    for name in PASSED_HEADERS:
        if name in answer.headers:
            passed.headers[name] = answer.headers[name]
    return passed
