"""What stands beside the picture of twelve months: its finding, its legend, and the table behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from host.api import N_
from status_tab.domain.billing import ServiceMonth

from .usage_words import Writer, head, part


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the last month is heading for, in round numbers.

    Args:
        number: What it most likely ends with.
        low: The lower end of the range; None where nobody can say.
        high: Its upper end.
        end: The last day of the month.
    """

    number: int
    low: int | None
    high: int | None
    end: date


def legend(months: Sequence[ServiceMonth], ahead: Expected | None, write: Writer) -> list[dict[str, str]]:
    """What the colours mean."""
    keys = [("", N_("Within included") if months[-1].included is not None else N_("Used"))]
    if any(each.overage for each in months):
        keys.append(("th-key--over", N_("Above, billed in packages")))
    if ahead and ahead.number > months[-1].used:
        day = write.day(ahead.end)
        said = (
            N_("Expected by %(day)s", day=day)
            if ahead.low is None
            else N_("Expected by %(day)s, with range", day=day)
        )
        keys.append(("th-key--ahead", said))
    return [{"css": css, "label": write.say(said)} for css, said in keys]


def finding(months: Sequence[ServiceMonth], ahead: Expected | None, write: Writer) -> str:
    """What the picture shows, in words."""
    service, now = months[-1].service, months[-1]
    said = [write.say(N_("%(title)s each month.", title=write.say(service.title)))]
    above = [
        f"{write.month_name(each.month)} ({write.amount(service, each.used)})"
        for each in months
        if each.overage
    ]
    if above:
        said.append(write.say(N_("Above what is included in %(months)s.", months=write.listing(above))))
    elif now.included is not None:
        said.append(write.say(N_("Never above what is included.")))
    stands = {"month": write.month_name(now.month), "used": write.amount(service, now.used)}
    if ahead is None:
        said.append(write.say(N_("%(month)s stands at %(used)s.", **stands)))
    else:
        stands["expected"] = write.amount(service, ahead.number)
        said.append(
            write.say(N_("%(month)s stands at %(used)s and is expected to end near %(expected)s.", **stands))
        )
    return " ".join(said)


def columns(now: ServiceMonth, write: Writer) -> list[str]:
    """Heads of the table; storage has its parts apart."""
    parts = [part(measure) for measure, _ in now.parts] if len(now.parts) > 1 else []
    heads = [N_("Month"), *parts, head(now.service), N_("Included"), N_("Above"), N_("Packages")]
    return [write.say(each) for each in heads]


def row(month: ServiceMonth, write: Writer, address: Callable[[date], str]) -> list[str]:
    """One month in it; its name leads to *address*."""

    def amount(value: int | None) -> str:
        return "–" if value is None else write.amount(month.service, value)

    parts = [amount(value) for _, value in month.parts] if len(month.parts) > 1 else []
    link = Markup('<a href="{}">{}</a>').format(address(month.month), write.month(month.month))
    rest = [amount(month.used), amount(month.included), amount(month.overage), write.number(month.packages)]
    return [link, *parts, *rest]
