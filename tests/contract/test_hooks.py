"""Every hook says when it is called, what it returns and what happens if it raises; and somebody uses it."""

from __future__ import annotations

import ast
import inspect
import re
from importlib.metadata import version

import pytest
from builders.source import ROOT, files
from packaging.version import Version

from host.api.hooks import HostSpec

SPECIFIED = {name: each for part in HostSpec.__mro__ for name, each in vars(part).items()}
HOOKS = {name: each for name, each in SPECIFIED.items() if name.startswith("host_")}
each_hook = pytest.mark.parametrize("name", HOOKS)


def parts(name: str) -> dict[str, str]:
    """A docstring by its headings; what stands before the first one under ""."""
    pieces = re.split(
        r"^(Args|Returns|If it raises):$", inspect.getdoc(HOOKS[name]) or "", flags=re.MULTILINE
    )
    return {"": pieces[0], **dict(zip(pieces[1::2], pieces[2::2], strict=True))}


def signature(name: str) -> str:
    """The hook as a plugin writes it: ``host_demo(folder: str) -> list[list[str]]``."""
    found = inspect.signature(HOOKS[name])
    given = [f"{each.name}: {each.annotation}" for each in found.parameters.values() if each.name != "self"]
    return f"{name}({', '.join(given)}) -> {found.return_annotation}"


def implementations() -> dict[str, list[str]]:
    """Hooks that something in ``plugins/`` implements, with the signature it wrote."""
    found: dict[str, list[str]] = {}
    for path in files("*.py", "plugins"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and "hookimpl" in map(ast.unparse, node.decorator_list):
                arguments = ", ".join(each.arg for each in node.args.args)
                found.setdefault(node.name, []).append(f"({arguments}) -> {ast.unparse(node.returns)}")
    return found


def test_there_are_hooks():
    """Else everything below would hold of nothing."""
    assert {"host_tabs", "host_permissions", "host_pages", "host_storage"} <= set(HOOKS)


class TestDocstrings:
    @each_hook
    def test_it_begins_with_a_sentence(self, name):
        """What a plugin does by implementing it."""
        assert re.match(r"[A-Z][^\n]+\.(\n|$)", parts(name)[""])

    @each_hook
    def test_it_says_when_it_is_called(self, name):
        """How often, and where."""
        assert re.search(r"^Called ", parts(name)[""], re.MULTILINE)

    @each_hook
    def test_it_says_what_comes_back_and_what_happens_if_it_raises(self, name):
        """In parts of their own."""
        assert parts(name)["Returns"].strip()
        assert parts(name)["If it raises"].strip()

    @each_hook
    def test_it_describes_each_argument(self, name):
        """By its name."""
        for each in inspect.signature(HOOKS[name]).parameters:
            if each != "self":
                assert re.search(rf"^ +{each}: \w", parts(name)["Args"], re.MULTILINE)

    @each_hook
    def test_it_says_since_when_it_is_there(self, name):
        """No later than this version."""
        since = re.search(r"^\.\. versionadded:: (\S+)$", inspect.getdoc(HOOKS[name]), re.MULTILINE)
        assert Version(since[1]) <= Version(version("tabhost"))

    @each_hook
    def test_it_says_what_it_takes_and_gives(self, name):
        """With types."""
        found = inspect.signature(HOOKS[name])
        assert found.return_annotation is not inspect.Signature.empty
        assert all(
            each.annotation is not inspect.Parameter.empty
            for each in found.parameters.values()
            if each.name != "self"
        )


class TestReference:
    @each_hook
    def test_it_has_a_heading_with_its_exact_signature(self, name):
        """In docs/hooks.md, once."""
        text = (ROOT / "docs" / "hooks.md").read_text("utf-8")
        assert text.splitlines().count(f"### `{signature(name)}`") == 1

    def test_no_other_hook_is_described(self):
        """What is described is there."""
        text = (ROOT / "docs" / "hooks.md").read_text("utf-8")
        assert set(re.findall(r"^### `(\w+)\(", text, re.MULTILINE)) == set(HOOKS)

    @each_hook
    def test_what_its_docstring_says_stands_there(self, name):
        """The first sentence, at least: the page is built from the docstrings."""
        text = (ROOT / "docs" / "hooks.md").read_text("utf-8")
        section = text.partition(f"### `{signature(name)}`")[2].partition("\n### ")[0]
        assert parts(name)[""].splitlines()[0].replace("``", "`") in section
        assert "If it raises" in section


class TestImplementations:
    @each_hook
    def test_something_in_the_tree_implements_it(self, name):
        """A hook that nobody needs is not shipped."""
        assert implementations().get(name)

    @each_hook
    def test_whoever_implements_it_writes_the_answer_as_specified(self, name):
        """A vendor copies what stands there."""
        expected = ast.unparse(ast.parse(str(inspect.signature(HOOKS[name]).return_annotation)))
        assert {each.partition(" -> ")[2] for each in implementations()[name]} == {expected}

    def test_no_plugin_implements_a_hook_of_the_host_that_there_is_not(self):
        """`check_pending` finds it at run time; this finds it earlier."""
        assert {name for name in implementations() if name.startswith("host_")} <= set(HOOKS)
