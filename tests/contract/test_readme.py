"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import types
from pathlib import Path

from host.testing import plugin

README = Path(__file__).parents[2] / "README.md"


def test_the_plugin_of_the_readme_is_a_tab(host_with):
    """The whole way from hook to page, copied out of the README."""
    code = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert code, "the README shows no Python"
    module = types.ModuleType("acme_hello")
    exec(code[1], module.__dict__)
    kit = host_with(plugin("acme_hello", module))
    assert kit.reason("acme_hello") == ""
    assert "<h1>Hello</h1>" in kit.client("viewer").get("/tabs/acme_hello/hello/").text


def test_every_path_it_names_is_there():
    """Links and pictures lead to files of the repository."""
    links = re.findall(r"\]\((?!http)([^)]+)\)", README.read_text("utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []
