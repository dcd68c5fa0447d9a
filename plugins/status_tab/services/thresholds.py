"""How many users a month has, which decides what is included (formats.md 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from status_tab.domain.months import days_of, first_of, moved

Samples = Sequence[tuple[date, int]]
"""How many users there were, by day, oldest first; days without a sample are missing."""
AskUsers = Callable[[date], Samples]
"""Asks for the samples from a day on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthUsers:
    """The users of a month and how their number comes about.

    Args:
        month: First day of the month.
        days: The users of each day of the month so far; empty where nobody counted.
        average: Their average; None where nobody counted.
        users: The average rounded up: what decides on the tier; None where nobody counted.
    """

    month: date
    days: tuple[tuple[date, int], ...] = ()
    average: Decimal | None = None
    users: int | None = None

    @property
    def users_known(self) -> bool:
        """Whether anybody counted users; if not, the smallest tier holds, and the page says so."""
        return self.users is not None


def month_users(month: date, *, today: date, samples: Samples) -> MonthUsers:
    """The users of the month of *month*, up to *today* (formats.md 6).

    Days before the first sample count as the first, days missing in between as the day before.

    Args:
        month: Any day of the month.
        today: The last day that counts, in the installation's zone.
        samples: From a day before the month on, if there are such (`samples_since`).
    """
    known = dict(samples)
    before = [users for day, users in sorted(samples) if day < first_of(month)]
    value = before[-1] if before else (min(samples)[1] if samples else None)
    if value is None:
        return MonthUsers(month=first_of(month))
    days = []
    for day in days_of(month, today):
        value = known.get(day, value)
        days.append((day, value))
    total, number = sum(users for _, users in days), max(1, len(days))
    if not days:  # the month has not begun: what is known last is the best there is to say
        total = value
    return MonthUsers(
        month=first_of(month),
        days=tuple(days),
        average=Decimal(total) / number,
        users=-(-total // number),
    )


def samples_since(hooks: Any) -> AskUsers:
    """Asks the plugin that knows of licences for its daily counts of users.

    Args:
        hooks: ``current_host.hooks``.
    """

    def ask(since: date) -> Samples:
        return samples_in(hooks.status_licence_summary(users_since=since))

    return ask


def samples_in(answers: Iterable[tuple[str, Any]]) -> Samples:
    """The daily counts of users in the *answers* to ``status_licence_summary``: of the first that has any."""
    return next((sorted(summary.users) for _, summary in answers if summary and summary.users), ())


def users_by_month(months: Iterable[date], *, today: date, ask: AskUsers) -> dict[date, MonthUsers]:
    """The users of several months, asked for once.

    Args:
        months: First days of the months.
        today: The last day that counts, in the installation's zone.
        ask: Where the samples come from (`samples_since`).
    """
    wanted = sorted(set(months))
    # From a month before on: a month may begin without a sample.
    samples = ask(moved(wanted[0], -1)) if wanted else ()
    return {month: month_users(month, today=today, samples=samples) for month in wanted}


def no_users(since: date) -> Samples:  # noqa: ARG001 - one of the functions that can be asked
    """Where nobody can say how many users there are."""
    return ()
