"""Where a month is heading, as one bar: what is used, what is included, and the range of what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from host.api import N_
from status_tab.domain.billing import ServiceMonth

from .marks import Figure, Mark, label, line, rect
from .usage_chart_words import Expected
from .usage_words import Writer

HEIGHT = 62
NOW, END = 28.4, 85.0
"""Where, in percent, what is used and the upper end of the range are if the scale need not begin at 0."""
FAR = 92.0
"""Where what is included is, if it lies beyond the range."""
LETTER, BOLD = 1.85, 2.2
"""Percent of the width that a letter takes in a panel."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A scale: which number is at the left end, and how many percent one takes."""

    low: float
    unit: float

    def across(self, number: int) -> float:
        return round(min(100.0, max(0.0, (number - self.low) * self.unit)), 1)


def pace_figure(now: ServiceMonth, ahead: Expected, write: Writer) -> Figure:
    """Draw where the month of *now* is and where it is heading; without a table, for text says the same."""
    return Figure(
        label=_words(now, ahead, write),
        height=HEIGHT,
        marks=list(_marks(now, ahead, write)),
        legend=[],
        columns=[],
        rows=[],
    )


def _marks(now: ServiceMonth, ahead: Expected, write: Writer) -> Iterator[Mark]:
    service, included = now.service, now.included
    low, high = (ahead.number if end is None else end for end in (ahead.low, ahead.high))
    scale = _scale(now.used, high, included)
    used, expected = scale.across(now.used), scale.across(ahead.number)
    yield rect("th-meter__track", 0, 100, 24, 8, 4)
    if used:
        yield rect("th-chart__bar", 0, used, 24, 8, 4)
    if high > now.used:
        left, right = scale.across(low), scale.across(high)
        yield rect("th-chart__bar--ahead", left, round(max(0.5, right - left), 1), 22.5, 11, 3)
        yield line("th-chart__band", expected, expected, 19, 37)
    if included is not None:
        limit = scale.across(included)
        yield line("th-chart__limit", limit, limit, 14, 42)
        said = write.say(N_("included %(amount)s", amount=write.amount(service, included)))
        yield label("th-chart__name", _inside(limit, said, BOLD), 9, "middle", said)
    so_far = write.say(N_("now %(amount)s", amount=write.amount(service, now.used)))
    if high <= now.used:
        yield label("", _inside(used, so_far), 52, "middle", so_far)
        return
    span = write.amount(service, low)
    if high > low:
        span = f"{write.figure(service, low)}–{write.amount(service, high)}"
    places = _beside(used, so_far, (scale.across(low) + scale.across(high)) / 2, span)
    for at, said in zip(places, (so_far, span), strict=True):
        yield label("", at, 52, "middle", said)


def _scale(used: int, high: int, included: int | None) -> _Line:
    """So that the range has room; it begins at 0 if what is included lies outside it."""
    if high > used and (included is None or used * 0.9 <= included <= high * 1.05):
        unit = (END - NOW) / (high - used)
        low = used - NOW / unit
        if low > 0:
            return _Line(low, unit)
    if included is None or included <= high:
        return _Line(0, END / max(1, high))
    return _Line(0, FAR / included)


def _inside(at: float, said: str, letter: float = LETTER) -> float:
    """The middle of a text that should be at *at* and must not leave the picture."""
    half = len(said) * letter / 2
    return round(min(max(at, half), 100 - half), 1)


def _beside(first: float, said: str, second: float, other: str) -> tuple[float, float]:
    """The middles of two texts, moved apart where they would touch."""
    left, right = _inside(first, said), _inside(second, other)
    room = (len(said) + len(other)) * LETTER / 2 + 2 * LETTER
    if right - left < room:
        left = _inside(right - room, said)
        right = _inside(left + room, other)
    return left, right


def _words(now: ServiceMonth, ahead: Expected, write: Writer) -> str:
    service = now.service
    said = [write.say(N_("Now %(amount)s.", amount=write.amount(service, now.used)))]
    if now.included is not None:
        said.append(write.say(N_("Included %(amount)s.", amount=write.amount(service, now.included))))
    likely = write.amount(service, ahead.number)
    if ahead.low is None or ahead.high is None:
        said.append(write.say(N_("Expected, most likely, %(likely)s.", likely=likely)))
    else:
        ends = {"low": write.amount(service, ahead.low), "high": write.amount(service, ahead.high)}
        said.append(
            write.say(
                N_("Expected between %(low)s and %(high)s, most likely %(likely)s.", **ends, likely=likely)
            )
        )
    return " ".join(said)
