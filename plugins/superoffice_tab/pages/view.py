"""What the templates of the licence list are drawn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from superoffice_tab.domain.expiry import days_left
from superoffice_tab.domain.licences import LicenceType
from superoffice_tab.services.reading import COUNTED, SATELLITE, USER, LicenceView, OwnerView


class Show(StrEnum):
    """Which licences are listed."""

    ALL = "all"
    USER = "user"
    SYSTEM = "system"

    @property
    def kind(self) -> LicenceType | None:
        """The type to ask for; None for all."""
        return {Show.USER: LicenceType.USER, Show.SYSTEM: LicenceType.SYSTEM}.get(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the reader chose to see: the form above the list."""

    show: Show
    hidden: bool
    search: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The licence list in its groups (domain.md 1.2)."""

    user: list[LicenceView]
    system: list[LicenceView]
    satellite: list[LicenceView]

    @property
    def user_rows(self) -> Iterator[tuple[str, str, int | None, int | None, int | None, float | None]]:
        """`user` as its table has it: description, name of a hidden one, in use, total, free, share.

        Tuples, because a template takes them apart in no time, and asks an object for a field in a while.
        """
        for each in self.user:
            name = each.name if each.hidden else ""
            yield each.description, name, each.in_use, each.total, each.free, each.share


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFacts:
    """Dates of an owner with what they mean today (domain.md 1.5).

    Args:
        days_left: To the expiry date, negative once past; None where the licence never expires.
        upgrades_covered: Whether upgrades are covered today; None where that never ends.
        reminders_then: Whether reminders start on the day that upgrades are covered until.
    """

    days_left: int | None
    upgrades_covered: bool | None
    reminders_then: bool


def facts(owner: OwnerView, today: date) -> OwnerFacts:
    """What the dates of *owner* mean on the day *today*."""
    return OwnerFacts(
        days_left=None if owner.expiry is None else days_left(owner.expiry, today),
        upgrades_covered=None if owner.maintenance is None else today <= owner.maintenance,
        reminders_then=owner.warning is not None and owner.warning == owner.maintenance,
    )


def groups(licences: Sequence[LicenceView]) -> Groups:
    """Sort *licences* into their groups; what is of an unknown type is on or off."""
    user = [each for each in licences if each.kind == USER]
    satellite = [each for each in licences if each.kind == SATELLITE]
    system = [each for each in licences if each.kind not in COUNTED]
    return Groups(user=user, system=system, satellite=satellite)
