"""Build ``docs/hooks.md`` from the specification's docstrings: ``python docs/reference.py``."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from host.api.hooks import HostSpec

TARGET = Path(__file__).parent / "hooks.md"
HEAD = """\
# Hooks

What a plugin may implement, built from the docstrings of `host/api/hooks.py` and
`page_hooks.py`; `make docs` writes this page.
Every hook is called for one plugin at a time: whatever one raises costs that plugin only.
What is not written here is not API.

Hooks and functions that built-in plugins publish stand in their own `api.py`:
[`status_tab.api`](../plugins/status_tab/api.py), [`superoffice_tab.api`](../plugins/superoffice_tab/api.py).

## Where hooks run
"""
PARTS = {"Args:": "**Arguments**", "Returns:": "**Returns**", "If it raises:": "**If it raises**"}


def hooks() -> dict[str, Callable[..., Any]]:
    """The hooks in the order they are specified in."""
    specified = {name: each for part in HostSpec.__mro__ for name, each in vars(part).items()}
    return {name: each for name, each in specified.items() if name.startswith("host_")}


def signature(name: str, hook: Callable[..., Any]) -> str:
    """``host_demo(folder: str) -> list[list[str]]``, as a plugin writes it."""
    found = inspect.signature(hook)
    arguments = [
        f"{each.name}: {each.annotation}" for each in found.parameters.values() if each.name != "self"
    ]
    return f"{name}({', '.join(arguments)}) -> {found.return_annotation}"


def section(name: str, hook: Callable[..., Any]) -> str:
    """One hook as Markdown."""
    text = inspect.getdoc(hook) or ""
    for heading, bold in PARTS.items():
        text = text.replace(f"\n{heading}\n", f"\n{bold}\n\n")
    text = re.sub(r"\.\. versionadded:: (\S+)", r"Since \1.", text)
    before, argued, after = text.partition(PARTS["Args:"])
    if argued:  # elsewhere a line that begins with a word and a colon is prose
        arguments, returns, rest = after.partition(PARTS["Returns:"])
        arguments = re.sub(r"^ {4}(\w+): ", r"- `\1`: ", arguments, flags=re.MULTILINE)
        text = before + argued + arguments + returns + rest
    text = re.sub(r"^ +", "", text, flags=re.MULTILINE).replace("``", "`")
    return f"### `{signature(name, hook)}`\n\n{text}\n"


def page() -> str:
    """The whole page."""
    where = (inspect.getdoc(HostSpec) or "").partition("\n\n")[2].replace("``", "`")
    return "\n".join(
        [HEAD, f"{where}\n\n## The hooks\n", *(section(name, hook) for name, hook in hooks().items())]
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        sys.exit(0 if TARGET.read_text("utf-8") == page() else "docs/hooks.md is out of date: make docs")
    TARGET.write_text(page(), "utf-8")
