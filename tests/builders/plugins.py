"""Plugins for tests, made on the spot: well-behaved neighbours, and parts to build bad ones from."""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, request
from sqlalchemy import Column, Integer, MetaData, String, Table

from host.api import (
    InputError,
    Permission,
    Plain,
    Setting,
    Storage,
    Tab,
    current_host,
    hookimpl,
    requires,
)
from host.engine.discovery import Found
from host.testing.kit import Client, HostKit, plugin

NEIGHBOUR = "neighbour"
ALL_IS_WELL = "All is well at the neighbour's."

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
"""


def vendor(plugin_id: str, *, builtin: bool = False, folder: Path | None = None, **hooks: Any) -> Found:
    """A plugin as a module of its own, with *hooks* by name.

    Args:
        plugin_id: Name of its entry point.
        builtin: Whether it counts as part of the product.
        folder: Where its templates, catalogues and static files stand.
        hooks: For each hook its function, or the value that it returns.
    """
    module = types.ModuleType(plugin_id)
    if folder is not None:
        module.__file__ = str(folder / "__init__.py")
        module.__package__ = plugin_id
    for name, answer in hooks.items():
        implementation: Callable[..., Any] = answer if callable(answer) else _returning(answer)
        setattr(module, name, hookimpl(implementation, specname=name))
    return plugin(plugin_id, module, builtin=builtin)


def _returning(value: Any) -> Callable[[], Any]:
    return lambda: value


def permissions(plugin_id: str) -> list[Permission]:
    """``view`` for everybody, ``manage`` for administrators."""
    return [
        Permission(id=f"{plugin_id}.view", title=Plain("See it"), default_roles=("administrator", "viewer")),
        Permission(id=f"{plugin_id}.manage", title=Plain("Change it"), default_roles=("administrator",)),
    ]


def tab(plugin_id: str, tab_id: str = "main", **more: Any) -> Tab:
    """A tab of *plugin_id*."""
    values = {"title": Plain(f"Tab {plugin_id} {tab_id}"), "view": f"{plugin_id}.view", **more}
    return Tab(id=tab_id, **values)


def tabbed(plugin_id: str, *views: tuple[str, Callable[..., Any]], **more: Any) -> Found:
    """A plugin with one tab ``main`` and pages: pairs of ``METHOD /path`` and view, marked or not."""
    blueprint = Blueprint("pages", __name__)
    for number, (rule, view) in enumerate(views):
        method, path = rule.split(" ")
        blueprint.add_url_rule(path, endpoint=f"view{number}", view_func=view, methods=[method])
    hooks = {
        "host_tabs": [tab(plugin_id)],
        "host_permissions": permissions(plugin_id),
        "host_pages": blueprint,
    }
    return vendor(plugin_id, **{**hooks, **more})


def seen_by_all(plugin_id: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """*answer* as a view for whoever may see the plugin."""
    return requires(f"{plugin_id}.view")(answer)


def drawing(plugin_id: str, answer: Callable[..., Any], **more: Any) -> Found:
    """A plugin whose only page is what *answer* returns or raises."""
    return tabbed(plugin_id, ("GET /main/", seen_by_all(plugin_id, answer)), **more)


def neighbour() -> Found:
    """Somebody who does everything right: ``/tabs/neighbour/main/``."""
    return drawing(NEIGHBOUR, lambda: f"<p>{ALL_IS_WELL}</p>")


def raising(error: BaseException) -> Callable[..., Any]:
    """A function that raises *error*."""

    def run(*_: Any, **__: Any) -> Any:
        raise error

    return run


def write_migrations(folder: Path, *steps: tuple[str, str]) -> Path:
    """A folder of migrations; each step is the code of its ``upgrade`` and of its ``downgrade``."""
    versions = folder / "versions"
    versions.mkdir(parents=True)
    for number, (up, down) in enumerate(steps, start=1):
        before = f'"{number - 1:04}"' if number > 1 else "None"
        text = MIGRATION.format(revision=f"{number:04}", down=before, upgrade=up, downgrade=down)
        (versions / f"{number:04}_step.py").write_text(text, "utf-8")
    return folder


def notes_table(plugin_id: str) -> Table:
    """A table of notes."""
    return Table(
        f"{plugin_id}_note", MetaData(), Column("id", Integer, primary_key=True), Column("text", String(80))
    )


def create(table: str) -> tuple[str, str]:
    """The migration that makes a table of notes."""
    columns = 'sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(80))'
    return f'op.create_table("{table}", {columns})', f'op.drop_table("{table}")'


def notes(folder: Path, plugin_id: str = "acme", *, builtin: bool = False, **more: Any) -> Found:
    """A plugin with a table of its own, a page that lists it, and doors to write that end in many ways.

    ``POST /tabs/acme/main/<ending>`` writes the note *text* and an audit row, and then ends as named.
    """
    table = notes_table(plugin_id)
    write_migrations(folder / plugin_id, create(table.name))
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/main/")
    @requires(f"{plugin_id}.view")
    def show() -> str:
        rows = current_host.session.scalars(sa.select(table.c.text).order_by(table.c.id))
        return f"<p>Notes: [{', '.join(rows)}]</p>"

    @blueprint.get("/main/writing-get")
    @requires(f"{plugin_id}.view")
    def write_in_get() -> str:
        current_host.session.execute(sa.insert(table).values(text="written by a GET"))
        return "<p>Written.</p>"

    @blueprint.post("/main/<ending>")
    @requires(f"{plugin_id}.manage")
    def write(ending: str) -> Any:
        text = request.form.get("text", "")
        current_host.session.execute(sa.insert(table).values(text=text))
        current_host.audit("note.written", text, None, {"text": text})
        current_host.toast(Plain(f"Wrote {text}"))
        return ENDINGS[ending]()

    hooks = {
        "host_tabs": [tab(plugin_id)],
        "host_permissions": permissions(plugin_id),
        "host_pages": blueprint,
        "host_storage": Storage(metadata=table.metadata, migrations=folder / plugin_id),
    }
    return vendor(plugin_id, builtin=builtin, **{**hooks, **more})


ENDINGS: dict[str, Callable[[], Any]] = {
    "redirect": lambda: ("", 303, {"Location": current_host.url("main")}),
    "page": lambda: "<p>Written.</p>",
    "raise": raising(RuntimeError("boom")),
    "exit": raising(SystemExit(3)),
    "refuse": raising(InputError("The note is not good.", place="line 7")),
    "conflict": lambda: ("<p>Conflict.</p>", 409),
    "elsewhere": lambda: ("", 302, {"Location": "https://evil.example/"}),
    "program": lambda: ("MZ", 200, {"Content-Type": "application/x-msdownload"}),
    "latin-1": lambda: b"\xe6\xf8\xe5",
}
"""How ``POST /main/<ending>`` of `notes` ends."""


def with_settings(plugin_id: str, *settings: Setting, **more: Any) -> Found:
    """A plugin whose page prints the values of its settings."""
    return drawing(
        plugin_id,
        lambda: f"<p>{sorted(dict(current_host.settings).items())}</p>",
        host_settings=list(settings),
        **more,
    )


def the_neighbour_serves(kit: HostKit, role: str = "viewer") -> Client:
    """Whatever happened, the page of the plugin that does everything right is there.

    Returns:
        Who looked.
    """
    client = kit.client(role)
    page = client.get(f"/tabs/{NEIGHBOUR}/main/")
    assert (page.status, ALL_IS_WELL in page.text) == (200, True)
    return client
