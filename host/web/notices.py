"""What stands above the page, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g, request

from host.api.values import N_, Plain, Text

from .announcing import Announced, Said
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
        known, now = household().announcements.for_(g.get("actor")), household().house.clock()
        found = g.notices = tuple(notice for said, notice in _drawn(known) if _stands(said, now))
    return found


def _drawn(known: Announced) -> list[tuple[Said, Notice]]:
    """All of them in words, which are made once for as long as nobody is asked again."""
    reader = language(), timezone()
    found: list[tuple[Said, Notice]] | None = known.drawn.get(reader)
    if found is None:
        found = known.drawn[reader] = [(said, notice_of(said)) for said in known.banners]
    return found


def _stands(said: Said, now: datetime) -> bool:
    """Whether it is not over, and the page does not say it by itself.

    Only a message of the day stands above its own tab, too.
    """
    banner = said.banner
    if banner.until is not None and banner.until <= now:
        return False
    own = f"/tabs/{said.plugin}/{banner.tab}/"
    return banner.kind == "motd" or not banner.tab or not request.path.startswith(own)


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
    """Where more stands, for those who may see it."""
    plugin = household().house.registry.get(said.plugin)
    tab = plugin.tab(said.banner.tab) if plugin and said.banner.tab else None
    if tab is None or signed_in() is None or not actor().may(tab.view):
        return ""
    return f"/tabs/{said.plugin}/{tab.id}/{said.banner.path}"


def _say(text: Text | Plain, owner: str) -> str:
    return household().renderers[owner].catalogues.say(text, language())
