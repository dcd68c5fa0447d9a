"""`host.api`: each name is listed and documented, and importing it costs next to nothing."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import subprocess
import sys

import pytest
from builders.source import ROOT, files, name_of

import host.api
from host.api import banners, hooks, markers, page_hooks, runtime, schemas, settings, values

HEAVY = ("flask", "sqlalchemy", "jinja2", "werkzeug", "click", "babel", "alembic", "webargs", "flask_smorest")
CONTRACT = [banners, values, settings, runtime, schemas, hooks, page_hooks]
CALLABLES = [
    (name, each)
    for name in host.api.__all__
    if callable(each := getattr(host.api, name)) and name not in {"current_host", "hookimpl", "hookspec"}
]


class TestNames:
    def test_every_name_that_one_can_import_is_listed(self):
        """What is not in ``__all__`` is not API."""
        public = {
            name
            for name, each in vars(host.api).items()
            if not name.startswith("_") and not inspect.ismodule(each)
        }
        assert public | {"N_"} == set(host.api.__all__)

    def test_no_name_is_listed_twice(self):
        """Its order is ruff's to check."""
        assert len(host.api.__all__) == len(set(host.api.__all__))

    @pytest.mark.parametrize("name", host.api.__all__)
    def test_every_name_is_documented(self, name):
        """By a docstring of its own, or, for a constant, by the string below it."""
        if isinstance(getattr(host.api, name), str) or name in {"hookimpl", "hookspec", "current_host"}:
            assert f"\n{name} = " in "".join(inspect.getsource(each) for each in (markers, runtime))
            return
        text = inspect.getdoc(getattr(host.api, name))
        assert text
        assert text.splitlines()[0].endswith("."), "the first line is a sentence"
        assert not text.startswith(f"{name}("), "a dataclass without a docstring gets its signature"

    def test_the_markers_say_whose_project_they_are_of(self):
        """pluggy finds implementations by it; it is part of every plugin."""
        assert (host.api.hookspec.project_name, host.api.hookimpl.project_name) == ("tabhost", "tabhost")
        assert host.api.ENTRY_POINT_GROUP == "tabhost.plugins"

    @pytest.mark.parametrize("module", CONTRACT, ids=lambda module: module.__name__)
    def test_every_public_class_and_method_of_the_contract_is_documented(self, module):
        """Those that one only meets as the type of something, too."""
        for name, each in vars(module).items():
            if name.startswith("_") or not inspect.isclass(each) or each.__module__ != module.__name__:
                continue
            assert inspect.getdoc(each), name
            for method, function in vars(each).items():
                if not method.startswith("_") and (
                    inspect.isfunction(function) or isinstance(function, property)
                ):
                    assert inspect.getdoc(function), f"{name}.{method}"

    @pytest.mark.parametrize("kind", [each for _, each in CALLABLES if dataclasses.is_dataclass(each)])
    def test_every_field_of_a_value_is_described(self, kind):
        """In the value's docstring, under its name."""
        if kind is host.api.Plain:
            return  # one field, described by the class itself
        for each in dataclasses.fields(kind):
            assert f"{each.name}: " in (inspect.getdoc(kind) or ""), each.name


class TestTypes:
    @pytest.mark.parametrize("path", files("*.py", "host/api"), ids=name_of)
    def test_every_function_says_what_it_takes_and_gives(self, path):
        """Each argument and the answer."""
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            arguments += [each for each in (node.args.vararg, node.args.kwarg) if each]
            bare = [
                each.arg for each in arguments if each.annotation is None and each.arg not in {"self", "cls"}
            ]
            assert not bare, f"{node.name}: {bare}"
            assert node.returns is not None or node.name == "__init__", node.name

    def test_the_package_says_that_it_is_typed(self):
        """Else mypy looks away."""
        assert (ROOT / "host" / "py.typed").is_file()


class TestWeight:
    def test_importing_it_loads_nothing_heavy(self):
        """In a fresh interpreter: a vendor's tool may look at the contract without the web."""
        code = "import sys, host.api; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
        loaded = set(_run(code).split())
        assert "marshmallow" in loaded
        assert not loaded & set(HEAVY)

    def test_it_loads_nothing_of_the_host_either(self):
        """It is a leaf."""
        code = "import sys, host.api; print(*(n for n in sys.modules if n.startswith('host')))"
        assert {each.partition(".")[2].partition(".")[0] for each in _run(code).split()} <= {"", "api"}


def _run(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
