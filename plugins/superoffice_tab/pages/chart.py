"""Use over months as a picture: positions across in percent, down in pixels, so that text keeps its size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, count
from typing import Any, NamedTuple, Protocol

from babel import Locale
from babel.dates import format_skeleton, get_month_names
from babel.numbers import format_decimal

from host.api import N_, Text

HEIGHT, TOP, BOTTOM = 150, 12, 128
RIGHT = 99.0
ALONG = 1.55
"""Percent of the width that a digit of the scale takes."""
BAR = 0.6
"""Share of a month's place that its bar fills."""
_SMALL = (2, 4, 6, 8)
_STEPS = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80)


class Now(NamedTuple):
    """The use at this moment, and how many there are; None where nothing limits it."""

    in_use: int
    bought: int | None


class Month(Protocol):
    """The use in one month; None where nothing was counted, or nothing limits it."""

    @property
    def month(self) -> date:
        """Its first day."""

    @property
    def peak(self) -> int | None:
        """The highest use."""

    @property
    def bought(self) -> int | None:
        """How many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What ``host/components/chart.html`` draws; it says there what each part is."""

    label: str
    height: int
    marks: list[dict[str, Any]]
    legend: list[dict[str, str]]
    columns: list[str]
    rows: list[list[str]]


def figure(
    title: str, months: Sequence[Month], now: Now, *, locale: str, say: Callable[[Text], str]
) -> Figure | None:
    """Draw the use of the licence called *title* over *months*, oldest first, and how it is now.

    Args:
        locale: Language of the reader, such as ``da``.
        say: Translates.

    Returns:
        None while no month has a figure.
    """
    if not any(each.peak is not None for each in months):
        return None
    write = _Writer(Locale.parse(locale, sep="-"), say)
    return Figure(
        label=_finding(title, months, write),
        height=HEIGHT,
        marks=list(_marks(months, now, write)),
        legend=[
            {"css": "", "label": say(N_("Highest use in the month"))},
            {"css": "th-key--line", "label": say(N_("Bought"))},
        ],
        columns=[say(N_("Month")), say(N_("Highest use")), say(N_("Bought"))],
        rows=[
            *([write.month(each), write.number(each.peak), write.number(each.bought)] for each in months),
            [say(N_("Now")), write.number(now.in_use), write.number(now.bought)],
        ],
    )


def scale_top(largest: int) -> int:
    """The round and even number that ends a scale which has room for *largest*."""
    tens = (int(10**power) for power in count())
    ends = chain(_SMALL, (step * ten for ten in tens for step in _STEPS))
    return next(end for end in ends if end >= largest)


@dataclass(frozen=True, slots=True)
class _Writer:
    locale: Locale
    say: Callable[[Text], str]

    def number(self, value: int | None) -> str:
        """In the reader's way; a dash for none."""
        return "–" if value is None else str(format_decimal(value, locale=self.locale))

    def month(self, value: Month) -> str:
        """``Dec 2025``."""
        return str(format_skeleton("yMMM", value.month, locale=self.locale))

    def initial(self, value: Month) -> str:
        """``D``."""
        return str(get_month_names("narrow", "stand-alone", self.locale)[value.month.month])


def _finding(title: str, months: Sequence[Month], write: _Writer) -> str:
    """One sentence with what the picture shows."""
    known = [each for each in months if each.peak is not None]
    said = {
        "title": title,
        "first": write.month(known[0]),
        "last": write.month(known[-1]),
        "before": _share(known[0], write),
        "after": _share(known[-1], write),
    }
    full = _full_since(known)
    if full is None:
        text = N_(
            "Highest use of %(title)s each month, %(first)s to %(last)s: from %(before)s to %(after)s.",
            **said,
        )
    else:
        text = N_(
            "Highest use of %(title)s each month, %(first)s to %(last)s: from %(before)s to %(after)s,"
            " full since %(month)s.",
            **said,
            month=write.month(full),
        )
    return write.say(text)


def _share(month: Month, write: _Writer) -> str:
    if month.bought is None:
        return write.number(month.peak)
    used, total = write.number(month.peak), write.number(month.bought)
    return write.say(N_("%(used)s of %(total)s", used=used, total=total))


def _full_since(known: Sequence[Month]) -> Month | None:
    """The first of the months, up to the last one, in which all that were bought were in use."""
    since = None
    for each in reversed(known):
        if each.peak is None or not each.bought or each.peak < each.bought:
            break
        since = each
    return since


def _marks(months: Sequence[Month], now: Now, write: _Writer) -> Iterator[dict[str, Any]]:
    top = scale_top(max(now.in_use, *(number or 0 for each in months for number in (each.peak, each.bought))))
    left = round(ALONG * (len(write.number(top)) + 2.5), 2)
    place = (RIGHT - left) / len(months)

    def down(number: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * number / top, 1)

    for number in (0, top // 2, top):
        css = "th-chart__grid" if number else "th-chart__axis"
        yield _line(css, left, 100, down(number), down(number))
        yield _text(left - 1.5, down(number) + 4, "end", write.number(number))
    for index, each in enumerate(months):
        start = left + place * index
        if each.peak:
            yield {
                "shape": "rect",
                "css": "th-chart__bar",
                "x": round(start + place * (1 - BAR) / 2, 2),
                "width": round(place * BAR, 2),
                "y": down(each.peak),
                "height": round(BOTTOM - down(each.peak), 1),
                "rx": 2,
            }
        yield _text(round(start + place / 2, 2), 145, "middle", write.initial(each))
    for x1, x2, before, after in _steps(months, left, place):
        for css in ("th-chart__casing", "th-chart__limit"):
            yield _line(css, x1, x2, down(before), down(after))
    highest = max(now.in_use, months[-1].peak or 0, months[-1].bought or 0)
    said = write.say(N_("now %(number)s", number=write.number(now.in_use)))
    yield _text(100, down(highest) - 5, "end", said) | {"css": "th-chart__value th-chart__halo"}


def _steps(months: Sequence[Month], left: float, place: float) -> Iterator[tuple[float, float, int, int]]:
    """The line of what was bought, level by level: from where to where, and from which number to which."""
    begun, last = left, len(months) - 1
    for index, each in enumerate(months):
        end = 100.0 if index == last else round(left + place * (index + 1), 2)
        following = months[index + 1].bought if index < last else None
        if each.bought is not None and each.bought != following:
            yield begun, end, each.bought, each.bought
            if following is not None:
                yield end, end, each.bought, following
        if each.bought != following:
            begun = end


def _line(css: str, x1: float, x2: float, y1: float, y2: float) -> dict[str, Any]:
    return {"shape": "line", "css": css, "x1": x1, "x2": x2, "y1": y1, "y2": y2}


def _text(x: float, y: float, anchor: str, text: str) -> dict[str, Any]:
    return {"shape": "text", "css": "th-chart__tick", "x": x, "y": y, "anchor": anchor, "text": text}
