"""The Plugins page: what is installed, how it behaves, and switching it on and off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from host.api.errors import NotFoundError
from host.api.runtime import requires
from host.api.values import N_, Text
from host.engine.plugin import State
from host.services.plugins import PluginView, figures_since, list_plugins, switch_plugin
from host.services.signing_in import show_once

from .row import PLUGINS_PAGE
from .shell import draw, page, say
from .visitor import actor, household, signed_in

plugins_page = Blueprint("plugins_page", __name__)

VIEW, MANAGE = PLUGINS_PAGE.view, "host.plugins.manage"
RECENT = timedelta(hours=24)
"""For how long a fault calls for attention."""


class Show(StrEnum):
    """Which plugins to list."""

    ALL = "all"
    ATTENTION = "attention"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a state is shown: kind and icon of a badge, and its words."""

    kind: str
    icon: str
    text: Text


LOOKS = {
    State.SERVING: Look(kind="ok", icon="check", text=N_("Serving")),
    State.DISABLED: Look(kind="off", icon="pause", text=N_("Disabled")),
    State.REJECTED: Look(kind="stop", icon="stop", text=N_("Rejected")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One plugin as it stands in the list.

    Args:
        plugin: What is known of it.
        name: Title of its first tab in the reader's language, else its id.
        tabs: Titles of all its tabs.
        look: Its state.
        fresh: Whether it failed within the last day.
    """

    plugin: PluginView
    name: str
    tabs: list[str]
    look: Look
    fresh: bool

    @property
    def counted(self) -> bool:
        """Whether its figures say something: it serves, or did so since the host started."""
        return self.serving or (self.plugin.state == State.DISABLED and self.plugin.calls > 0)

    @property
    def measured(self) -> bool:
        """Whether it has, or could have, a process of its own."""
        return self.plugin.remote and (self.serving or self.plugin.pid is not None)

    @property
    def megabytes(self) -> int | None:
        """Memory of its process."""
        return None if self.plugin.memory is None else round(self.plugin.memory / 1_000_000)

    @property
    def durations(self) -> tuple[float, float] | None:
        """Median and 95th percentile as they are shown: whole milliseconds, below ten with one decimal."""
        p50, p95 = self.plugin.p50, self.plugin.p95
        return None if p50 is None or p95 is None or not self.counted else (_short(p50), _short(p95))

    @property
    def serving(self) -> bool:
        """Whether it can be disabled."""
        return self.plugin.state == State.SERVING

    @property
    def disabled(self) -> bool:
        """Whether it can be enabled."""
        return self.plugin.state == State.DISABLED

    @property
    def attention(self) -> bool:
        """Whether somebody should look at it."""
        return self.plugin.state == State.REJECTED or (self.serving and self.fresh)


FILTERS: dict[Show, tuple[Text, Callable[[Row], bool]]] = {
    Show.ALL: (N_("All"), lambda _: True),
    Show.ATTENTION: (N_("Need attention"), lambda row: row.attention),
    Show.DISABLED: (N_("Disabled"), lambda row: row.disabled),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One choice above the list: its key, its words, how many plugins it lists, and its address."""

    key: str
    label: str
    count: int
    href: str


@plugins_page.get("/plugins")
@requires(VIEW)
def show_plugins() -> Response:
    """All plugins, or with ``show`` some of them."""
    return _page(_rows())


@plugins_page.get("/plugins/<plugin>/disable")
@requires(MANAGE)
def ask_before_disabling(plugin: str) -> AnyResponse:
    """Say what goes away with *plugin*, and ask."""
    if not actor().may(VIEW):
        abort(403)
    rows = _rows()
    named = [row for row in rows if row.plugin.id == plugin]
    if not named:
        abort(404)
    question = next((row for row in named if row.serving), None)
    return redirect(_address(_shown()), 303) if question is None else _page(rows, question)


@plugins_page.post("/plugins/<plugin>/enable")
@requires(MANAGE)
def enable(plugin: str) -> AnyResponse:
    """Switch *plugin* on."""
    return _switched(plugin, on=True)


@plugins_page.post("/plugins/<plugin>/disable")
@requires(MANAGE)
def disable(plugin: str) -> AnyResponse:
    """Switch *plugin* off; what it stored stays."""
    return _switched(plugin, on=False)


def _page(rows: list[Row], question: Row | None = None) -> Response:
    shown = _shown()
    body = draw(
        "pages/plugins.html",
        rows=[row for row in rows if FILTERS[shown][1](row)],
        filters=[
            Filter(key=key, label=say(label), count=sum(map(belongs, rows)), href=_address(key))
            for key, (label, belongs) in FILTERS.items()
        ],
        show=shown,
        since=figures_since(household().house),
        manages=actor().may(MANAGE),
        question=question,
    )
    return page(body, say(PLUGINS_PAGE.title), current=PLUGINS_PAGE.place)


def _rows() -> list[Row]:
    house = household().house
    day_ago = house.clock() - RECENT
    return [
        Row(
            plugin=view,
            name=(titles := _titles(view) or [view.id])[0],
            tabs=titles,
            look=LOOKS[view.state],
            fresh=view.last_fault_at is not None and view.last_fault_at > day_ago,
        )
        for view in list_plugins(house, actor())
    ]


def _titles(view: PluginView) -> list[str]:
    """Titles of its tabs. One that is rejected has none, and may bear the id of one that is not."""
    found = None if view.state == State.REJECTED else household().house.registry.get(view.id)
    return [say(tab.title, view.id) for tab in found.tabs] if found else []


def _shown() -> Show:
    return request.values.get("show", Show.ALL, type=Show)


def _address(show: Show) -> str:
    return PLUGINS_PAGE.address if show == Show.ALL else f"{PLUGINS_PAGE.address}?show={show}"


def _switched(plugin: str, *, on: bool) -> AnyResponse:
    house, person = household().house, signed_in()
    name = next((row.name for row in _rows() if row.plugin.id == plugin), plugin)
    try:
        switch_plugin(house, plugin, on=on, actor=actor())
    except NotFoundError:
        abort(404)
    if person:
        done = N_("%(plugin)s is enabled.", plugin=name) if on else N_("%(plugin)s is disabled.", plugin=name)
        show_once(house, g.session_token, (*person.toasts, say(done)))
    return redirect(_address(_shown()), 303)


def _short(milliseconds: float) -> float:
    return round(milliseconds, 1 if milliseconds < 10 else None)
