"""Small pieces of markup that lists have in every row: made once for each value, and remembered.

They are filters because a filter costs a row of a list half a microsecond, and a macro ten. What comes in is
escaped like anything that a template writes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup

REMEMBERED = 2048
_TOO_LONG, _PART = re.compile(r"[^\s\0]{31,}"), re.compile(r".{6}(?=.)")
"""What is no word of a language, and hardly a name; and what stays together of it."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BREAK = Markup("<wbr>")
_METER = Markup(
    '<svg class="th-meter{classes}" aria-hidden="true">'
    '<rect class="th-meter__track" width="100%" height="100%" rx="3"/>'
    '<rect class="th-meter__fill" width="{share}%" height="100%" rx="3"/>{second}</svg>'
)
_SECOND = Markup('<rect class="th-meter__second" x="{share}%" width="{second}%" height="100%"/>')


@lru_cache(REMEMBERED, typed=True)  # 50 and 50.0 are equal, and written differently
def meter(share: float, kind: str = "", second: float | None = None, small: bool = False) -> Markup:
    """A share of a limit as a bar; components/meter.html says what the arguments mean."""
    classes = (f" th-meter--{kind}" if kind else "") + (" th-meter--s" if small else "")
    rest = "" if second is None else _SECOND.format(share=share, second=second)
    return _METER.format(classes=classes, share=share, second=rest)


@lru_cache(REMEMBERED)
def breakable(name: str) -> Markup:
    """A name that may break between its words, though they are written as one (PremiumService…).

    Very long words may break anywhere, so that they make no table wider than the window.
    """
    parted = "\0".join(_CAMEL.split(name))
    if _TOO_LONG.search(parted):
        parted = _TOO_LONG.sub(lambda found: _PART.sub("\\g<0>\0", found[0]), parted)
    return _BREAK.join(parted.split("\0"))
