"""What an installation is: its database, satellites, plan and the plan's limits (domain.md 1.6, 1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PLANS = ("Starter", "Core", "Growth", "Plus", "Super")
"""The five plans of a CRM Suite subscription, from small to large."""

RESTRICTIONS = ("dashboards", "active-projects", "custom-objects", "active-marketing-flows")
"""What a plan can limit."""

LIMITS: dict[str, tuple[int | None, ...]] = {
    "dashboards": (3, None, None, None, None),
    "active-projects": (0, 100, None, None, None),
    "custom-objects": (0, 0, 15, None, None),
    "active-marketing-flows": (0, 0, 0, 10, None),
}
"""How many of each the plans allow, in their order; None for any number (domain.md 1.7)."""

LEVELS = ("central", "satellite")


class Reach(StrEnum):
    """How near the use of something is to its maximum; the value is the kind of badge and meter."""

    PLAIN = ""
    WARN = "warn"
    STOP = "stop"


def reach(in_use: int, maximum: int) -> Reach:
    """How near *in_use* is to *maximum*: plain below 85 %, then a warning, stop at 100 % (domain.md 1.7)."""
    if in_use >= maximum:
        return Reach.STOP
    return Reach.WARN if in_use * 100 >= maximum * 85 else Reach.PLAIN


def percent(in_use: int, maximum: int) -> float:
    """The share of *maximum* that is in use, in percent with one decimal, at most 100."""
    return 100.0 if in_use >= maximum else round(100 * in_use / maximum, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A limit of the plan.

    Args:
        name: One of `RESTRICTIONS`.
        in_use: How many there are now.
        maximum: How many the plan allows.
    """

    name: str
    in_use: int
    maximum: int

    @property
    def reach(self) -> Reach:
        """How near the limit is."""
        return reach(self.in_use, self.maximum)

    @property
    def percent(self) -> float:
        """The share in use."""
        return percent(self.in_use, self.maximum)

    @property
    def left(self) -> int:
        """How many more there may be."""
        return max(0, self.maximum - self.in_use)


@dataclass(frozen=True, slots=True, kw_only=True)
class Satellite:
    """A satellite database and the licences it occupies.

    Args:
        name: What it is called.
        licences: Full module names, lower case (``superoffice.satellite``).
    """

    name: str
    licences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What no licence file says about an installation (formats.md 5).

    Args:
        type: Kind and version of its database, such as ``MSSQL 16``.
        name: Name of its database.
        level: One of `LEVELS`.
        plan: One of `PLANS`; "" for a module-based subscription.
        restrictions: The limits of the plan.
        satellites: Its satellite databases.
    """

    type: str
    name: str
    level: str
    plan: str = ""
    restrictions: tuple[Restriction, ...] = ()
    satellites: tuple[Satellite, ...] = ()
