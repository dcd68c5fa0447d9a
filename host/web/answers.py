"""What of a plugin's answer reaches the browser: a fragment in the shell, a redirect, or a download."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import Response, redirect
from werkzeug.datastructures import Headers

from host.api.values import Tab
from host.engine.plugin import Plugin
from host.engine.plugin_app import EXPLAINED
from host.engine.prefixes import api_prefix, pages_prefix

from .addresses import stands_below
from .cards import status_card
from .freshness import ASK_AGAIN, fragment_tag, is_known, private
from .markup import RefusedAnswerError, rewritten
from .markup_rules import swaps_inside
from .shell import VARY, is_fragment_request, page

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
ITS_OWN = range(200, 500)
"""Statuses that a plugin may answer with; any other says that it failed, or is none for a browser."""
WITHOUT_BODY = frozenset({204, 304})
DOWNLOAD_HEADERS = ("Content-Disposition", "ETag")
HTMX_HEADERS = ("HX-Reselect", "HX-Reswap", "HX-Retarget", "HX-Trigger")
HISTORY_HEADERS = ("HX-Push-Url", "HX-Replace-Url")
LEADING_HEADERS = ("HX-Location", "HX-Redirect", *HISTORY_HEADERS)
"""Headers that bring the browser to another address, which must be the plugin's own."""
API_HEADERS = ("Location", "X-Pagination")
"""The second is how flask-smorest says which page of a list this is."""
CHECKED_HEADERS = (
    *DOWNLOAD_HEADERS,
    *API_HEADERS,
    *HTMX_HEADERS,
    *LEADING_HEADERS,
    "Cache-Control",
    "Content-Type",
)
_CHECKED = {name.lower(): name for name in CHECKED_HEADERS}
LONGEST_HEADER = 4_000
# HX-Location is more than an address to htmx: after a space or a comma it may name another path.
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9/._~%?&=+#-]*")


def accepted(plugin: Plugin, tab: Tab, answer: Response, *, nonce: str) -> Response:
    """The answer as it may be passed on, its HTML rewritten. Called before anything the plugin wrote is kept.

    The HTML of built-in plugins is not rewritten: a tenth of their time, and tests look at all their pages.

    Args:
        plugin: Who answered.
        tab: The tab it concerns.
        answer: What it answered, whole; it is left as it is.
        nonce: What inline scripts of a tab with scripts are given; it stands in this answer's policy.

    Raises:
        RefusedAnswerError: It leads out of the plugin, is of a type that is not allowed, is not UTF-8, or
            has something in it that would reach beyond its place.
    """
    check_headers(plugin, answer)
    if is_redirect(answer):
        _check_location(answer, pages_prefix(plugin.id))
    elif answer.status_code not in ITS_OWN:
        words = answer.get_data(as_text=True) if EXPLAINED in answer.headers else ""
        raise RefusedAnswerError(f"The plugin answered {answer.status_code}. {words}".strip())
    elif _is_page(answer):
        text = _text(answer)
        if not plugin.builtin or tab.scripts:
            html = rewritten(text, plugin=plugin.id, scripts=tab.scripts, nonce=nonce)
            answer = Response(html, answer.status_code, Headers(answer.headers))
    elif _brings_a_file(answer) and answer.mimetype not in DOWNLOADS:
        raise RefusedAnswerError(f"The answer's type {answer.mimetype!r} is not allowed.")
    return answer


def accepted_json(plugin: Plugin, answer: Response) -> Response:
    """The answer of a JSON API as it may be passed on. Called before anything the plugin wrote is kept.

    Raises:
        RefusedAnswerError: It leads out of the plugin's API, is of a type that is not allowed, or says that
            the plugin failed.
    """
    check_headers(plugin, answer)
    if is_redirect(answer) or "Location" in answer.headers:  # of what was made, with 201
        _check_location(answer, api_prefix(plugin.id))
    if answer.status_code not in ITS_OWN:
        said = answer.get_data(as_text=True)[:LONGEST_HEADER]
        raise RefusedAnswerError(f"The plugin answered {answer.status_code}. {said}".strip())
    silent = is_redirect(answer) or answer.status_code in WITHOUT_BODY
    if not silent and answer.mimetype not in DOWNLOADS:  # whatever it says it is: no card is drawn of it
        raise RefusedAnswerError(f"The answer's type {answer.mimetype!r} is not allowed in a JSON API.")
    return answer


