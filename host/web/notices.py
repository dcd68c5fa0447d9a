"""What stands above the page, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request

from host.api.values import N_, Plain, Text

from .announcing import Said
from .formats import Formats
from .rendering import HOST, Reader
from .texts import Speaker
from .visitor import actor, household, language, signed_in, timezone

ICONS = {"motd": "megaphone", "info": "info", "warn": "warn", "stop": "stop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A sentence above the page; ``templates/base.html`` says what each part is."""

    kind: str
    icon: str
    title: str
    more: str = ""
    until: str = ""
    href: str = ""


def notices() -> tuple[Notice, ...]:
    """The sentences above this page; asked once a request."""
    found: tuple[Notice, ...] | None = g.get("notices")
    if found is None:
        known = household().announcements.for_(g.get("actor"))
        found = g.notices = tuple(notice_of(each) for each in known.banners if not _is_said_here(each))
    return found


def _is_said_here(said: Said) -> bool:
    """Whether the page says it by itself: only a message of the day stands above its own tab, too."""
    banner = said.banner
    own = f"/tabs/{said.plugin}/{banner.tab}/"
    return banner.kind != "motd" and bool(banner.tab) and request.path.startswith(own)


def notice_of(said: Said) -> Notice:
    """A banner as this reader sees it."""
    banner = said.banner
    return Notice(
        kind=banner.kind,
        icon=ICONS[banner.kind],
        title=_say(banner.title, said.plugin),
        more=_say(banner.more, said.plugin) if banner.more else "",
        until=_until(said),
        href=_href(said),
    )


def _until(said: Said) -> str:
    if said.banner.until is None:
        return ""
    reader = Reader(language=language(), timezone=timezone(), now=household().house.clock())
    speaker = Speaker(household().renderers[HOST].catalogues, reader.language)
    when = Formats(reader, speaker).relative_day_time(said.banner.until)
    return speaker.say(N_("Until %(when)s", when=when))


def _href(said: Said) -> str:
    """Where more stands, for those who may see it and are not there already."""
    plugin = household().house.registry.get(said.plugin)
    tab = plugin.tab(said.banner.tab) if plugin and said.banner.tab else None
    if tab is None or signed_in() is None or not actor().may(tab.view):
        return ""
    href = f"/tabs/{said.plugin}/{tab.id}/{said.banner.path}"
    return "" if request.path == href else href


def _say(text: Text | Plain, owner: str) -> str:
    return household().renderers[owner].catalogues.say(text, language())
