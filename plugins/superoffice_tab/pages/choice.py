"""What the reader chose to see, as it stands in the address of the list, and the addresses that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlencode

from superoffice_tab.domain.licences import LicenceType
from superoffice_tab.services.ordering import Sort

Chosen = TypeVar("Chosen", bound=StrEnum)

LONGEST_SEARCH = 100
REMEMBERED = 256
PANEL = "licence"
"""Id of the opened licence in the page."""


class Show(StrEnum):
    """Which licences are listed."""

    ALL = "all"
    USER = "user"
    SYSTEM = "system"
    SITE = "site"

    @property
    def kind(self) -> LicenceType | None:
        """The type to ask for; None for all."""
        return _KINDS.get(self)


_KINDS = {Show.USER: LicenceType.USER, Show.SYSTEM: LicenceType.SYSTEM, Show.SITE: LicenceType.SATELLITE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the reader chose to see: the form above the list, the order, and what is opened beside it.

    Args:
        licence: Code name of the licence that is opened; "" for none.
        changes: Whether what the last activation changed is opened instead.
        holders: From which holder on all are listed; None for the first few.
    """

    show: Show = Show.ALL
    hidden: bool = False
    search: str = ""
    sort: Sort = Sort.NAME
    descending: bool = False
    licence: str = ""
    changes: bool = False
    holders: int | None = None

    @property
    def filters(self) -> bool:
        """Whether the list leaves out any but hidden licences."""
        return bool(self.search) or self.show is not Show.ALL

    def query(self) -> dict[str, str]:
        """What stands in the address so; what is as always is left out."""
        said = {
            **self.listed(),
            "changes": "last" if self.changes else "",
            PANEL: self.licence,
            "holders": "" if self.holders is None else str(self.holders),
        }
        return {name: value for name, value in said.items() if value}

    def listed(self) -> dict[str, str]:
        """The part of it that says which licences are listed, and in which order."""
        said = {
            "show": "" if self.show is Show.ALL else self.show.value,
            "hidden": "yes" if self.hidden else "",
            "q": self.search,
            "sort": "" if self.sort is Sort.NAME else self.sort.value,
            "dir": "desc" if self.descending else "",
        }
        return {name: value for name, value in said.items() if value}

    def turned(self, sort: Sort) -> dict[str, str]:
        """The same by *sort*, with what is open: from A, figures from the largest, then turned."""
        descending = not self.descending if sort is self.sort else sort is not Sort.NAME
        order = {"sort": "" if sort is Sort.NAME else sort.value, "dir": "desc" if descending else ""}
        said = {**self.listed(), **order, PANEL: self.licence}
        return {name: value for name, value in said.items() if value}


def choice_of(sent: Mapping[str, str]) -> Choice:
    """The choice that stands in an address; what is not understood is as always."""
    return Choice(
        show=_one_of(Show, sent.get("show"), Show.ALL),
        hidden=sent.get("hidden") == "yes",
        search=_text(sent, "q")[:LONGEST_SEARCH],
        sort=_one_of(Sort, sent.get("sort"), Sort.NAME),
        descending=sent.get("dir") == "desc",
        licence=_text(sent, PANEL).lower(),
        changes=sent.get("changes") == "last",
        holders=_offset(sent.get("holders", "")),
    )


def _text(sent: Mapping[str, str], name: str) -> str:
    return sent.get(name, "").replace("\x00", "").strip()  # which no database looks for


def _one_of(kind: type[Chosen], sent: str | None, usual: Chosen) -> Chosen:
    return next((each for each in kind if each == sent), usual)


def _offset(sent: str) -> int | None:
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses in the list.

    Args:
        closed: The list with nothing beside it.
        opens: The list with a licence opened: its code name belongs behind it.
        sorts: For each order its address, and how the list is sorted by it (``none`` where it is not).
        changes: The list with what the last activation changed.
        csv: The list as a file, from the page's own address.
    """

    closed: str
    opens: str
    changes: str
    sorts: dict[str, tuple[str, str]]
    csv: str


@lru_cache(REMEMBERED)
def links_of(choice: Choice, address: str) -> Links:
    """The addresses in the list that *choice* shows; *address* is that of the list as it always is."""

    def at(query: Mapping[str, str], place: str = address) -> str:
        return f"{place}?{urlencode(query)}" if query else place

    listed = choice.listed()
    now = "descending" if choice.descending else "ascending"
    return Links(
        closed=at(listed),
        opens=at({**listed, PANEL: ""}),
        changes=at({**listed, "changes": "last"}),
        sorts={
            each.value: (at(choice.turned(each)), now if each is choice.sort else "none") for each in Sort
        },
        csv=at(listed, "licences.csv"),
    )
