"""The house around a page: header, row of tabs, sheet, foot; and the one place that knows of htmx."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from flask import Response, g, request
from markupsafe import Markup

from host.api.values import N_, Badge, Plain, Tab, Text
from host.domain.languages import LANGUAGES
from host.domain.roles import title_of
from host.engine.plugin import Plugin
from host.services.signing_in import show_once

from .notices import Notice, notices
from .rendering import HOST, Reader
from .row import TabBadge, TabLink, own_links
from .visitor import actor, decided, household, language, signed_in, switched_off, timezone

PRODUCT = "Tabhost"
SCREEN = N_("Licences")
VARY = ("HX-Request", "Accept-Language", "Cookie")
"""What the form of a page depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChoice:
    """One language to choose from."""

    code: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in, as the header shows it."""

    user_id: str
    full_name: str
    portrait: str | None
    roles: list[str]


@dataclass(slots=True, kw_only=True)
class Shell:
    """What the templates of the house ask for; each field is described in ``templates/base.html``."""

    product: str
    version: str
    title: str
    page_title: str
    language: str
    timezone: str
    csrf_token: str
    tabs: list[TabLink] = field(default_factory=list)
    actor: Person | None = None
    languages: list[LanguageChoice] = field(default_factory=list)
    banners: tuple[Notice, ...] = ()
    toasts: list[str] = field(default_factory=list)


def visible_tabs() -> list[tuple[Plugin, Tab]]:
    """The tabs that the actor may see, in their order."""
    who = actor()
    tabs = [
        (plugin, tab)
        for plugin in household().house.registry.admitted()
        if plugin.id not in switched_off()
        for tab in plugin.tabs
        if who.may(tab.view)
    ]
    return sorted(tabs, key=lambda pair: (pair[1].order, pair[0].id, pair[1].id))


def say(text: Text | Plain, owner: str = HOST) -> str:
    """*text* of *owner* in the reader's language."""
    return household().renderers[owner].catalogues.say(text, language())


def address(plugin: Plugin, tab: Tab) -> str:
    """Where a tab stands."""
    return f"/tabs/{plugin.id}/{tab.id}/"


def make_shell(page_title: str, current: tuple[str, str] | None = None) -> Shell:
    """The shell for this request.

    Args:
        page_title: Name of the page.
        current: Plugin and tab id of the selected tab.
    """
    house, person = household().house, signed_in()
    shell = Shell(
        product=PRODUCT,
        version=house.version,
        title=house.title or say(SCREEN),
        page_title=page_title,
        language=language(),
        timezone=timezone(),
        csrf_token=person.csrf_token if person else "",
        banners=notices(),
    )
    if person:
        account = person.account
        shell.actor = Person(
            user_id=account.user_id,
            full_name=account.full_name,
            portrait=f"/portraits/{account.user_id}" if account.has_portrait else None,
            roles=[say(role_name(each)) for each in account.roles],
        )
        shell.tabs = [_link(plugin, tab, current) for plugin, tab in visible_tabs()]
        shell.tabs += own_links(actor(), current, say)
        shell.languages = [
            LanguageChoice(code=code, name=name, current=code == shell.language)
            for code, name in LANGUAGES.items()
        ]
    return shell


def _link(plugin: Plugin, tab: Tab, current: tuple[str, str] | None) -> TabLink:
    badge = decided().badges.get((plugin.id, tab.id))
    return TabLink(
        title=say(tab.title, plugin.id),
        href=address(plugin, tab),
        current=(plugin.id, tab.id) == current,
        icon=tab.icon,
        badge=_badge(badge, plugin) if badge else None,
        scripts=tab.scripts,
    )


def _badge(badge: Badge, plugin: Plugin) -> TabBadge:
    return TabBadge(text=badge.text, kind=badge.kind, label=say(badge.title, plugin.id))


def role_name(role: str) -> Text | Plain:
    """A role in words; one that a plugin brought by its own name, one that people made by its title."""
    return title_of(role, decided().roles)


def draw(template: str, **values: object) -> str:
    """Draw one of the host's own templates."""
    person = signed_in()
    reader = Reader(
        language=language(),
        timezone=timezone(),
        now=household().house.clock(),
        csrf_token=person.csrf_token if person else "",
    )
    return household().renderers[HOST].render(f"host/{template}", reader, **values)


def is_fragment_request() -> bool:
    """Whether htmx wants only what goes into the sheet. Going back in history wants the whole page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def page(
    body: str,
    title: str,
    status: int = 200,
    current: tuple[str, str] | None = None,
    toasts: Sequence[str] = (),
) -> Response:
    """A fragment with the house drawn around it, or alone for htmx; *toasts* are said once."""
    said = [*_waiting_toasts(), *toasts]
    template = "fragments/swap.html" if is_fragment_request() else "base.html"

    def house(place: Markup) -> str:
        shell = make_shell(title, current)
        shell.toasts = said
        return draw(template, shell=shell, body=place)

    # The fragment is HTML by contract: it was drawn with escaping on, in its owner's own environment.
    before, after = household().frames.around((template, *_form(title, current), *said), house)
    return Response(f"{before}{body}{after}", status, headers={"Vary": ", ".join(VARY)}, mimetype="text/html")


def _form(title: str, current: tuple[str, str] | None) -> tuple[Hashable, ...]:
    """Everything that `make_shell` makes a shell of: what is asked for, by whom, and all that is decided."""
    person = signed_in()
    who = (person.account, person.csrf_token) if person else None
    return title, current, who, language(), timezone(), decided().generation, notices()


def _waiting_toasts() -> list[str]:
    person = signed_in()
    if not person or not person.toasts or request.method == "HEAD":
        return []
    show_once(household().house, g.session_token, ())
    return list(person.toasts)
