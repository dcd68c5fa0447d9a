"""What a licence set says: module owner, dates, and one licence a module (domain.md 3.1, 3.2, 4.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

SUPEROFFICE = "SUPEROFFICE"
"""The reserved owner, whose set gives the installation its serial number (formats.md 1)."""

PLAN = 1
"""Bit of ``extra_flags``: a user licence that is a plan, one of many for a person (domain.md 3.2)."""

_BRINGS = re.compile(r"(?:^|[\s;&])set=([^\s;&]*)", re.IGNORECASE)


class LicenceType(StrEnum):
    """What a licence is for; the values are SuperOffice's own names (domain.md 3.2, 4.2)."""

    UNKNOWN = "Unknown"
    SYSTEM = "SiteLicense"
    SATELLITE = "SatelliteLicense"
    USER = "UserLicense"

    @property
    def word(self) -> str:
        """The name used in this product's output: ``system``, ``satellite``, ``user`` or ``unknown``."""
        return self.name.lower()


class UserType(StrEnum):
    """Which kind of associate may hold a licence (domain.md 4.2)."""

    UNKNOWN = "Unknown"
    INTERNAL = "InternalAssociate"
    RESOURCE = "ResourceAssociate"
    EXTERNAL = "ExternalAssociate"
    ANONYMOUS = "AnonymousAssociate"
    SYSTEM = "SystemAssociate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleLicence:
    """One licence of a set (domain.md 3.2).

    Args:
        owner: Module owner, upper case.
        name: Code name without the owner, lower case, such as ``ten-sales``.
        type: What it is for.
        quantity: How many were bought; says nothing where `unrestricted`.
        unrestricted: Any number of people may hold it.
        hidden: Not in the list, and not assigned by hand.
        extra_flags: 1 marks a user plan, 2 the system-level marker of a plan.
        extra_info: For a plan ``set=user,web,…``: the hidden licences that come with it.
        prerequisite: Code name of the licence that is needed first; "" for none.
    """

    owner: str
    name: str
    description: str = ""
    tooltip: str = ""
    version: str = ""
    type: LicenceType
    quantity: int
    unrestricted: bool = False
    hidden: bool = False
    allowed_user_type: UserType = UserType.UNKNOWN
    extra_flags: int = 0
    extra_info: str = ""
    sort_order: int = 0
    prerequisite: str = ""

    @property
    def full_name(self) -> str:
        """Name with its owner, such as ``superoffice.ten-sales``."""
        return full_name(self.owner, self.name)

    @property
    def is_plan(self) -> bool:
        """Whether it is a user plan: a person holds at most one of an owner's."""
        return self.type is LicenceType.USER and bool(self.extra_flags & PLAN)

    @property
    def brings(self) -> tuple[str, ...]:
        """Code names of what comes with a plan; empty for anything else."""
        return brought_along(self.extra_info) if self.is_plan else ()

    @property
    def is_restricted(self) -> bool:
        """Whether no more people may hold it than were bought."""
        return self.type is LicenceType.USER and not self.unrestricted


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerDates:
    """The dates of an owner's set (domain.md 1.5): days without time or zone; None for never."""

    next_check: date | None = None
    warning: date | None = None
    expiry: date | None = None
    grace: date | None = None
    maintenance: date | None = None

    @property
    def stop(self) -> date | None:
        """The last day the set is good for: the grace date; without one there is no grace after expiry."""
        return self.grace or self.expiry


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSet:
    """Everything that one owner grants one installation (domain.md 3.1, 4.2)."""

    company: str
    serial: str
    owner: str
    description: str = ""
    dates: OwnerDates = field(default_factory=OwnerDates)
    extra_flags: int = 0
    extra_info: str = ""
    licence_url: str = ""
    licence_version: str = ""
    deployment_type: int | None = None
    product_type: str = ""
    product_description: str = ""
    licences: Sequence[ModuleLicence] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What was signed: a set, for whom, from when, and which one in the row (formats.md 1).

    Args:
        issuer: Owner name, upper case.
        audience: Serial number that the set is for.
        issued_at: When it was signed.
        not_before: From when on it may be activated.
        seq: Grows with every set issued for this owner and serial number.
        licence: The set.
    """

    issuer: str
    audience: str
    issued_at: datetime
    not_before: datetime
    seq: int
    licence: LicenceSet


def full_name(owner: str, name: str) -> str:
    """The full module name, lower case: ``superoffice.ten-sales``."""
    return f"{owner}.{name}".lower()


def brought_along(extra_info: str) -> tuple[str, ...]:
    """Code names listed in ``set=…`` of a plan's extra information, lower case, each once (domain.md 5.1)."""
    found = _BRINGS.search(extra_info)
    names = found.group(1).split(",") if found else []
    return tuple(dict.fromkeys(name.strip().lower() for name in names if name.strip()))


def tab_of(owner: str) -> str:
    """Id of the tab of a module owner: ``acme`` for ``ACME`` (design.md)."""
    return owner.lower()


def owner_of(tab: str) -> str:
    """Name of the module owner whose tab it is."""
    return tab.upper()
