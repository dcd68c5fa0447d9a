"""How figures of metered services are written, and what each service calls what it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

from host.api import N_, Plain, Text, current_host
from status_tab.domain.metered import BYTES_PER_GB, MeteredService

REMEMBERED = 2048
"""How many numbers and days are kept as written: a page says the same again and again."""
NO_BREAK = "\N{NO-BREAK SPACE}"
FORMATS = {"en": "en_GB"}
"""Languages whose dates are not written as Babel has them without a country; the host has the same."""

HEADS: Mapping[str, Text] = {
    "mailings": N_("Sent"),
    "customer-center-logins": N_("Logins"),
    "chat-sessions": N_("Sessions"),
    "form-submissions": N_("Submissions"),
}
"""What stands above a column of figures."""
USED = N_("Used")

BY: Mapping[str, Text] = {
    "storage": N_("GB by %(day)s, most likely"),
    "mailings": N_("emails by %(day)s, most likely"),
    "customer-center-logins": N_("logins by %(day)s, most likely"),
    "chat-sessions": N_("sessions by %(day)s, most likely"),
    "form-submissions": N_("submissions by %(day)s, most likely"),
}
"""What stands below the figure that a month is heading for."""
ANYTHING_BY = N_("by %(day)s, most likely")
UNIT_BY = N_("%(unit)s by %(day)s, most likely")

PACES: Mapping[str, Text] = {
    "storage": N_("Storage is on pace for %(expected)s."),
    "mailings": N_("Mailings are on pace for %(expected)s."),
    "customer-center-logins": N_("Customer center logins are on pace for %(expected)s."),
    "chat-sessions": N_("Chat sessions are on pace for %(expected)s."),
    "form-submissions": N_("Form submissions are on pace for %(expected)s."),
}
"""Where a month is heading, on the Status page."""

PARTS: Mapping[str, Text] = {"storage.database": N_("Database"), "storage.documents": N_("Documents")}
"""What the measures of one service are called; others by their id."""


def head(service: MeteredService) -> Text | Plain:
    """What stands above a column of figures of *service*."""
    return service.unit or HEADS.get(service.id, USED)


def part(measure: str) -> Text | Plain:
    """What a measure is called beside the others of its service."""
    return PARTS.get(measure, Plain(measure))


def ngettext(singular: str, plural: str, n: int, **args: str | int) -> Text:
    """*singular* or *plural*, as *n* asks for; gettext's own name, known to extractors."""
    return Text(id=singular, plural=plural, n=n, args=args)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes figures, days and sentences for one reader; storage in GB with one decimal.

    Args:
        locale: Whose numbers and dates.
        say: Translates.
    """

    locale: Locale
    say: Callable[[Text | Plain], str]

    def number(self, value: float | Decimal) -> str:
        """``12,840``."""
        return _number(value, None, self.locale)

    def figure(self, service: MeteredService, value: int) -> str:
        """``12,840``; of bytes ``31.2``, without the unit."""
        return self.number(round(Decimal(value) / BYTES_PER_GB, 1) if service.bytes else value)

    def amount(self, service: MeteredService, value: int) -> str:
        """The same with its unit."""
        said = self.figure(service, value)
        return f"{said} GB" if service.bytes else said

    def short(self, service: MeteredService, value: int, *, decimals: int = 0) -> str:
        """``73.0k``: for a picture, where there is no room."""
        if service.bytes:
            return self.number(round(Decimal(value) / BYTES_PER_GB, 1))
        for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
            if value >= size and value >= 10**4:
                pattern = "#,##0." + ("0" * decimals or "###")
                return f"{_number(Decimal(value) / size, pattern, self.locale)}{letter}"
        return self.number(value)

    def day(self, value: date) -> str:
        """``28 Nov``, which stays on one line."""
        return _date(value, "MMMd", self.locale).replace(" ", NO_BREAK)

    def days(self, first: date, last: date) -> str:
        """``26–30 Nov``."""
        return str(format_interval(first, last, "MMMd", locale=self.locale))

    def month(self, value: date) -> str:
        """``Nov 2026``."""
        return _date(value, "yMMM", self.locale)

    def month_name(self, value: date, *, short: bool = False) -> str:
        """``November``, ``Nov``."""
        return _name(value.month, short, self.locale)

    def listing(self, items: list[str]) -> str:
        """``a, b and c``."""
        return str(format_list(items, locale=self.locale))

    def by(self, service: MeteredService, day: date) -> str:
        """``emails by 30 Nov, most likely``."""
        if service.unit:
            return self.say(replace(UNIT_BY, args={"unit": self.say(service.unit), "day": self.day(day)}))
        return self.say(replace(BY.get(service.id, ANYTHING_BY), args={"day": self.day(day)}))

    def pace(self, service: MeteredService, expected: int) -> str:
        """A sentence: ``Mailings are on pace for 16,900.``."""
        said = self.amount(service, expected)
        if service.id in PACES:
            return self.say(replace(PACES[service.id], args={"expected": said}))
        return self.say(
            N_("%(service)s: on pace for %(expected)s.", service=self.say(service.title), expected=said)
        )


@lru_cache(REMEMBERED, typed=True)
def _number(value: float | Decimal, pattern: str | None, locale: Locale) -> str:
    return str(format_decimal(value, pattern, locale=locale))


@lru_cache(REMEMBERED)
def _date(value: date, skeleton: str, locale: Locale) -> str:
    return str(format_skeleton(skeleton, value, locale=locale))


@lru_cache(REMEMBERED)
def _name(month: int, short: bool, locale: Locale) -> str:
    return str(format_date(date(2000, month, 1), "LLL" if short else "LLLL", locale=locale))


def writer() -> Writer:
    """For whoever reads the page."""
    language = current_host.locale
    return Writer(
        Locale.parse(FORMATS.get(language, language), sep="-" if "-" in language else "_"),
        current_host.translate,
    )
