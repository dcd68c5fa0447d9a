"""Small parts: every module, function, block and script is within its budget and well named."""

from __future__ import annotations

import ast

import pytest
from builders.source import files, functions, lines, modules, name_of

MODULE, FUNCTION, BLOCK, SCRIPT = 250, 40, 120, 100
each_module = pytest.mark.parametrize("path", modules(), ids=name_of)


def test_there_is_something_to_measure():
    """Else everything below would hold of nothing."""
    assert len(modules()) > 80
    assert files("*.css", "host", "plugins")
    assert files("*.js", "host", "plugins")


class TestPython:
    @each_module
    def test_a_module_is_short(self, path):
        """Whoever opens it can read it."""
        assert lines(path) <= MODULE

    @each_module
    def test_a_function_is_short(self, path):
        """Forty lines without its docstring. A migration is a list of columns, not code that branches."""
        if "migrations" in path.parts:
            return
        assert {name: length for name, length in functions(path) if length > FUNCTION} == {}

    @each_module
    def test_a_module_has_a_name_that_says_what_it_holds(self, path):
        """No drawer for odds and ends."""
        assert path.stem not in {"utils", "util", "helpers", "helper", "misc", "common", "tools"}

    @each_module
    def test_a_module_says_what_it_is(self, path):
        """In its first line."""
        assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


class TestStaticFiles:
    @pytest.mark.parametrize("path", files("*.css", "host", "plugins"), ids=name_of)
    def test_a_block_of_styles_is_short(self, path):
        """One block, one file."""
        assert lines(path) <= BLOCK

    @pytest.mark.parametrize("path", files("*.js", "host", "plugins"), ids=name_of)
    def test_a_script_is_short_and_needs_no_eval(self, path):
        """The policy would refuse it."""
        text = path.read_text("utf-8")
        assert lines(path) <= SCRIPT
        assert "eval(" not in text
        assert "new Function" not in text
        assert ".innerHTML =" not in text
        assert "http://" not in text
        assert "https://" not in text
