"""Plugins that call what built-in plugins publish: built in, apart in the host's process, and in a runner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from host.testing import HostKit, make_host
from host.testing.kit import installed, plugin

from .packages import install

CODE = '''
from importlib import import_module

from flask import Blueprint, request
from host.api import Permission, Plain, Tab, hookimpl, requires

pages = Blueprint("caller", __name__)


def said():
    """What the expression comes to in the module: a value, or an error."""
    module = import_module(request.args["module"])
    try:
        return {{"value": repr(eval(request.args["expression"], dict(vars(module))))}}
    except Exception as error:
        return {{"error": type(error).__name__, "text": str(error)}}


@pages.get("/main/")
@requires("{plugin}.view")
def look():
    return said()


@pages.post("/main/")
@requires("{plugin}.view")
def change():
    return said()


@pages.post("/main/fail")
@requires("{plugin}.view")
def fail():
    said()
    raise RuntimeError("after the call")


@hookimpl
def host_permissions():
    return [Permission(id="{plugin}.view", title=Plain("Call"), default_roles=("administrator", "viewer"))]


@hookimpl
def host_tabs():
    return [Tab(id="main", title=Plain("Caller"), view="{plugin}.view")]


@hookimpl
def host_pages():
    return pages
'''
KINDS = ("built-in", "third party", "third party in a runner")


@dataclass
class Caller:
    """A plugin whose pages evaluate expressions in the `api` of a built-in plugin.

    Args:
        kit: The host.
        plugin: Its id.
        module: The module that expressions are evaluated in, such as ``status_tab.api``.
        kind: One of `KINDS`.
    """

    kit: HostKit
    plugin: str
    module: str
    kind: str

    def get(self, expression: str) -> dict[str, str]:
        """What *expression* comes to while a GET is served: ``value``, or ``error`` and ``text``."""
        page = self.kit.client().get(self._address(), query_string=self._asked(expression))
        return self._read(page.text)

    def post(self, expression: str, role: str = "administrator") -> dict[str, str]:
        """The same while a POST is served."""
        page = self.kit.client(role).post(self._address(), query_string=self._asked(expression))
        return self._read(page.text)

    def post_and_fail(self, expression: str) -> int:
        """Evaluate it and raise afterwards; the status of the answer."""
        return self.kit.client().post(self._address("fail"), query_string=self._asked(expression)).status

    def _address(self, path: str = "") -> str:
        return f"/tabs/{self.plugin}/main/{path}"

    def _asked(self, expression: str) -> dict[str, str]:
        return {"module": self.module, "expression": expression}

    @staticmethod
    def _read(text: str) -> dict[str, str]:
        found: dict[str, Any] = json.loads(text)
        return found


@contextmanager
def calling(kind: str, folder: Path, module: str, *builtins: str) -> Iterator[Caller]:
    """A host with *builtins* and one plugin that calls them.

    Args:
        kind: One of `KINDS`.
        folder: A folder of the test's own.
        module: Where expressions are evaluated.
        builtins: Ids of installed built-in plugins.
    """
    name = f"caller_{KINDS.index(kind)}"
    install(folder / "path", name, plugin=name, code=CODE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / "path"))
        remote = kind == KINDS[2]
        if remote:
            found = installed(*builtins, name)
        else:
            caller = plugin(name, import_module(name), builtin=kind == KINDS[0])
            found = [*installed(*builtins), caller]
        kit = make_host(folder / "data", found, runners=remote)
        try:
            assert kit.reason(name) == "", kit.reason(name)
            yield Caller(kit, name, module, kind)
        finally:
            kit.close()
