"""What the last activation changed, opened beside the list (domain.md 1.4)."""

from __future__ import annotations

from dataclasses import dataclass

from host.api import current_host
from superoffice_tab.services.details import titles
from superoffice_tab.services.history import LastActivation, last_activation
from superoffice_tab.services.reading import OwnerView


@dataclass(frozen=True, slots=True, kw_only=True)
class LastChange:
    """The last time that a set was put in force.

    Args:
        totals: Display name, total before, total after; None where the licence was or is not there.
    """

    activation: LastActivation
    totals: list[tuple[str, int | None, int | None]]


def last_change(owner: OwnerView) -> LastChange | None:
    """What was changed last for *owner*; None where nothing was written down of it."""
    found = last_activation(owner.name, current_host.session)
    if found is None:
        return None
    known = titles(owner, found.totals, current_host.session)
    totals = [(known.get(code, code), before, after) for code, (before, after) in found.totals.items()]
    return LastChange(activation=found, totals=sorted(totals, key=lambda each: each[0].casefold()))
