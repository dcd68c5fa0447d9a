"""Rows of the list as they are drawn: what each says is settled before, and not in the loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from host.api import current_host
from superoffice_tab.services.reading import LicenceView

from .view import Groups, SiteRow

REMEMBERED = 4096
"""How many rows a process keeps: most of a list is as it was when somebody looked last."""
_OPENING = Markup('<a class="th-rowlink" href="{address}#licence" hx-get="{address}"{current}>')
_CURRENT = Markup(' aria-current="true"')


class Note(NamedTuple):
    """What stands below a name that is not like the others.

    Args:
        name: Full name of a hidden licence; "" for one that is not.
        altered: Whether its row no longer says what the signed file says.
        total: What a waiting set makes of its total; None where it changes nothing.
    """

    name: str
    altered: bool
    total: int | None


class Row(NamedTuple):
    """One row of what is no site licence.

    Args:
        name: Display name.
        opening: The link around the name, as it begins.
        css: Classes of the row; "" for none.
        note: What stands below the name; None for nothing.
        in_use: None where it is only on or off.
        total: None where it is unrestricted, or only on or off.
        free: None where there is no total.
        share: Percent in use, for a bar; None where there is no total.
        altered: Whether it counts for nothing.
    """

    name: str
    opening: Markup
    css: str
    note: Note | None
    in_use: int | None
    total: int | None
    free: int | None
    share: float | None
    altered: bool


class SiteLine(NamedTuple):
    """The same of a site licence, which has its figures itself."""

    site: SiteRow
    opening: Markup
    css: str
    note: Note | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All rows of the list in their groups (domain.md 1.2); users' are drawn already."""

    user: Markup
    system: list[Row]
    satellite: list[SiteLine]


def opening(address: str, current: bool) -> Markup:
    """The beginning of a link that opens a licence beside the list; without script it leads there."""
    return _OPENING.format(address=address, current=_CURRENT if current else "")


def rows_of(groups: Groups, *, opens: str, opened: str, totals: Mapping[str, int]) -> Rows:
    """Make the rows of *groups*.

    Args:
        opens: Address that opens a licence, whose code name belongs behind it.
        opened: Code name of the one that is opened; "" for none.
        totals: What a waiting set makes of the totals that change, by code name.
    """
    language = current_host.locale
    return Rows(
        user=Markup("").join(
            [
                _drawn(each, opens, each.code == opened, totals.get(each.code), language)
                for each in groups.user
            ]
        ),
        system=[_row(each, opens, each.code == opened, None) for each in groups.system],
        satellite=[_line(each, opens, opened, totals) for each in groups.satellite],
    )


@lru_cache(REMEMBERED)
def _drawn(
    licence: LicenceView,
    opens: str,
    is_opened: bool,
    total: int | None,
    language: str,  # noqa: ARG001 - which row is remembered depends on it
) -> Markup:
    """A row of users' licences in *language*, the one that is read just now; it shows nothing but these."""
    row = _row(licence, opens, is_opened, total)
    return Markup(current_host.render("licences/user_row.html", row=row))  # noqa: S704 - a template with escaping


def _row(licence: LicenceView, opens: str, is_opened: bool, total: int | None) -> Row:
    return Row(
        name=licence.description,
        opening=opening(opens + licence.code, is_opened),
        css=_css(licence, is_opened),
        note=_note(licence, total),
        in_use=licence.in_use,
        total=licence.total,
        free=licence.free,
        share=licence.share,
        altered=licence.altered,
    )


def _line(site: SiteRow, opens: str, opened: str, totals: Mapping[str, int]) -> SiteLine:
    licence, is_opened = site.licence, site.licence.code == opened
    return SiteLine(
        site,
        opening(opens + licence.code, is_opened),
        _css(licence, is_opened),
        _note(licence, totals.get(licence.code)),
    )


def _css(licence: LicenceView, is_opened: bool) -> str:
    if is_opened:
        return "is-selected"
    return "is-stop" if licence.altered else ""


def _note(licence: LicenceView, total: int | None) -> Note | None:
    name = licence.name if licence.hidden else ""
    return Note(name, licence.altered, total) if name or licence.altered or total is not None else None
