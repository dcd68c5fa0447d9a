"""What built-in plugins publish to others is documented, has somebody who uses it, and is on its page."""

from __future__ import annotations

import inspect
import re
import runpy

import pytest
from builders.source import ROOT, files

import status_tab.api
import superoffice_tab.api

SPECS = {status_tab.api: status_tab.api.StatusSpec, superoffice_tab.api: superoffice_tab.api.SuperofficeSpec}
HOOKS = {
    name: each for spec in SPECS.values() for name, each in vars(spec).items() if not name.startswith("_")
}
NAMES = [(module, name) for module in SPECS for name in module.__all__]


def test_there_are_hooks_and_names():
    """Else everything below would hold of nothing."""
    assert {"status_metered_services", "status_event_types", "status_facts"} <= set(HOOKS)
    assert (status_tab.api, "running_event") in NAMES


class TestHooks:
    @pytest.mark.parametrize("name", HOOKS)
    def test_it_says_when_it_is_called_what_comes_back_and_what_if_not(self, name):
        """As the hooks of the host do."""
        said = inspect.getdoc(HOOKS[name])
        assert re.search(r"^Called ", said, re.MULTILINE)
        assert ("Returns:" in said, "If it raises:" in said, ".. versionadded:: " in said) == (
            True,
            True,
            True,
        )

    @pytest.mark.parametrize("name", HOOKS)
    def test_something_in_the_tree_implements_it(self, name):
        """A hook that nobody needs is not shipped."""
        wanted = f"@hookimpl\ndef {name}("
        assert [path for path in files("*.py", "plugins") if wanted in path.read_text("utf-8")]


class TestPage:
    def test_it_is_as_the_docstrings_are(self):
        """`make docs` was run."""
        made = runpy.run_path(str(ROOT / "docs" / "reference.py"))["published_page"]()
        assert (ROOT / "docs" / "published.md").read_text("utf-8") == made

    @pytest.mark.parametrize(("module", "name"), NAMES, ids=lambda each: getattr(each, "__name__", each))
    def test_what_can_be_called_stands_there(self, module, name):
        """With all its arguments."""
        thing = getattr(module, name)
        if callable(thing) and not name.endswith(("Schema", "Spec")):
            page = (ROOT / "docs" / "published.md").read_text("utf-8")
            assert re.search(rf"^### `{name}[(`]", page, re.MULTILINE)
