"""Where a month is heading, by how this installation's own past months went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

FEWEST = 3
"""Past months with use that it takes to say how far a forecast can be off."""
HOLDS = 80
"""In how many percent of the past months the range has to hold."""

Path = Sequence[int]
"""A month's figure as it stood at the end of each of its days: for a past month all of them."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a month is heading.

    Args:
        expected: What it most likely ends with; never below what is used already.
        low: The lower end of the range; None while there are too few past months to say.
        high: Its upper end.
        held: In how many past months the same forecast, made on the same day, was right within the range.
        of: How many past months with use there are.
        crossing: The day on which the threshold is likely reached; None if it is not.
        crossing_low: The earliest such day: the range's upper end leads there.
        crossing_high: The latest such day: the range's lower end; None if that does not lead there.
        end: The last day of the month.
    """

    expected: int
    low: int | None
    high: int | None
    held: int
    of: int
    crossing: date | None
    crossing_low: date | None
    crossing_high: date | None
    end: date


def same_day(done: int, days: int, length: int) -> int:
    """Which day of a month of *length* days is as far as day *done* of one of *days* days."""
    return (2 * done * length + days) // (2 * days)


def reached(path: Path, day: int) -> int:
    """The figure of *path* at the end of its day number *day*; 0 before the first."""
    return path[day - 1] if day else 0


def share(past: Sequence[Path], done: int, days: int) -> float:
    """Which part of their figure *past* months had on average when they were as far as day *done*."""
    return sum(reached(path, same_day(done, days, len(path))) / path[-1] for path in past) / len(past)


def heading(figure: int, past: Sequence[Path], done: int, days: int) -> int:
    """What a month ends with that stands at *figure* after *done* of *days* days, going by *past* months."""
    part = share(past, done, days)
    if figure and part:
        return int(figure / part)
    # Nothing yet, or nothing by then in other months: what came after that day still comes.
    rest = [path[-1] - reached(path, same_day(done, days, len(path))) for path in past]
    return figure + sum(rest) // len(rest)


def look_ahead(
    path: Path,
    past: Sequence[Path],
    *,
    first: date,
    days: int,
    done: int,
    steady: bool,
    threshold: int | None,
) -> Forecast | None:
    """Where a month is heading.

    The range is a backtest: for each past month the same forecast on the same day, without that month. It
    held for at least 80 % of them.

    Args:
        path: The month so far, today included.
        past: Past months, whole; those without use say nothing.
        first: First day of the month.
        days: How many days it has.
        done: How many of them are over.
        steady: Whether the figure stays what it is without further use, as that of storage does.
        threshold: What is included; None where no tariff says.

    Returns:
        None where nothing can be said.
    """
    known = [each for each in past if each[-1] > 0]
    few = len(known) < FEWEST
    if few and not (path and (done or steady)):
        return None
    found = _goes_on(path, done, days, steady) if few else _estimate(path, known, done, days)
    expected, low, high, held = found
    crossing, early, late = (
        _day(first, _crossing(path, goal, [] if few else known, days, done, threshold))
        for goal in (expected, high, low)
    )
    end = first + timedelta(days=days - 1)
    return Forecast(expected, low, high, held, len(known), crossing, early, late, end)


def _goes_on(path: Path, done: int, days: int, steady: bool) -> tuple[int, None, None, int]:
    """What the month ends with if it goes on as it is; too little is known for a range."""
    figure = reached(path, done)
    return max(path[-1], figure if steady else figure * days // done), None, None, 0


def _estimate(
    path: Path, past: Sequence[Path], done: int, days: int
) -> tuple[int, int | None, int | None, int]:
    """What the month ends with, the range around it, and in how many *past* months that held."""
    used = path[-1] if path else 0
    said = heading(reached(path, done), past, done, days)
    low, high, held = _range(said, past, done, days)
    expected = max(used, said)
    if low is not None and high is not None:
        low, high = min(expected, max(used, low)), max(expected, high)
    return expected, low, high, held


def _day(first: date, number: int | None) -> date | None:
    return None if number is None else first + timedelta(days=number - 1)


def _range(expected: int, past: Sequence[Path], done: int, days: int) -> tuple[int | None, int | None, int]:
    """The range around *expected*, and in how many of the *past* months it held."""
    errors = []
    for index, path in enumerate(past):
        others = [*past[:index], *past[index + 1 :]]
        day = same_day(done, days, len(path))
        said = heading(reached(path, day), others, day, len(path))
        if said:
            errors.append(path[-1] / said)
    errors.sort()
    wanted = -(-len(past) * HOLDS // 100)
    if len(errors) < wanted:
        return None, None, 0
    windows = [(errors[at], errors[at + wanted - 1]) for at in range(len(errors) - wanted + 1)]
    low, high = min(windows, key=lambda window: window[1] - window[0])
    low, high = min(low, 1.0), max(high, 1.0)
    return int(expected * low), ceil(expected * high), sum(low <= error <= high for error in errors)


def _crossing(
    path: Path, goal: int | None, past: Sequence[Path], days: int, done: int, threshold: int | None
) -> int | None:
    """The day on which a month that ends with *goal* reaches *threshold*, by its number; None for none."""
    if threshold is None or goal is None:
        return None
    for day, figure in enumerate(path, start=1):
        if figure >= threshold:
            return day
    if goal < threshold:
        return None
    figure, before = reached(path, done), share(past, done, days) if past else done / days
    for day in range(done + 1, days + 1):
        part = share(past, day, days) if past else day / days
        way = 1.0 if before >= 1 else (part - before) / (1 - before)
        if figure + (goal - figure) * way >= threshold:
            return day
    return days
