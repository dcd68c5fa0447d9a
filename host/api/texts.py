"""Texts as people see them: filled in without surprises, and compared as an eye compares them.

What a plugin's catalogue says is a format string to Python, and ``%(n)09999999d`` is one of ten million
characters. So only the plainest place-holders are filled.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from .values import Plain, Text

LONGEST = 5_000
"""Characters of a text, and of what is put into it."""
_PLAIN = re.compile(r"[^%]*(?:%(?:%|\([A-Za-z_]\w*\)[sd])[^%]*)*")
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing, though their categories do not say so."""
_TRICKS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def filled(text: str, arguments: Mapping[str, str | int]) -> str | None:
    """*text* with *arguments* at ``%(name)s`` and ``%(name)d``, and ``%`` for ``%%``.

    Returns:
        None where the text has other place-holders, or the arguments do not fit.
    """
    text = text[:LONGEST]
    if not _PLAIN.fullmatch(text):
        return None
    values = {name: each[:LONGEST] if isinstance(each, str) else each for name, each in arguments.items()}
    try:
        return (text % values)[:LONGEST]
    except (KeyError, TypeError, ValueError):
        return None


def arguments_of(text: Text) -> dict[str, str | int]:
    """What is put into *text*."""
    if text.n is None or text.plural is None:
        return dict(text.args)
    return {"n": text.n, "num": text.n, **text.args}


def english(text: Text | Plain) -> str:
    """*text* as it is said in English; with its place-holders where they cannot be filled."""
    if isinstance(text, Plain):
        return text.text
    said = text.plural if text.plural is not None and text.n not in (None, 1) else text.id
    arguments = arguments_of(text)
    shown = filled(said, arguments) if arguments else said
    return said if shown is None else shown


def tricky(text: str) -> bool:
    """Whether *text* holds a character that steers, hides or is none: control, zero width, direction."""
    return any(unicodedata.category(each) in _TRICKS for each in text)


def unseen(character: str) -> bool:
    """Whether *character* shows nothing, blanks aside."""
    return tricky(character) or _UNSEEN.match(character) is not None


def folded(text: str) -> str:
    """*text* without what an eye does not tell apart: width, case, blanks, unseen marks.

    Letters of other scripts that look alike are other letters. What is left is "" if *text* shows nothing.
    """
    alike = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_UNSEEN.sub("", alike).split())
