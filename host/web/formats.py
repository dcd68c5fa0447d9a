"""Dates, numbers and money as the reader writes them. Everything comes from Babel's CLDR data."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, ClassVar

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone
from babel.numbers import format_currency, format_decimal, format_percent

from .texts import Speaker, babel_locale

if TYPE_CHECKING:
    from .rendering import Reader

TRUE_MINUS = "\N{MINUS SIGN}"
REMEMBERED = 4096
"""How many numbers, and how many days, are kept as written: a list says the same few again and again."""


class Formats:
    """The filters of templates, for one reader."""

    FILTERS: ClassVar = (
        "date",
        "datetime",
        "relative_day_time",
        "relative_day",
        "month",
        "number",
        "money",
        "percent",
    )

    def __init__(self, reader: Reader, speaker: Speaker) -> None:
        self._reader, self._speaker, self._language = reader, speaker, speaker.language

    @cached_property
    def _locale(self) -> Locale:
        return self._speaker.locale

    @cached_property
    def _zone(self) -> dt.tzinfo:
        return get_timezone(self._reader.timezone)

    @cached_property
    def _today(self) -> dt.date:
        return self._local(self._reader.now).date()

    def _local(self, value: dt.datetime) -> dt.datetime:
        return value.astimezone(self._zone)

    def date(self, value: dt.date) -> str:
        """``30 Jun 2027``; a moment is the day it falls on in the reader's zone."""
        day = self._local(value).date() if isinstance(value, dt.datetime) else value
        return _day(day, self._language)

    def datetime(self, value: dt.datetime) -> str:
        """``30 Jun 2027, 13:10``."""
        return f"{self.date(value)}, {self._time(value)}"

    def relative_day_time(self, value: dt.datetime) -> str:
        """``Today, 13:10``, ``Yesterday, 09:00``, ``26 Nov, 16:00``, ``26 Nov 2025, 16:00``."""
        return f"{self.relative_day(value)}, {self._time(value)}"

    def relative_day(self, value: dt.date) -> str:
        """``Today``, ``Yesterday``, ``Tomorrow``, or the date, with its year if it is another one."""
        day = self._local(value).date() if isinstance(value, dt.datetime) else value
        gettext = self._speaker.texts.ugettext
        words = {0: gettext("Today"), -1: gettext("Yesterday"), 1: gettext("Tomorrow")}
        away = (day - self._today) // dt.timedelta(days=1)
        if away in words:
            return words[away]
        if day.year == self._today.year:
            return format_skeleton("MMMd", day, locale=self._locale)
        return _day(day, self._language)

    def month(self, value: dt.date) -> str:
        """``November 2026``."""
        return format_skeleton("yMMMM", value, locale=self._locale)

    def number(self, value: int | float | Decimal) -> str:
        """``12,840``, with a true minus."""
        return _number(value, self._language)

    def money(self, value: Decimal, currency: str) -> str:
        """``EUR 32.40``: the currency by its code, so that nobody takes one dollar for another."""
        return format_currency(value, currency, "¤¤ #,##0.00", locale=self._locale).replace("-", TRUE_MINUS)

    def percent(self, value: float) -> str:
        """``86 %`` of a share between 0 and 1."""
        return format_percent(value, locale=self._locale)

    def _time(self, value: dt.datetime) -> str:
        return format_time(self._local(value), "HH:mm", locale=self._locale)


@lru_cache(REMEMBERED)
def _day(day: dt.date, language: str) -> str:
    return format_date(day, "medium", locale=babel_locale(language))


@lru_cache(REMEMBERED, typed=True)  # 1, 1.0 and True are equal, and may be written differently
def _number(value: int | float | Decimal, language: str) -> str:
    return format_decimal(value, locale=babel_locale(language)).replace("-", TRUE_MINUS)
