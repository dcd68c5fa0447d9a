"""What a gauge comes to over time: the last known value holds until the next one (formats.md 6).

Everything is whole numbers: a value times the microseconds that it held. So what is added up bit by bit, in
any order, comes to the same as what is added up at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from .months import Rule, end_of, start_of

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a gauge.

    Args:
        time: When it was read, in UTC.
        value: How much there was.
    """

    time: datetime
    value: int


@dataclass(frozen=True, slots=True)
class GaugeDay:
    """What the readings of one day come to; before the first of them the value of the days before holds.

    Args:
        first: Time of the first reading.
        last: Time of the last reading.
        held: Each value times the microseconds that it held, from the first reading to the end of the day.
        peak: The largest value.
        latest: The last value; of two at one moment the larger.
    """

    first: datetime
    last: datetime
    held: int
    peak: int
    latest: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A reading that arrives, and the readings that are there before and after it on its day.

    Args:
        reading: What arrives.
        before: The reading at its time or before, of two at one moment the larger; None for none.
        after: The time of the next one; None for none.
    """

    reading: Reading
    before: Reading | None = None
    after: datetime | None = None


def span(start: datetime, end: datetime) -> int:
    """The microseconds from *start* to *end*."""
    return (end - start) // _MICROSECOND


def distinct(readings: Iterable[Reading]) -> list[Reading]:
    """*readings* in order of time; of several at one moment the largest."""
    largest: dict[datetime, int] = {}
    for reading in readings:
        largest[reading.time] = max(reading.value, largest.get(reading.time, 0))
    return [Reading(time, largest[time]) for time in sorted(largest)]


def filled(day: GaugeDay | None, gaps: Sequence[Gap], end: datetime) -> GaugeDay:
    """*day* with further readings.

    Args:
        day: What is known of the day; None for nothing.
        gaps: The readings, one for each moment, in order of time, with their neighbours in what is known.
        end: When the day is over.
    """
    first, last = (day.first, day.last) if day else (end, gaps[-1].reading.time)
    held, peak, latest = (day.held, day.peak, day.latest) if day else (0, 0, 0)
    for index, gap in enumerate(gaps):
        new, before = gap.reading, gap.before
        peak = max(peak, new.value)
        if before and before.time == new.time and before.value >= new.value:
            continue
        until = gap.after or end
        if index + 1 < len(gaps):
            until = min(until, gaps[index + 1].reading.time)
        held += (new.value - (before.value if before else 0)) * span(new.time, until)
        first = min(first, new.time)
        if gap.after is None:
            last, latest = new.time, new.value
    return GaugeDay(first, last, held, peak, latest)


def whole(readings: Iterable[Reading], end: datetime) -> GaugeDay:
    """What the *readings* of a day that is over at *end* come to; there is one at least."""
    return filled(None, [Gap(reading) for reading in distinct(readings)], end)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figure of a month as it stood at the end of each of its days, by measure and in all.

    Args:
        parts: The figures of each measure that make the one in all, by id of the measure.
        total: The figure in all.
    """

    parts: Mapping[str, Sequence[int]]
    total: Sequence[int]


def figures(
    days: Mapping[str, Mapping[date, GaugeDay]],
    carried: Mapping[str, int],
    month: Sequence[date],
    rule: Rule,
    zone: tzinfo,
) -> Figures:
    """The running figure of a month for gauges that belong together, such as database and documents.

    Args:
        days: What is known of each day, by measure: every measure is there, its days may be missing.
        carried: The last value from before the month; a measure without any is missing.
        month: The days of the month, in order; only those so far.
        rule: How the figure is made.
        zone: The installation's time zone.
    """
    edges = [(day, start_of(day, zone), end_of(day, zone)) for day in month]
    lines = {measure: _running(known, carried.get(measure), edges) for measure, known in days.items()}
    if rule is Rule.PEAK:
        return _peaks({measure: [peak for _, peak, _ in line] for measure, line in lines.items()}, len(month))
    which = 0 if rule is Rule.AVERAGE else 2
    parts = {measure: [each[which] for each in line] for measure, line in lines.items()}
    return Figures(parts, [sum(each) for each in zip(*parts.values(), strict=True)])


def _running(
    days: Mapping[date, GaugeDay], value: int | None, edges: Iterable[tuple[date, datetime, datetime]]
) -> list[tuple[int, int, int]]:
    """For each day: the average of the month up to its end, the peak of the day, and its last value."""
    held = known = 0
    line = []
    for each, begin, end in edges:
        day = days.get(each)
        peak = 0 if day and day.first == begin else value or 0
        if value is not None:
            until = span(begin, day.first if day else end)
            held, known = held + value * until, known + until
        if day:
            held, known = held + day.held, known + span(day.first, end)
            value, peak = day.latest, max(peak, day.peak)
        line.append((held // known if known else 0, peak, value or 0))
    return line


def _peaks(peaks: Mapping[str, Sequence[int]], length: int) -> Figures:
    """The highest day so far, for each day; the parts are those of that day."""
    parts: dict[str, list[int]] = {measure: [] for measure in peaks}
    highest, total = 0, []
    for index in range(length):
        if sum(line[index] for line in peaks.values()) > sum(line[highest] for line in peaks.values()):
            highest = index
        for measure, line in peaks.items():
            parts[measure].append(line[highest])
        total.append(sum(line[highest] for line in peaks.values()))
    return Figures(parts, total)
