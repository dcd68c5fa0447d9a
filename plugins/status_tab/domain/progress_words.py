"""How far a program is, as it says so itself in a line of its output."""

from __future__ import annotations

import re

LARGEST = 2**63 - 1
_WHOLE = r"\d{1,3}(?:[,\u202f\u00a0']\d{3})+|\d{1,19}"
_SHARE = re.compile(rf"(?<![\d/.,-])({_WHOLE})\s*(?:/|\bof\b)\s*({_WHOLE})(?![\d/-])(?!\.\d)")
_PERCENT = re.compile(r"(?<![\d.,-])(\d{1,3})(?:[.,]\d{1,6})?\s?%")
_NO_DIGIT = re.compile(r"\D")


def progress_in(line: str) -> tuple[int, int] | None:
    """Steps done and steps in all that *line* tells of: ``62 %``, ``7688/12400`` or ``7,688 of 12,400``.

    Steps go before percent, which are rounded; of several the last counts. A date such as 24/11/2026 is none.

    Returns:
        None where the line says nothing of the kind.
    """
    for found in reversed(_SHARE.findall(line)):
        done, total = (int(_NO_DIGIT.sub("", each)) for each in found)
        if 0 < total <= LARGEST and done <= total:
            return done, total
    for percent in reversed(_PERCENT.findall(line)):
        if int(percent) <= 100:
            return int(percent), 100
    return None
