"""Plugins with a JSON API, for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Response, make_response
from flask_smorest import Blueprint, abort
from marshmallow import Schema, fields

from builders.plugins import create, notes_table, permissions, raising, tab, vendor, write_migrations
from host.api import (
    Badge,
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
    Plain,
    Storage,
    TabhostError,
    current_host,
    requires,
)
from host.engine.discovery import Found


class NoteSchema(Schema):
    """A note."""

    text = fields.String(required=True, metadata={"description": "What it says"})


def api(plugin_id: str, *views: tuple[str, Callable[..., Any]], **more: Any) -> Found:
    """A plugin with a JSON API and no page: pairs of ``METHOD /path`` and view, marked or not."""
    blueprint = Blueprint("rest", __name__, description="Anything")
    for number, (rule, view) in enumerate(views):
        method, path = rule.split(" ")
        blueprint.add_url_rule(path, endpoint=f"view{number}", view_func=view, methods=[method])
    return vendor(plugin_id, **{"host_permissions": permissions(plugin_id), "host_api": blueprint, **more})


def saying(plugin_id: str, answer: Callable[..., Any], **more: Any) -> Found:
    """A plugin whose only call, ``GET /api/v1/<plugin>/it``, is what *answer* returns or raises."""
    return api(plugin_id, ("GET /it", requires(f"{plugin_id}.view")(answer)), **more)


def noted(folder: Path, plugin_id: str = "acme") -> Found:
    """Notes as JSON: a list at ``/notes``, a new one by ``POST``, and writings that end in many ways."""
    table = notes_table(plugin_id)
    write_migrations(folder / plugin_id, create(table.name))
    rest = Blueprint("rest", __name__, description="Notes")

    @rest.get("/notes")
    @requires(f"{plugin_id}.view")
    @rest.response(200, NoteSchema(many=True))
    def show() -> Any:
        """List the notes."""
        return current_host.session.execute(sa.select(table.c.text).order_by(table.c.id)).mappings()

    @rest.post("/notes")
    @requires(f"{plugin_id}.manage")
    @rest.arguments(NoteSchema)
    @rest.response(201, NoteSchema)
    def add(note: dict[str, str]) -> dict[str, str]:
        """Add a note."""
        current_host.session.execute(sa.insert(table).values(text=note["text"]))
        current_host.audit("note.written", note["text"], None, note)
        current_host.toast(Plain("Nobody reads this"))
        current_host.set_badge("main", Badge(text="1", title=Plain("One note")))
        return note

    @rest.post("/notes/<ending>")
    @requires(f"{plugin_id}.manage")
    def end(ending: str) -> Any:
        """Write a note, and end as named."""
        current_host.session.execute(sa.insert(table).values(text=ending))
        return ENDINGS[ending]()

    storage = Storage(metadata=table.metadata, migrations=folder / plugin_id)
    return vendor(
        plugin_id,
        host_tabs=[tab(plugin_id)],
        host_permissions=permissions(plugin_id),
        host_api=rest,
        host_storage=storage,
    )


def answering(body: str, status: int = 200, **headers: str) -> Callable[[], Response]:
    """A function that makes an answer; ``content_type`` stands for ``Content-Type``."""

    def make() -> Response:
        response: Response = make_response(body, status)
        for name, value in headers.items():
            response.headers[name.replace("_", "-").title()] = value
        return response

    return make


ENDINGS: dict[str, Callable[[], Any]] = {
    "input": raising(InputError("The note is not good.", place="text")),
    "missing": raising(NotFoundError("There is no such note.")),
    "conflict": raising(ConflictError("It is there already.")),
    "forbidden": raising(NotAllowedError("Not yours.")),
    "kindless": raising(TabhostError("Something is wrong.")),
    "abort": lambda: abort(409, message="Taken.", errors={"text": ["is taken"]}),
    "raise": raising(RuntimeError("boom")),
    "exit": raising(SystemExit(3)),
    "unavailable": lambda: abort(503),
    "page": answering("<p>Hello</p>", content_type="text/html"),
    "program": answering("MZ", content_type="application/x-msdownload"),
    "elsewhere": answering("", 302, location="https://evil.example/"),
    "tabs": answering("{}", 201, location="/tabs/acme/main/", content_type="application/json"),
    "injected": answering("{}", content_type="application/json", x_pagination="x" * 5000),
}
"""How ``POST /notes/<ending>`` of `noted` ends."""
