"""What the list says of a set that waits to be activated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from host.api import InputError, Plain, Text, current_host
from superoffice_tab.circumstances import trusted
from superoffice_tab.domain.comparing import Change
from superoffice_tab.services.owner_page import OwnerPage
from superoffice_tab.services.pending import PendingView, pending


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSet:
    """A set that waits.

    Args:
        is_first: Whether nothing of this owner is in force yet.
        changed: How many licences it changes.
        blocked: Those of them with more holders than it grants.
        problem: Why it cannot be activated as things are; None where only holders may block it.
        totals: What it makes of the totals that change, by code name.
    """

    is_first: bool = False
    changed: int = 0
    blocked: list[Change] = field(default_factory=list)
    problem: Text | Plain | None = None
    totals: Mapping[str, int] = field(default_factory=dict)


def new_set(page: OwnerPage, found: PendingView | None = None) -> NewSet | None:
    """The set that waits for the owner of *page*, compared with what is in force; None where none does.

    Args:
        found: That set, where it was looked at already: comparing 1,000 licences twice takes its time.
    """
    if page.news.waiting is None:
        return None
    try:
        found = found or pending(
            page.name,
            session=current_host.session,
            roots=trusted(),
            timezone=current_host.installation_timezone,
            clock=current_host.clock,
        )
    except InputError as error:  # the setting of root keys leads nowhere: the list is shown all the same
        return NewSet(is_first=page.owner is None, problem=Plain(str(error)))
    if found is None:
        return None
    return NewSet(
        is_first=found.is_first,
        changed=len(found.changes),
        blocked=list(found.blocked),
        problem=found.verdict.text if found.verdict else None,
        totals={
            each.name: each.new_total
            for each in found.changes
            if each.new_total is not None and each.new_total != each.total
        },
    )
