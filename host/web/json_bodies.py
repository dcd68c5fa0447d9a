"""JSON that Python's reader would break on, refused before a plugin sees it, wherever the plugin lives.

A reader that is out of stack, or of patience with a number, raises something that no API takes for bad JSON,
and the plugin would be blamed for what was sent to it.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate

from flask import request
from flask_smorest import abort

DEEPEST = 100
"""Lists and objects within each other; a reader has room for several hundred, depending on who calls it."""
LONGEST_NUMBER = 1_000
"""Digits; Python reads up to 4300."""
LARGE = 1_000_000
"""Bytes of a body that is not taken apart all at once: each piece would need forty of its own."""

# Possessive, and with the end of a text optional: whatever was sent is read once and never again.
_TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NUMBER = re.compile(rb"[0-9]{%d}" % (LONGEST_NUMBER + 1))
_STEPS = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}
_NO_BRACKETS = bytes(each for each in range(256) if each not in _STEPS)


def refuse_unreadable() -> None:
    """Abort with 400 if the request brings such JSON."""
    if not request.is_json:
        return
    problem = problem_of(request.get_data())
    if problem:
        abort(400, message=f"{problem} Nothing was changed.", errors={"json": [problem]})


def problem_of(body: bytes) -> str:
    """Why *body*, which should be JSON, could not be read by anybody, and what to do; "" if it could.

    Whether it is JSON at all is for its reader to say.
    """
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        body = body.decode(encoding, "replace").encode()
    bare = _without_texts(body)
    if deepest(bare) > DEEPEST:
        return f"Lists and objects are nested more than {DEEPEST} deep. Send JSON that is flatter."
    if _NUMBER.search(bare):
        return f"A number has more than {LONGEST_NUMBER} digits. Send a smaller one."
    return ""


def _without_texts(body: bytes) -> bytes:
    if len(body) > LARGE or b"\\" in body:
        return _TEXTS.sub(b"", body)
    # Nothing is escaped: every second piece between quotation marks is a text. A fifth of the time.
    return b"".join(body.split(b'"')[::2])


def deepest(bare: bytes) -> int:
    """How many brackets are open at the same time in JSON whose texts were taken out."""
    brackets = bare.translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)
