"""Installed packages that break in one way each, and neighbours that do everything right.

Each has one tab ``main``; besides its fault it has a page ``main/well`` on which nothing is wrong.
"""

from __future__ import annotations

from pathlib import Path

from builders.packages import install
from builders.plugins import create, write_migrations

WELL = "All is well at this page."
KEPT = "Notes kept:"

HEAD = """
import ctypes
import json
import os
import time
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from flask import Blueprint, jsonify, request

from host.api import Permission, Plain, Storage, Tab, current_host, hookimpl, requires

pages = Blueprint("pages", __name__)


@hookimpl
def host_permissions():
    return [
        Permission(id="{plugin}.view", title=Plain("See"), default_roles=("administrator", "viewer")),
        Permission(id="{plugin}.manage", title=Plain("Change"), default_roles=("administrator",)),
    ]


@hookimpl
def host_tabs():
    return [Tab(id="main", title=Plain("Tab {plugin}"), view="{plugin}.view")]


@hookimpl
def host_pages():
    return pages


@pages.get("/main/well")
@requires("{plugin}.view")
def well():
    return "<p>All is well at this page.</p>"
"""

PAGE = """

@pages.get("/main/")
@requires("{plugin}.view")
def page():
    {body}
"""

MORE = """

@pages.get("/main/more")
@requires("{plugin}.view")
def more():
    {body}
"""

STORE = """
NOTE = sa.Table("{plugin}_note", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True),
                sa.Column("text", sa.String(80)))


@hookimpl
def host_storage():
    return Storage(metadata=NOTE.metadata, migrations=Path(__file__).parent / "{plugin}_migrations")


def add(text):
    current_host.session.execute(sa.insert(NOTE).values(text=text))
    current_host.audit("note.added", text, None, {{"text": text}})


@pages.post("/main/add")
@requires("{plugin}.manage")
def add_note():
    add(request.form["text"])
    return "", 303, {{"Location": current_host.url("main")}}


@pages.post("/main/upload")
@requires("{plugin}.manage")
def upload():
    sent = request.files["file"]
    return f"<p>Got {{sent.filename}}: {{len(sent.read())}} bytes."


@pages.post("/main/hang")
@requires("{plugin}.manage")
def add_and_hang():
    add("never kept")
    (Path(__file__).parent / "{plugin}_hangs").touch()
    time.sleep(600)


@pages.get("/main/")
@requires("{plugin}.view")
def page():
    notes = list(current_host.session.scalars(sa.select(NOTE.c.text).order_by(NOTE.c.id)))
    return (
        f"<h2>{{current_host.actor.full_name}}</h2><p lang={{current_host.locale}}>Notes kept: {{notes}}"
        f"<p>{{current_host.clock():%A %H:%M}} {{current_host.timezone}}"
        f"<form method=post action='{{current_host.url('main')}}add'><input name=text></form>"
        "<table><tr><td>left <b>open"
    )
"""

JUNK = """

def junk(*_, **__):
    raise ValueError("patched")


json.dumps = json.loads = junk
"""

IMPORTS = {
    "import_raises": "raise RuntimeError('kaput while imported')",
    "import_exits": "os._exit(3)",
    "import_hangs": "time.sleep(600)",
}
"""What the module does before anybody can ask it anything."""

PAGES = {
    "raises": "raise RuntimeError('kaput')",
    "exits": "os._exit(3)",
    "segfaults": "ctypes.string_at(0)",
    "sleeps": "time.sleep(600)",
    "loops": "while True: pass",
    "swells": "return b'x' * 200_000_000",
    "not_utf8": r"return b'<p>\xe6\xf8\xe5</p>'",
    "breaks_out": "return '</main><base href=\"https://evil.example/\"><p>Hello'",
    "patches": "return jsonify(1)",
}
"""What the page does."""

BESIDES = {
    "swells": MORE.format(plugin="{plugin}", body="return b'x' * 400_000_000"),
    "patches": JUNK,
}
"""What else the module has at its end."""

FORKS = """

def forked(apart):
    pid = os.fork()
    if not pid and apart:
        os.setsid()
    while not pid:
        time.sleep(600)
    return pid


@pages.get("/main/")
@requires("{plugin}.view")
def page():
    return f"<p>Forked {{forked(apart=False)}} and {{forked(apart=True)}}.</p>"
"""


def install_broken(folder: Path, *plugins: str) -> None:
    """Install the named ones of those that break, or all twelve."""
    for plugin in plugins or (*IMPORTS, *PAGES):
        if plugin in IMPORTS:
            code = f"{HEAD}\n\n{IMPORTS[plugin]}\n"
        else:
            code = HEAD + PAGE.format(plugin="{plugin}", body=PAGES[plugin]) + BESIDES.get(plugin, "")
        _install(folder, plugin, code)


def install_forks(folder: Path) -> None:
    """Install ``forks``, whose page leaves two processes behind, one of them in a session of its own."""
    _install(folder, "forks", HEAD + FORKS)


def install_with_store(folder: Path, plugin: str) -> None:
    """Install a neighbour with a table of notes: ``add`` keeps one, ``hang`` writes one, leaves a file
    ``…_hangs`` beside it and never ends."""
    write_migrations(folder / f"{plugin}_migrations", create(f"{plugin}_note"))
    _install(folder, plugin, HEAD + STORE)


def _install(folder: Path, plugin: str, code: str) -> None:
    install(folder, f"fault_{plugin}", plugin=plugin, code=code)
