"""What of the associates is shown, the addresses that follow, and what became of a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

from host.api import N_, Text, current_host
from superoffice_tab.domain.addresses import shortened
from superoffice_tab.services.assigning import Outcome
from superoffice_tab.services.people_list import Sort

LIMIT, AT_ONCE = 50, 500
"""People on a page, and most that are changed at once."""
PANEL = "person"
"""Id of the opened person in the page."""
_SORTS: tuple[str, ...] = get_args(Sort)
_USUAL = "last_login"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the reader chose to see.

    Args:
        code: Only who holds this licence; "" for everybody.
        search: Only those with this in their user id or name.
        retired: Whether retired people are listed, too.
        person: User id of whoever is opened; "" for nobody.
        all: Whether everybody who is shown is ticked to begin with.
    """

    code: str = ""
    search: str = ""
    retired: bool = False
    sort: Sort = "last_login"
    backwards: bool = False
    offset: int = 0
    person: str = ""
    all: bool = False

    def query(self, **changes: str | int) -> dict[str, str | int]:
        """The same in an address, with *changes*; what is as usual is left out, and what is ticked."""
        said: dict[str, str | int] = {
            "licence": self.code,
            "q": self.search,
            "retired": "yes" if self.retired else "",
            "sort": self.sort if self.sort != _USUAL else "",
            "dir": "down" if self.backwards else "",
            "from": self.offset,
            "person": self.person,
        }
        return {key: value for key, value in {**said, **changes}.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleLinks:
    """Addresses around a page of the list; "" for none.

    Args:
        sorts: For each order its address, and how the list is sorted by it (``none`` where it is not).
        all: This page with everybody ticked.
        none: This page with nobody ticked.
        closed: This page with nobody opened.
        opens: This page with somebody opened: their user id belongs behind it.
        everybody: The list without any choice.
        first: Place of the first who is shown.
        last: Place of the last who is shown.
    """

    sorts: Mapping[str, tuple[str, str]]
    previous: str
    next: str
    all: str
    none: str
    closed: str
    opens: str
    everybody: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What became of a change.

    Args:
        about: Display name of the licence that many were given, or user id of the one whose were changed.
        one: Whether it was about one person.
        assigned: How many licences were given.
        released: How many were taken back.
        unchanged: How many were as they should be already.
        refused: Each reason, and whom or which licences it kept: user ids, or display names.
        users: User ids of those who were refused; of all who were chosen where nothing was done.
        denied: How many were refused for want of a free licence.
        stopped: Why nothing was done at all; None where it was.
    """

    about: str
    one: bool
    assigned: int = 0
    released: int = 0
    unchanged: int = 0
    refused: list[tuple[Text, list[str]]] = field(default_factory=list)
    users: frozenset[str] = frozenset()
    denied: int = 0
    stopped: Text | None = None

    @property
    def total(self) -> int:
        """How many there are in all; 0 where nobody was chosen, or nothing."""
        return self.assigned + self.released + self.unchanged + len(self.users)


def look_of(said: Mapping[str, str]) -> Look:
    """What an address asks for; what makes no sense in it counts as not said."""
    sort, start = said.get("sort", ""), said.get("from", "")
    return Look(
        code=_text(said, "licence", 239).lower(),
        search=_text(said, "q", 100),
        retired=said.get("retired") == "yes",
        sort=cast("Sort", sort) if sort in _SORTS else "last_login",
        backwards=said.get("dir") == "down",
        offset=int(start) if start.isascii() and start.isdigit() and len(start) < 8 else 0,
        person=_text(said, PANEL, 239),
        all=said.get("choose") == "all",
    )


def people_links(look: Look, tab: str, total: int) -> PeopleLinks:
    """The addresses around what *look* shows of *total* people."""

    def to(**changes: str | int) -> str:
        return current_host.url(tab, "people/", **look.query(**changes))

    sorts = {}
    for each in _SORTS:
        turned = each == look.sort and not look.backwards
        address = to(**{"sort": "" if each == _USUAL else each, "dir": "down" if turned else "", "from": 0})
        now = "descending" if look.backwards else "ascending"
        sorts[each] = (address, now if each == look.sort else "none")
    before, after = max(0, look.offset - LIMIT), look.offset + LIMIT
    return PeopleLinks(
        sorts=sorts,
        previous=to(**{"from": before}) if look.offset else "",
        next=to(**{"from": after}) if after < total else "",
        all=to(choose="all"),
        none=to(),
        closed=to(person=""),
        opens=to(**{PANEL: ""}) + ("&" if look.query(**{PANEL: ""}) else "?") + f"{PANEL}=",
        everybody=current_host.url(tab, "people/"),
        first=min(look.offset + 1, total),
        last=min(after, total),
    )


def results(outcomes: Sequence[Outcome], about: str, titles: Mapping[str, str] | None = None) -> Results:
    """*outcomes* summed up.

    Args:
        titles: Display names by full name where one person was concerned; None where many were.
    """
    done = [each.result for each in outcomes]
    refused = [each for each in outcomes if each.result == "refused"]
    reasons: dict[str, tuple[Text, list[str]]] = {}
    for each in refused:
        if each.reason is not None:
            whom = each.user_id if titles is None else titles.get(each.licence, each.licence)
            reasons.setdefault(current_host.translate(each.reason), (each.reason, []))[1].append(whom)
    return Results(
        about=about,
        one=titles is not None,
        assigned=done.count("assigned"),
        released=done.count("released"),
        unchanged=done.count("unchanged"),
        refused=list(reasons.values()),
        users=frozenset(each.user_id for each in refused),
        denied=sum(each.denied for each in refused),
    )


def gone(user_ids: Sequence[str]) -> Results:
    """That nothing was done, because those people are not here any more."""
    if len(user_ids) == 1:
        return Results(
            about="", one=False, stopped=N_("“%(user)s” is not here any more.", user=shortened(user_ids[0]))
        )
    return Results(
        about="",
        one=False,
        stopped=N_("Some of those who were chosen are not here any more."),
        refused=[(N_("Not here any more:"), [*user_ids])],
    )


def too_many(count: int) -> Results:
    """That nothing was done, because so many people were chosen."""
    said = N_(
        "%(count)s people were chosen, and at most %(most)s can be changed at once. Do it in several steps, "
        "or on the command line: tabhost superoffice assign, or release.",
        count=count,
        most=AT_ONCE,
    )
    return Results(about="", one=False, stopped=said)


def no_licence(code: str) -> Results:
    """That nothing was done, because the licence *code* is not in force any more."""
    said = N_("“%(licence)s” is not in force any more. Choose another licence.", licence=shortened(code))
    return Results(about="", one=False, stopped=said)


def _text(said: Mapping[str, str], name: str, longest: int) -> str:
    return said.get(name, "").replace("\x00", "").strip()[:longest]  # which no database looks for
