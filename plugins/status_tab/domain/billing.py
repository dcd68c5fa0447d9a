"""What one service came to in one month, and what that costs (formats.md 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from .installation import Reach, reach
from .metered import MeteredService
from .months import Rule
from .pace import Forecast
from .tariff import ServiceTariff, packages


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMonth:
    """What one metered service was used for in one month, what was included, and what the rest costs.

    Args:
        service: The service.
        month: First day of the month.
        used: The month's figure, by its rule; of a closed month the one that was closed.
        parts: What it is made of, by id of the measure, in the service's order; adds up to ``used``.
        included: What is included; None where no tariff speaks of the service.
        users: The users of the month, rounded up; None where nobody counted them: the smallest tier holds.
        overage: What lies above what is included.
        packages: Extra packages that it takes.
        unit_price: Price of one.
        price: Price of them all.
        currency: ISO 4217 code of the prices; "" where no tariff speaks of the service.
        closed: When the month was closed; None while it is open.
        late: How many events came after that; they change no figure.
        late_total: What those come to: a counter's sum, a gauge's largest value.
        tariff: What the tariff of that month says of the service; None where it says nothing.
        rule: How the figure is made.
    """

    service: MeteredService
    month: date
    used: int
    parts: tuple[tuple[str, int], ...]
    included: int | None
    users: int | None
    overage: int = 0
    packages: int = 0
    unit_price: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    currency: str = ""
    closed: datetime | None = None
    late: int = 0
    late_total: int = 0
    tariff: ServiceTariff | None = None
    rule: Rule = Rule.SUM

    @property
    def share(self) -> int:
        """How many percent of what is included are used, rounded down: 100 only when it is reached."""
        if not self.included:
            return 100 if self.included == 0 and self.used else 0
        return 100 * self.used // self.included

    @property
    def kind(self) -> Reach:
        """Kind of its badge and meter: plain below 85 %, a warning, stop from 100 % on (domain.md 1.7)."""
        if self.included is None or not (self.included or self.used):
            return Reach.PLAIN
        return reach(self.used, self.included)


def reckon(
    line: ServiceMonth, *, tariff: ServiceTariff | None, currency: str, users: int | None
) -> ServiceMonth:
    """*line* with what *tariff* says of its use: what is included, and what the rest costs.

    Args:
        line: Service, month and use.
        tariff: What holds for the service; None for nothing.
        currency: Currency of the tariff.
        users: The users of the month; None where nobody counted them: then the smallest tier holds.
    """
    if tariff is None:
        return replace(line, included=None, users=users)
    included = tariff.included(users or 1)
    number = packages(line.used, included, tariff.package)
    return replace(
        line,
        tariff=tariff,
        included=included,
        users=users,
        overage=max(0, line.used - included),
        packages=number,
        unit_price=tariff.price,
        price=number * tariff.price,
        currency=currency,
    )


def by_vendor(lines: Iterable[ServiceMonth]) -> list[tuple[ServiceMonth, ...]]:
    """*lines* by whose invoice they are on, and in which currency; SuperOffice's own come first."""
    found: dict[tuple[str, str], list[ServiceMonth]] = {}
    for line in lines:
        found.setdefault((line.service.plugin, line.currency), []).append(line)
    return [tuple(group) for _, group in sorted(found.items(), key=lambda each: bool(each[0][0]))]


def priced(line: ServiceMonth) -> ServiceMonth:
    """*line* reckoned anew by the tariff and the users it has, as after another use was put in."""
    return reckon(line, tariff=line.tariff, currency=line.currency, users=line.users)


def at_its_end(line: ServiceMonth, ahead: Forecast | None) -> ServiceMonth:
    """*line* as its month will end if it goes where it is heading; as it is where nothing can be said."""
    return line if ahead is None else priced(replace(line, used=ahead.expected))
