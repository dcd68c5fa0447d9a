"""When an answer of a plugin may be kept by the browser, and how it is asked whether it still stands.

A fragment is not sent alone: the row of tabs and its title come with it. A plugin's ETag therefore says too
little, and is mixed with all that the shell of this answer is drawn from: the reader's language and zone, the
session, the tabs and their badges, the product's version. So a list that is polled every few seconds costs a
304 as long as neither the plugin nor the house has something new to show. A whole page has no ETag at all,
and is never kept: somebody else may sit down at the same browser.
"""

from __future__ import annotations

import hashlib

from flask import Response, request
from werkzeug.http import parse_etags

from .doors import SAFE_METHODS
from .shell import is_fragment_request, make_shell
from .visitor import signed_in

LONGEST_TAG = 200
ASK_AGAIN = "no-cache"
_SHARED = frozenset({"private", "proxy-revalidate", "public", "s-maxage"})


def private(cache_control: str) -> str:
    """*cache_control* for one person's browser: no cache on the way may keep what was made for them."""
    parts = (each.strip() for each in cache_control.split(","))
    kept = [each for each in parts if each and each.partition("=")[0].strip().lower() not in _SHARED]
    return ", ".join(["private", *kept])


def fragment_tag(answer: Response, title: str, current: tuple[str, str]) -> str:
    """The tag of *answer* together with its shell; "" where there is none.

    Args:
        answer: A plugin's page, or its 304; it has a tag if the plugin gave it one.
        title: Name of the tab.
        current: Plugin and tab id.
    """
    tag, _ = answer.get_etag()
    fresh = request.method in SAFE_METHODS and is_fragment_request() and answer.status_code in {200, 304}
    if not tag or not fresh or len(tag) > LONGEST_TAG or '"' in tag or _is_something_to_say():
        return ""
    return f"{tag}.{_shell_tag(title, current)}"


def plugins_own_tags(header: str, title: str, current: tuple[str, str]) -> str:
    """An ``If-None-Match`` in the plugin's own tags, so that it need not draw what the browser has.

    A fragment's is handed on only as long as its shell is still the same; a download's always.

    Args:
        header: What the browser sent.
        title: Name of the tab.
        current: Plugin and tab id.
    """
    if not header or not is_fragment_request():
        return header
    ending = f".{_shell_tag(title, current)}"
    sent = parse_etags(header).as_set(include_weak=True)
    return ", ".join(f'"{each.removesuffix(ending)}"' for each in sorted(sent) if each.endswith(ending))


def is_known(tag: str) -> bool:
    """Whether the browser has what *tag* stands for."""
    return bool(tag) and request.if_none_match.contains_weak(tag)


def _shell_tag(title: str, current: tuple[str, str]) -> str:
    return hashlib.sha256(repr(make_shell(title, current)).encode()).hexdigest()[:16]


def _is_something_to_say() -> bool:
    person = signed_in()
    return bool(person and person.toasts)
