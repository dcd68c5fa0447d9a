"""Passwords that everybody tries first: the common ones, and the words that this account and host suggest."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

LIST = ("words", "common-passwords.txt.gz")
"""16,000 passwords of at least 8 characters, one a line, folded; where they are from stands beside them."""
PRODUCTS = ("tabhost", "superoffice")
SHORTEST_WORD = 3
"""Characters of a word that suggests passwords; shorter ones stand in half of all passwords."""
_LOOKS = tuple(str.maketrans("0134@5$7!", each) for each in ("oieaassti", "oleaasstl", "oieaasst!"))
"""What people write for letters: ``5up3r0ff1c3``."""


@cache
def _common() -> frozenset[str]:
    packed = files("host").joinpath(*LIST).read_bytes()
    return frozenset(gzip.decompress(packed).decode("utf-8").removesuffix("\n").split("\n"))


def is_common(password: str) -> bool:
    """Whether it is on the list, in whatever case (ASVS 6.2.4)."""
    return password.casefold() in _common()


def without(password: str, words: Iterable[str]) -> str:
    """What is left of *password* without the *words*, and without the blanks and dots between them.

    The same as *password* if none of them stands in it. What looks like a letter counts as that letter.
    """
    longest_first = sorted(set(_parts(words)), key=lambda each: (-len(each), each))
    plain = password.casefold()
    shortest = password
    for look in (None, *_LOOKS):
        seen = plain if look is None else plain.translate(look)
        left = _rest(seen, longest_first)
        if len(left) < len(seen) and len(left) < len(shortest):
            shortest = left
    return shortest


def _rest(text: str, words: list[str]) -> str:
    found = [each for each in words if each in text]
    if not found:
        return text
    for each in found:
        text = text.replace(each, " ")
    return "".join(each for each in text if each.isalnum())


def _parts(words: Iterable[str]) -> Iterable[str]:
    """Each of the words whole, without blanks, and by its parts, folded."""
    for each in words:
        parts = each.casefold().split()
        yield from (part for part in (*parts, "".join(parts)) if len(part) >= SHORTEST_WORD)
