"""The row of tabs: what stands in it, and the host's own pages at its far end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from host.api.values import N_, Actor, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TabBadge:
    """What needs attention, as it stands on a tab."""

    text: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TabLink:
    """One tab as it stands in the row."""

    title: str
    href: str
    current: bool
    icon: str = ""
    badge: TabBadge | None = None
    end: bool = False
    scripts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """A page of the host itself.

    Args:
        place: What a tab has as the ids of its plugin and of itself; no plugin may be called ``host``.
        title: What it is called.
        address: Where it stands.
        icon: Name of its icon.
        view: Permission to see it.
    """

    place: tuple[str, str]
    title: Text
    address: str
    icon: str
    view: str


PLUGINS_PAGE = OwnPage(
    place=("host", "plugins"),
    title=N_("Plugins"),
    address="/plugins",
    icon="plugin",
    view="host.plugins.view",
)
PEOPLE_PAGE = OwnPage(
    place=("host", "people"),
    title=N_("People"),
    address="/people",
    icon="people",
    view="host.people.view",
)
AUDIT_PAGE = OwnPage(
    place=("host", "audit"),
    title=N_("Audit"),
    address="/audit",
    icon="journal",
    view="host.audit.view",
)
OWN_PAGES = (PEOPLE_PAGE, PLUGINS_PAGE, AUDIT_PAGE)


def own_links(actor: Actor, current: tuple[str, str] | None, say: Callable[[Text], str]) -> list[TabLink]:
    """Links to the host's own pages that *actor* may see."""
    return [
        TabLink(
            title=say(each.title), href=each.address, current=each.place == current, icon=each.icon, end=True
        )
        for each in OWN_PAGES
        if actor.may(each.view)
    ]
