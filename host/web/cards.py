"""What stands in a tab's place when there is no page: one card that says what happened and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flask import Response, request

from host.api.values import N_, Text
from host.domain.errors import PluginFault
from host.engine.plugin import Plugin
from host.engine.runner.wire import BusyError, DeadlinePassedError
from host.services.plugins import SEE_ERRORS

from .shell import address, draw, make_shell, page, say
from .visitor import actor, signed_in
from .whereabouts import tab_here

READING = frozenset({"GET", "HEAD"})
"""Methods that a link can ask again with."""
TITLES: dict[int, tuple[str, str, Text, Text]] = {
    400: (
        "warn",
        "warn",
        N_("This request could not be read"),
        N_("Nothing was changed. Go back and try again."),
    ),
    403: (
        "warn",
        "lock",
        N_("You may not see this"),
        N_("Your roles do not allow it. An administrator of this host can give you access."),
    ),
    404: (
        "quiet",
        "search",
        N_("There is nothing at this address"),
        N_("It may have been mistyped, or the tab it belongs to was removed or switched off."),
    ),
    405: (
        "quiet",
        "warn",
        N_("This address does not take that"),
        N_("Nothing was changed. Go back and try again."),
    ),
    409: (
        "warn",
        "warn",
        N_("This cannot be done now"),
        N_("Something has changed in the meantime. Nothing was changed here. Load the page again."),
    ),
    413: (
        "warn",
        "warn",
        N_("That was too much at once"),
        N_("What was sent is larger than this host accepts. Nothing was changed."),
    ),
    422: (
        "warn",
        "warn",
        N_("What was sent cannot be used"),
        N_("Nothing was changed. Go back and correct it."),
    ),
    429: (
        "warn",
        "clock",
        N_("That was tried too often"),
        N_("Nothing was looked at. Wait a while, then try again."),
    ),
    500: (
        "stop",
        "stop",
        N_("The host could not do this"),
        N_(
            "An error of the host itself. Nothing was changed. Try again; if it stays, tell an administrator."
        ),
    ),
}
"""By status: kind, icon, title and text of the card."""

FAILED = N_(
    "The plugin behind this tab failed. The other tabs are not affected, and nothing was half-written."
)
LATE = N_(
    "The plugin behind this tab did not answer in time. The other tabs are not affected; it is started again."
)
BUSY = N_("The plugin behind this tab is busy with other visits. Nothing was changed. Try again in a moment.")
NOT_HERE = N_("What you asked for is not here, or not any more. Nothing was changed.")
EXPIRED_TITLE = N_("This page is out of date")
EXPIRED = N_(
    "The page was open for too long, or was sent from somewhere else. Nothing was changed. Load it again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button on a card."""

    label: str
    href: str
    primary: bool = False
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What ``errors/card.html`` draws; each field is described there."""

    kind: str
    icon: str
    title: str
    text: str
    plugin: str | None = None
    error_id: str | None = None
    actions: list[Action] = field(default_factory=list)
    details: str | None = None


def status_card(
    status: int,
    text: str | None = None,
    error_id: str | None = None,
    current: tuple[str, str] | None = None,
) -> Response:
    """The card for an HTTP status, in the shell or, before signing in, on a page of its own.

    Args:
        status: HTTP status; one without a card of its own is drawn like the hundred it belongs to.
        text: What to say instead of the usual sentence, already in the reader's language.
        error_id: Id of an error of the host.
        current: Plugin and tab id, where it happened inside a tab; None to go by the address.
    """
    kind, icon, title, usual = TITLES.get(status) or TITLES[500 if status >= 500 else 400]
    card = Card(
        kind=kind,
        icon=icon,
        title=say(title),
        text=text or say(usual),
        error_id=error_id,
        actions=ways_out(),
    )
    return show(card, status, current or _current())


def expired_card() -> Response:
    """The card for a form that does not belong to this session, or came from another site."""
    card = Card(
        kind="warn",
        icon="clock",
        title=say(EXPIRED_TITLE),
        text=say(EXPIRED),
        actions=ways_out(),
    )
    return show(card, 403, _current())


def ways_out() -> list[Action]:
    """Back to the tab it happened in, unless that tab's own page cannot be shown; and to the first."""
    first = Action(label=say(N_("Go to the first tab")), href="/", primary=True)
    here = tab_here()
    if here is None or (request.method in READING and request.path == address(*here)):
        return [first]
    plugin, tab = here
    back = say(N_("Back to %(tab)s", tab=say(tab.title, plugin.id)))
    return [Action(label=back, href=address(plugin, tab), primary=True), replace(first, primary=False)]


def _current() -> tuple[str, str] | None:
    here = tab_here()
    return (here[0].id, here[1].id) if here else None


def fault_card(
    plugin: Plugin, name: str, fault: PluginFault | BusyError, current: tuple[str, str]
) -> Response:
    """The card that names the plugin whose page failed. The traceback is for administrators."""
    failed = isinstance(fault, PluginFault)
    late = isinstance(fault.__cause__, DeadlinePassedError)
    again = Action(label=say(N_("Try again")), href=request.path, primary=True, icon="refresh")
    card = Card(
        kind="stop" if failed else "warn",
        icon="unplug" if failed else "clock",
        title=say(N_("%(tab)s could not be shown", tab=name)),
        text=say((LATE if late else FAILED) if failed else BUSY),
        plugin=f"{plugin.id} {plugin.found.version}",
        error_id=fault.error_id if isinstance(fault, PluginFault) else None,
        actions=[again] if request.method in READING else ways_out(),
        details=fault.trace if isinstance(fault, PluginFault) and actor().may(SEE_ERRORS) else None,
    )
    return show(card, (504 if late else 502) if failed else 503, current)


def show(card: Card, status: int, current: tuple[str, str] | None = None) -> Response:
    """Draw *card* where the page would have been."""
    if signed_in() is None:
        shell = make_shell(card.title)
        return Response(draw("errors/page.html", shell=shell, card=card), status, mimetype="text/html")
    return page(draw("errors/card.html", card=card), card.title, status, current)