def check_headers(plugin: Plugin, answer: Response) -> None:
    """Look at those headers of an answer that may be passed on.

    Raises:
        RefusedAnswerError: One of them leads or swaps out of the plugin, is too long, or cannot be sent.
    """
    sent = _passing_headers(answer)
    for name, value in sent.items():
        if len(value) > LONGEST_HEADER or not value.isprintable() or not _fits_a_header(value):
            raise RefusedAnswerError(f"The header {name} is too long or has characters it may not have.")
    retarget = sent.get("HX-Retarget", "")
    if (retarget and not swaps_inside(retarget)) or "target:" in sent.get("HX-Reswap", ""):
        raise RefusedAnswerError("HX-Retarget or HX-Reswap would swap something into the host's own page.")
    for name in LEADING_HEADERS:
        target = sent.get(name, "")
        if not target or (name in HISTORY_HEADERS and target in {"true", "false"}):
            continue
        prefix = pages_prefix(plugin.id)
        if not _PLAIN_ADDRESS.fullmatch(target) or not stands_below(target, prefix):
            raise RefusedAnswerError(f"{name}: {target!r} is not a plain address below {prefix}.")


def _passing_headers(answer: Response) -> dict[str, str]:
    """Those headers of *answer* that may be passed on; of one that comes twice the first, as everywhere."""
    found: dict[str, str] = {}
    for sent, value in answer.headers:
        name = _CHECKED.get(sent.lower())
        if name:
            found.setdefault(name, value)
    return found


def passed_json(answer: Response) -> Response:
    """An accepted answer of a JSON API as the client gets it."""
    if is_redirect(answer) or answer.status_code in WITHOUT_BODY:
        passed = Response(status=answer.status_code)
        del passed.headers["Content-Type"]
    else:
        passed = Response(answer.get_data(), answer.status_code, content_type=answer.content_type)
    _copy((*DOWNLOAD_HEADERS, *API_HEADERS), answer, passed)
    _keep(answer, passed, tagged="ETag" in answer.headers)
    return passed


def is_redirect(answer: Response) -> bool:
    """Whether the answer sends the person on."""
    return 300 <= answer.status_code < 400 and answer.status_code != 304


def passed_on(answer: Response, title: str, current: tuple[str, str], toasts: list[str]) -> Response:
    """An accepted answer as the browser gets it.

    Args:
        answer: What `accepted` returned.
        title: Name of the tab.
        current: Plugin and tab id.
        toasts: What to say once, where the answer is a page.
    """
    if EXPLAINED in answer.headers:
        return status_card(answer.status_code, answer.get_data(as_text=True) or None, current=current)
    if is_redirect(answer):
        return redirect(answer.headers["Location"], 303)  # type: ignore[return-value] # werkzeug's type is wider
    if is_fragment_request() and (_is_page(answer) or answer.status_code in WITHOUT_BODY):
        return _fragment(answer, title, current, toasts)
    if _is_page(answer):
        return page(answer.get_data(as_text=True), title, answer.status_code, current, toasts=toasts)
    passed = Response(answer.get_data(), answer.status_code, content_type=answer.content_type)
    _copy(DOWNLOAD_HEADERS, answer, passed)
    _keep(answer, passed, tagged="ETag" in answer.headers)
    return passed


def _fragment(answer: Response, title: str, current: tuple[str, str], toasts: list[str]) -> Response:
    """An answer to htmx: what it may keep, and what else it should do."""
    tag = "" if toasts else fragment_tag(answer, title, current)
    if answer.status_code in WITHOUT_BODY or is_known(tag):
        passed = Response(status=304 if is_known(tag) else answer.status_code)
        passed.vary.update(VARY)
    else:
        passed = page(answer.get_data(as_text=True), title, answer.status_code, current, toasts=toasts)
    if tag:
        passed.set_etag(tag, weak=True)
    if tag or not toasts:
        _keep(answer, passed, tagged=bool(tag))
    _copy((*HTMX_HEADERS, *LEADING_HEADERS), answer, passed)
    return passed


def _keep(answer: Response, passed: Response, *, tagged: bool) -> None:
    wish = answer.headers.get("Cache-Control", "") or (ASK_AGAIN if tagged else "")
    if wish:
        passed.headers["Cache-Control"] = private(wish)


def _copy(names: Iterable[str], answer: Response, passed: Response) -> None:
    for name in names:
        if name in answer.headers:
            passed.headers[name] = answer.headers[name]


def _is_page(answer: Response) -> bool:
    status = answer.status_code
    shown = EXPLAINED not in answer.headers and not is_redirect(answer) and status not in WITHOUT_BODY
    return shown and answer.mimetype == HTML


def _brings_a_file(answer: Response) -> bool:
    return EXPLAINED not in answer.headers and answer.status_code not in WITHOUT_BODY


def _text(answer: Response) -> str:
    charset = answer.mimetype_params.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8"}:
        raise RefusedAnswerError(f"The page is in {charset!r}, expected UTF-8.")
    try:
        return answer.get_data().decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedAnswerError(f"The page is not UTF-8: {error}.") from None


def _check_location(answer: Response, prefix: str) -> None:
    target = answer.headers.get("Location", "")
    if not stands_below(target, prefix):
        raise RefusedAnswerError(f"The redirect to {target!r} leaves {prefix}.")


def _fits_a_header(value: str) -> bool:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
