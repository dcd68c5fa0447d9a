"""What the templates of the licence list are drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from superoffice_tab.domain.counting import free
from superoffice_tab.domain.expiry import Standing, licence_state
from superoffice_tab.domain.licences import LicenceType
from superoffice_tab.services.ordering import ordered
from superoffice_tab.services.reading import COUNTED, LicenceView, OwnerView

from .choice import Choice

AS_ALWAYS = Choice()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A site licence with the satellite databases that occupy it (formats.md 5).

    Args:
        in_use: How many do; None where nobody knows.
    """

    licence: LicenceView
    in_use: int | None

    @property
    def unrestricted(self) -> bool:
        """Whether any number of satellites may have it."""
        return self.licence.unrestricted

    @property
    def total(self) -> int | None:
        """Bought; None where unrestricted."""
        return self.licence.total

    @property
    def free(self) -> int | None:
        """For how many more satellites it is good; None where that is not known."""
        total = self.total
        return None if total is None or self.in_use is None else free(self.in_use, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The licence list in its groups (domain.md 1.2)."""

    user: list[LicenceView]
    system: list[LicenceView]
    satellite: list[SiteRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFacts:
    """Dates of an owner with what they mean today (domain.md 1.5).

    Args:
        standing: How the licence stands.
        days_left: To the expiry date, negative once past; None where the licence never expires.
        upgrades_covered: Whether upgrades are covered today; None where that never ends.
        reminders_then: Whether reminders start on the day that upgrades are covered until.
    """

    standing: Standing
    days_left: int | None
    upgrades_covered: bool | None
    reminders_then: bool


def facts(owner: OwnerView, today: date) -> OwnerFacts:
    """What the dates of *owner* mean on the day *today*."""
    state = licence_state(owner.dates, today)
    return OwnerFacts(
        standing=state.standing,
        days_left=state.days_left,
        upgrades_covered=state.upgrades_covered,
        reminders_then=owner.warning is not None and owner.warning == owner.maintenance,
    )


def groups(
    licences: Sequence[LicenceView],
    choice: Choice = AS_ALWAYS,
    sites: Callable[[], Mapping[str, int] | None] = lambda: None,
) -> Groups:
    """Sort *licences*, which stand by name, into their groups; what is of an unknown type is on or off.

    Args:
        sites: Asks how many satellites occupy each site licence, by full name; asked only where there is one.
    """
    by_kind = {
        kind: [each for each in licences if each.kind == kind]
        for kind in (LicenceType.USER, LicenceType.SATELLITE)
    }
    system = [each for each in licences if each.kind not in COUNTED]
    satellite = _sites(by_kind[LicenceType.SATELLITE], sites) if by_kind[LicenceType.SATELLITE] else []
    return Groups(
        user=ordered(by_kind[LicenceType.USER], choice.sort, descending=choice.descending),
        system=ordered(system, choice.sort, descending=choice.descending),
        satellite=ordered(satellite, choice.sort, descending=choice.descending),
    )


def _sites(licences: Iterable[LicenceView], sites: Callable[[], Mapping[str, int] | None]) -> list[SiteRow]:
    used = sites()
    return [
        SiteRow(licence=each, in_use=None if used is None else used.get(each.name, 0)) for each in licences
    ]
