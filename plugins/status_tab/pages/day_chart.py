"""The days of one month as bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from host.api import N_
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.months import length

from .marks import Figure, Mark, Plane, label, line, scale
from .usage_words import Writer

HEIGHT, ABOVE, BELOW, NAMES = 170, 12, 140, 158
EVERY = 5
"""Of how many days one has its name below."""


def day_figure(month: ServiceMonth, days: Sequence[tuple[date, int | None]], write: Writer) -> Figure:
    """Draw *days* of *month*, with what was counted on each; its table stands below."""
    service = month.service
    highest, most = max(days, key=lambda each: each[1] or 0)
    return Figure(
        label=write.say(
            N_(
                "%(title)s by day. The highest is %(day)s with %(amount)s.",
                title=write.say(service.title),
                day=write.day(highest),
                amount=write.amount(service, most or 0),
            )
        ),
        height=HEIGHT,
        marks=list(_marks(month, days, write)),
        legend=[],
        columns=[],
        rows=[],
    )


def _marks(month: ServiceMonth, days: Sequence[tuple[date, int | None]], write: Writer) -> Iterator[Mark]:
    service = month.service
    step, top = scale(max([1, *(total or 0 for _, total in days)]), 10**8 if service.bytes else 1)
    ticks = [(number, write.short(service, number)) for number in range(0, top + 1, step)]
    left = max(8.0, 2.6 + 1.5 * max(len(said) for _, said in ticks))
    plane = Plane(top=top, left=left, places=length(month.month), above=ABOVE, below=BELOW)
    for number, said in ticks:
        css = "th-chart__grid" if number else "th-chart__axis"
        yield line(css, left, 100, plane.down(number), plane.down(number))
        yield label("th-chart__tick", left - 1, plane.down(number) + 4, "end", said)
    for index, (day, total) in enumerate(days):
        if total:
            yield plane.bar(index, 0, total)
        if day.day == 1 or (day.day % EVERY == 0 and day.day < 31):
            yield label("th-chart__tick", plane.middle(index), NAMES, "middle", write.number(day.day))
