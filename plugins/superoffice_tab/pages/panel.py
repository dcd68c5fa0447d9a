"""What the panel of an opened licence is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from host.api import N_, Text, current_host
from superoffice_tab.domain.counting import free
from superoffice_tab.domain.licences import LicenceType, UserType
from superoffice_tab.services import history, people_list, use
from superoffice_tab.services.denials import LOOKED_BACK
from superoffice_tab.services.details import Details, details
from superoffice_tab.services.history import HistoryRow
from superoffice_tab.services.people_list import PeoplePage, PersonRow
from superoffice_tab.services.reading import OwnerView

from .chart import Figure, Now, figure
from .choice import Choice

FEW, MANY = 6, 50
"""How many holders are shown at first, and how many on each page of all of them."""

ALLOWED: Mapping[UserType, Text] = {
    UserType.UNKNOWN: N_("Everybody"),
    UserType.INTERNAL: N_("Employees"),
    UserType.RESOURCE: N_("Resources"),
    UserType.EXTERNAL: N_("External people"),
    UserType.ANONYMOUS: N_("Anonymous users"),
    UserType.SYSTEM: N_("System users"),
}
"""Who may hold a licence (domain.md 4.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Which holders are shown, and the addresses of the others; "" where there are none."""

    first: int
    last: int
    previous: str = ""
    next: str = ""
    all: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One licence, opened.

    Args:
        in_use: How many are held, or how many satellites occupy it; None where nothing is counted.
        free: Still to give away; None where nothing limits it.
        denied: How often somebody did not get it of late; None where people do not hold it.
        allowed: Who may hold it.
        chart: Its use over the months; None while nothing was counted.
        people: Who holds it; None where people do not.
        portraits: Addresses of pictures by user id.
        weights: How many somebody holds, where that is more than one, by user id.
        pager: Which of them are shown; None where people do not hold it.
        assign: Where it is assigned.
        history: Activations that changed it or renewed it, newest first.
    """

    details: Details
    in_use: int | None
    free: int | None
    allowed: Text
    history: list[HistoryRow]
    denied: int | None = None
    chart: Figure | None = None
    people: PeoplePage | None = None
    portraits: dict[str, str] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    pager: Pager | None = None
    assign: str = ""

    @property
    def is_held(self) -> bool:
        """Whether people hold it."""
        return self.people is not None


def panel_of(
    owner: OwnerView,
    choice: Choice,
    *,
    tab: str,
    today: date,
    site_use: Callable[[], Mapping[str, int] | None],
) -> Panel | None:
    """The panel of the licence that *choice* opens; None where it opens none that the owner has."""
    opened = details(owner, choice.licence, current_host.session) if choice.licence else None
    if opened is None:
        return None
    panel = Panel(
        details=opened,
        in_use=opened.licence.in_use,
        free=opened.licence.free,
        allowed=ALLOWED[opened.allowed],
        history=history.of_licence(owner.name, opened.licence.code, current_host.session),
    )
    match opened.licence.type:
        case LicenceType.USER:
            return _with_people(panel, owner, choice, tab, today)
        case LicenceType.SATELLITE:
            return _with_sites(panel, site_use())
        case _:
            return panel


def _with_sites(panel: Panel, used: Mapping[str, int] | None) -> Panel:
    if used is None:
        return panel
    licence = panel.details.licence
    in_use = used.get(licence.name, 0)
    left = None if licence.total is None else free(in_use, licence.total)
    return replace(panel, in_use=in_use, free=left)


def _with_people(panel: Panel, owner: OwnerView, choice: Choice, tab: str, today: date) -> Panel:
    session, licence = current_host.session, panel.details.licence
    limit = FEW if choice.holders is None else MANY
    people = people_list.people(
        session, owner=owner.name, code=licence.code, backwards=True, limit=limit, offset=choice.holders or 0
    )
    months = use.months(owner.id, licence.code, session, today=today)
    now = Now(licence.held, licence.total)
    url: Callable[..., str] = partial(current_host.url, tab)
    return replace(
        panel,
        denied=use.denied(panel.details.id, session, today - LOOKED_BACK),
        chart=figure(
            licence.description, months, now, locale=current_host.locale, say=current_host.translate
        ),
        people=people,
        portraits={each.user_id: portrait_address(each, tab) for each in people.rows if each.portrait_digest},
        weights=_weights(people, owner.name, panel.details.carriers),
        pager=_pager(choice, people, limit, url),
        assign=current_host.url(tab, "people/", licence=licence.code),
    )


def portrait_address(person: PersonRow, tab: str) -> str:
    """Where the picture of *person* is; it has the digest in it, so that a browser may keep it."""
    digest = person.portrait_digest or ""
    return current_host.url(tab, f"people/{person.user_id}/portrait", v=digest[:12])


def _weights(people: PeoplePage, owner: str, codes: Collection[str]) -> dict[str, int]:
    weights = {each.user_id: each.weight(owner, codes) for each in people.rows}
    return {user_id: weight for user_id, weight in weights.items() if weight > 1}


def _pager(choice: Choice, people: PeoplePage, limit: int, url: Callable[..., str]) -> Pager:
    start = choice.holders or 0

    def at(offset: int) -> str:
        return url(**replace(choice, holders=offset).query())

    if choice.holders is None:
        more = people.total > len(people.rows)
        return Pager(first=1, last=len(people.rows), all=at(0) if more else "")
    return Pager(
        first=start + 1,
        last=start + len(people.rows),
        previous=at(max(0, start - limit)) if start else "",
        next=at(start + limit) if start + len(people.rows) < people.total else "",
    )
