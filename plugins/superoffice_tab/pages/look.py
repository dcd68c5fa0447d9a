"""What of the holders the dialog Remove superfluous licences shows, as it stands in its address and forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from superoffice_tab.services.planning import HolderPage, Turn

from .panel import Pager

FEW, MANY = 10, 50
"""How many holders are shown at first, and how many on each page of all of them."""
FAR = 1_000
"""From so many on the next page is found by who stands there: counting would take long."""
LONGEST_SEARCH = 100
LONGEST_USER_ID = 239


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What of the holders is shown.

    Args:
        search: Only those with this in their user id or name.
        first: How many stand before the first that is shown; None for only the first few of all.
        after: User id of who stands before the first; "" where that is found by counting.
        before: User id of who stands after the last; "" likewise.
        picking: User id of whose new licence is being chosen; "" for nobody's.
    """

    search: str = ""
    first: int | None = None
    after: str = ""
    before: str = ""
    picking: str = ""

    @property
    def turn(self) -> Turn:
        """The same for the service."""
        return Turn(offset=self.first or 0, after=self.after, before=self.before)

    def query(self) -> dict[str, str]:
        """What stands in the address so, but for whose new licence is being chosen."""
        said = {
            "holder": self.search,
            "rows": "" if self.first is None else str(self.first),
            "after": self.after,
            "before": self.before,
        }
        return {name: value for name, value in said.items() if value}


def look_of(sent: Mapping[str, str]) -> Look:
    """The look that stands in an address or a form; what is not understood is as always."""
    first = _first(sent.get("rows", ""))
    turned = first is not None
    return Look(
        search=_text(sent, "holder")[:LONGEST_SEARCH],
        first=first,
        after=_text(sent, "after")[:LONGEST_USER_ID] if turned else "",
        before=_text(sent, "before")[:LONGEST_USER_ID] if turned else "",
        picking=_text(sent, "reassign"),
    )


def pager_of(look: Look, page: HolderPage, address: Callable[..., str]) -> Pager:
    """Which of the holders are shown, and where the others are.

    Args:
        address: Makes an address of what stands in it.
    """
    start, number = look.first or 0, len(page.rows)
    last = start + number

    def at(first: int, **anchor: str) -> str:
        place = anchor if first > FAR else {}
        return address(**Look(search=look.search, first=first, **place).query())

    if look.first is None:
        return Pager(first=1, last=last, all=at(0) if last < page.total else "")
    return Pager(
        first=start + 1,
        last=last,
        previous=at(max(0, start - MANY), before=page.rows[0].user_id) if start and number else "",
        next=at(last, after=page.rows[-1].user_id) if number and last < page.total else "",
    )


def _text(sent: Mapping[str, str], name: str) -> str:
    return sent.get(name, "").replace("\x00", "").strip()  # which no database looks for


def _first(sent: str) -> int | None:
    if sent == "all":  # as it stood in addresses before there were pages
        return 0
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None
