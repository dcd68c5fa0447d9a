"""Twelve months of one metered service as bars, with what is included and what extra packages add to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from host.api import N_, Text
from status_tab.domain.billing import ServiceMonth

from .marks import Figure, Levels, Mark, Plane, label, line, scale
from .usage_chart_words import Expected, columns, finding, legend, row
from .usage_words import Writer, ngettext

HEIGHT, ABOVE, BELOW, NAMES = 300, 14, 270, 291
MOST_PACKAGES = 3
"""How many lines of extra packages are drawn at most."""
APART = 13
"""Pixels that two labels need from each other."""
CAP = 0.8
"""Half the width of the ends of a range, in percent."""


def usage_figure(
    months: Sequence[ServiceMonth],
    ahead: Expected | None,
    *,
    write: Writer,
    address: Callable[[date], str],
) -> Figure:
    """Draw *months*, oldest first; the last one is not over.

    Args:
        months: One service in each month.
        ahead: What the last month is heading for; None where nothing can be said.
        write: Writes for the reader.
        address: Where a month is opened.
    """
    return Figure(
        label=finding(months, ahead, write),
        height=HEIGHT,
        marks=list(_marks(months, ahead, write)),
        legend=legend(months, ahead, write),
        columns=columns(months[-1], write),
        rows=[row(each, write, address) for each in months],
    )


def _marks(months: Sequence[ServiceMonth], ahead: Expected | None, write: Writer) -> Iterator[Mark]:
    service = months[-1].service
    limits = _limits(months, ahead)
    expected = [number for number in (ahead.number, ahead.high) if number] if ahead else []
    levels = [level for line_ in limits for level in line_ if level is not None]
    largest = max([1, *levels, *expected, *(each.used for each in months)])
    step, top = scale(largest, 10**8 if service.bytes else 1)
    ticks = [(number, write.short(service, number)) for number in range(0, top + 1, step)]
    left = max(8.0, 2.6 + 1.5 * max(len(said) for _, said in ticks))
    plane = Plane(top=top, left=left, places=len(months), above=ABOVE, below=BELOW)
    for number, said in ticks:
        css = "th-chart__grid" if number else "th-chart__axis"
        yield line(css, left, 100, plane.down(number), plane.down(number))
        yield label("th-chart__tick", left - 1, plane.down(number) + 4, "end", said)
    for index, each in enumerate(months):
        yield from _bar(plane, index, each, ahead if index == len(months) - 1 else None)
        name = write.month_name(each.month, short=True)
        yield label("th-chart__tick", plane.middle(index), NAMES, "middle", name)
    for number, limit in enumerate(limits):
        for x1, x2, before, after in plane.steps(limit):
            if not number:
                yield line("th-chart__casing", x1, x2, plane.down(before), plane.down(after))
            css = "th-chart__limit--2" if number else "th-chart__limit"
            yield line(css, x1, x2, plane.down(before), plane.down(after))
    if ahead:
        yield from _band(plane, len(months) - 1, ahead)
    yield from _values(plane, months, write)
    yield from _names(plane, months, ahead, limits, write)


def _limits(months: Sequence[ServiceMonth], ahead: Expected | None) -> list[Levels]:
    """What is included in each month, then that and one extra package, and so on below the highest month."""
    highest = [each.packages for each in months]
    now = months[-1]
    if ahead and now.included is not None and now.tariff and ahead.number > now.included:
        highest.append(-((now.included - ahead.number) // now.tariff.package))
    most = max(highest)
    number = min(MOST_PACKAGES, max(1, most - 1)) if most else 0
    return [
        [
            each.included + count * each.tariff.package
            if each.included is not None and each.tariff
            else (None if count else each.included)
            for each in months
        ]
        for count in range(number + 1)
    ]


def _bar(plane: Plane, index: int, month: ServiceMonth, ahead: Expected | None) -> Iterator[Mark]:
    if ahead and ahead.number > month.used:
        yield plane.bar(index, month.used, ahead.number, "th-chart__bar--ahead")
    within = month.used if month.included is None else min(month.used, month.included)
    if within:
        yield plane.bar(index, 0, within)
    if month.used > within:
        yield plane.bar(index, within, month.used, "th-chart__bar--over")


def _band(plane: Plane, index: int, ahead: Expected) -> Iterator[Mark]:
    if ahead.low is None or ahead.high is None:
        return
    middle, low, high = plane.middle(index), plane.down(ahead.low), plane.down(ahead.high)
    yield line("th-chart__band", middle, middle, high, low)
    for end in (high, low):
        yield line("th-chart__band", round(middle - CAP, 2), round(middle + CAP, 2), end, end)


def _values(plane: Plane, months: Sequence[ServiceMonth], write: Writer) -> Iterator[Mark]:
    for index, each in enumerate(months):
        if each.overage:
            said = write.short(each.service, each.used, decimals=1)
            yield label(
                "th-chart__value th-chart__tick th-chart__halo",
                plane.middle(index),
                round(plane.down(each.used) - 5.6, 1),
                "middle",
                said,
            )


def _names(
    plane: Plane,
    months: Sequence[ServiceMonth],
    ahead: Expected | None,
    limits: Sequence[Levels],
    write: Writer,
) -> Iterator[Mark]:
    """The names of the lines, each above the level that it ends with."""
    service, drawn = months[-1].service, [BELOW + APART * 2.0]
    for number, limit in enumerate(limits):
        level = next((each for each in reversed(limit) if each is not None), None)
        if level is None:
            continue
        down, said = round(plane.down(level) - 7, 1), write.amount(service, level)
        if not number:
            start = plane.start(_gap(months, ahead, level)) + 0.3
            yield label(
                "th-chart__name th-chart__halo",
                round(start, 2),
                down,
                "start",
                write.say(N_("Included %(amount)s", amount=said)),
            )
        elif drawn[-1] - down >= APART:
            drawn.append(down)
            yield label(
                "th-chart__name--2 th-chart__halo", 100, down, "end", write.say(_packages(number, said))
            )


def _packages(number: int, amount: str) -> Text:
    return ngettext(
        "%(number)s extra package %(amount)s",
        "%(number)s extra packages %(amount)s",
        number,
        number=number,
        amount=amount,
    )


def _gap(months: Sequence[ServiceMonth], ahead: Expected | None, level: int) -> int:
    """The first of the months in a row, the most there are, above whose bars a name has room."""
    best = run = 0
    found = begun = 0
    for index, each in enumerate(months):
        last = index == len(months) - 1
        high = max(each.used, (ahead.high or ahead.number) if ahead and last else 0)
        if high > level:
            run = 0
            continue
        begun, run = (index, 1) if not run else (begun, run + 1)
        if run > best:
            best, found = run, begun
    return found
