"""Texts in which a number chooses between singular and plural, in messages of errors, and in the store."""

from __future__ import annotations

import json

from host.api import Plain, Text

LONGEST = 1000
"""Characters of a text that is kept."""


def ngettext(singular: str, plural: str, n: int, **args: str | int) -> Text:
    """*singular* or *plural*, as *n* asks for; gettext's own name, known to extractors.

    Returns:
        The text; ``%(n)s`` in it is *n*.
    """
    return Text(id=singular, args=args, n=n, plural=plural)


def english(text: Text) -> str:
    """*text*, one of our own, as it is said in English."""
    said = text.plural if text.plural is not None and text.n != 1 else text.id
    return said % {"n": text.n, **text.args}


def packed(text: Text) -> str:
    """*text*, one without a plural, so that it can be kept and still be told in any language; "" for none."""
    if not text.id:
        return ""
    kept = json.dumps({"id": text.id, "args": dict(text.args)}, ensure_ascii=False)
    return kept if len(kept) <= LONGEST else english(text)[:LONGEST]


def unpacked(kept: str) -> Text | Plain:
    """What `packed` made *kept* of; anything else is told as it is."""
    try:
        said = json.loads(kept)
        values = {str(key): each for key, each in said["args"].items() if isinstance(each, str | int)}
        return Text(id=str(said["id"]), args=values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Plain(kept)
