"""One month of one metered service, by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import request
from marshmallow import ValidationError

from host.api import NotFoundError, Plain, Text, current_host, requires
from status_tab.circumstances import Reading, reading, users_of
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.metered import Kind, MeteredService
from status_tab.domain.months import closes, days_of, first_of
from status_tab.schemas.usage_api import month_of
from status_tab.services.month_events import (
    DayMeasure,
    LateEvent,
    day_measures,
    first_counted,
    late_events,
)
from status_tab.services.months import day_totals, known_service, service_months
from status_tab.storage.months import marks

from .blueprint import pages
from .day_chart import day_figure
from .marks import Figure
from .metered_view import month_address
from .usage_words import Writer, head, ngettext, part, writer


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One day.

    Args:
        day: The day.
        total: Counter: its sum; storage: its last value, or that of the day before; None where there is none.
        events: How many events it has.
    """

    day: date
    total: int | None
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedDay:
    """The day that is opened.

    Args:
        day: The day.
        total: As in its row.
        events: How many events it has.
        measures: What it is made of.
    """

    day: date
    total: int
    events: int
    measures: Sequence[DayMeasure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What came after the month was closed.

    Args:
        number: How many events.
        said: That in words, with what they come to.
        events: The first of them; none where raw events were deleted.
    """

    number: int
    said: Text
    events: Sequence[LateEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPage:
    """The whole page.

    Args:
        line: The month's figures.
        rows: Its days so far.
        figure: Their picture; None where nothing was counted.
        opened: The day that is opened; None for none.
        late: What came after it was closed.
        head: What the figures are called.
        address: Where the page is.
    """

    line: ServiceMonth
    rows: Sequence[DayRow]
    figure: Figure | None
    opened: OpenedDay | None
    late: Late
    head: Text | Plain
    address: str

    @property
    def events(self) -> int:
        """How many events the month has."""
        return sum(row.events for row in self.rows)


@pages.get("/status/metered/<service>/<month>/")
@requires("status.view")
def show_month(service: str, month: str) -> str:
    """One month by day. ``day`` opens one of its days."""
    common, write = reading(), writer()
    line = counted_month(service, month, common)
    rows = day_rows(line.service, line.month, common)
    page = MonthPage(
        line=line,
        rows=rows,
        figure=day_figure(line, [(row.day, row.total) for row in rows], write)
        if any(row.total for row in rows)
        else None,
        opened=_opened(line.service, rows, request.args.get("day", ""), common),
        late=_late(line, common, write),
        head=head(line.service),
        address=month_address(line.service.id, line.month),
    )
    return current_host.render(
        "metered/month.html", page=page, closes=closes(line.month, common["zone"]), write=write, part=part
    )


def counted_month(service_id: str, text: str, common: Reading) -> ServiceMonth:
    """The month that *text* names, of a service.

    Raises:
        NotFoundError: There is no such service, or that is no month from the first with usage to this one.
    """
    service, today = known_service(service_id, common["services"]), common["today"]
    try:
        month = month_of(text)
    except ValidationError:
        raise NotFoundError(f"There is no month {text}; expected one such as {today:%Y-%m}.") from None
    first = first_counted(common["session"]) or first_of(today)
    if not min(first, first_of(today)) <= month <= today:
        raise NotFoundError(f"Nothing was counted in {month:%Y-%m}.")
    users = users_of([month], today)
    (line,) = service_months(service.id, last=month, number=1, users_by_month=users, **common)
    return line


def day_rows(service: MeteredService, month: date, common: Reading) -> list[DayRow]:
    """The days of a month so far, also those without an event."""
    known: Mapping[date, tuple[int, int]] = {
        day: (total, events)
        for day, total, events in day_totals(service.id, month, common["session"], common["services"])
    }
    stays = all(measure.kind is Kind.GAUGE for measure in service.measures)
    total: int | None = None if stays else 0
    rows = []
    for day in days_of(month, common["today"]):
        if day in known:
            number, events = known[day]
            rows.append(DayRow(day=day, total=number, events=events))
            total = number if stays else 0
        else:
            rows.append(DayRow(day=day, total=total, events=0))
    return rows


def _opened(service: MeteredService, rows: Sequence[DayRow], text: str, common: Reading) -> OpenedDay | None:
    row = next((each for each in rows if each.day.isoformat() == text), None)
    if row is None or not row.events:
        return None
    measures = day_measures(service, row.day, common["session"])
    return OpenedDay(day=row.day, total=row.total or 0, events=row.events, measures=measures)


def _late(line: ServiceMonth, common: Reading, write: Writer) -> Late:
    said = ngettext(
        "%(number)s event, %(amount)s",
        "%(number)s events, %(amount)s",
        line.late,
        number=write.number(line.late),
        amount=write.amount(line.service, line.late_total),
    )
    mark = marks(common["session"], [line.month]).get(line.month) if line.late else None
    if mark is None or mark.pruned:
        return Late(number=line.late, said=said, events=())
    events = late_events(line.service, line.month, line.late, mark, common["session"])
    return Late(number=line.late, said=said, events=events)
