"""Build ``docs/hooks.md`` and ``docs/published.md`` from docstrings: ``python docs/reference.py``."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import status_tab.api
import superoffice_tab.api
from host.api.hooks import HostSpec

TARGET = Path(__file__).parent / "hooks.md"
PUBLISHED = Path(__file__).parent / "published.md"
HEAD = """\
# Hooks

What a plugin may implement, built from the docstrings of `host/api/hooks.py` and
`page_hooks.py`; `make docs` writes this page.
Every hook is called for one plugin at a time: whatever one raises costs that plugin only.
What is not written here is not API.

Hooks and functions that built-in plugins publish, `status_tab.api` and `superoffice_tab.api`, stand in
[published.md](published.md).

## Where hooks run
"""
PUBLISHED_HEAD = """\
# What built-in plugins publish

Hooks that a plugin may implement, and functions and values that it may import, built from docstrings;
`make docs` writes this page. A function is called the same way from every plugin: by one that runs in a
runner it is carried out in the host, in a transaction of its own, and is kept as soon as it returns.
What is not written here is not API.
"""
PARTS = {
    "Args:": "**Arguments**",
    "Returns:": "**Returns**",
    "If it raises:": "**If it raises**",
    "Raises:": "**Raises**",
}
CODE = re.compile(r"::\n\n((?: {4}.*\n|\n)+)")
"""A block of code in a docstring."""
FENCED = re.compile(r"(^```python$.*?^```$)", re.MULTILINE | re.DOTALL)


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
    return f"### `{signature(name, hook)}`\n\n{prose(hook)}\n"


def prose(thing: object) -> str:
    """What the docstring of *thing* says, as Markdown."""
    text = CODE.sub(_fenced, inspect.getdoc(thing) or "")
    for heading, bold in PARTS.items():
        text = text.replace(f"\n{heading}\n", f"\n{bold}\n\n")
    text = re.sub(r"\.\. versionadded:: (\S+)", r"Since \1.", text)
    text = re.sub(r"\.\. versionchanged:: (\S+)\n +", r"\nChanged in \1: ", text)
    before, argued, after = text.partition(PARTS["Args:"])
    if argued:  # elsewhere a line that begins with a word and a colon is prose
        arguments, returns, rest = after.partition(PARTS["Returns:"])
        arguments = re.sub(r"^ {4}(\w+): ", r"- `\1`: ", arguments, flags=re.MULTILINE)
        text = before + argued + arguments + returns + rest
    before, raises, after = text.partition(PARTS["Raises:"])
    text = before + raises + re.sub(r"^ {4}(\w+): ", r"- `\1`: ", after, flags=re.MULTILINE)
    return "".join(
        each if each.startswith("```") else re.sub(r"^ +", "", each, flags=re.MULTILINE).replace("``", "`")
        for each in FENCED.split(text)
    )


def _fenced(found: re.Match[str]) -> str:
    return f":\n\n```python\n{dedent(found[1]).strip()}\n```\n\n"


def call(name: str, function: Callable[..., Any]) -> str:
    """``record_usage(*, records: list[dict[str, Any]]) -> list[Answer]``, as whoever calls it needs it."""
    found, given, star = inspect.signature(function), [], False
    for each in found.parameters.values():
        if each.kind is inspect.Parameter.KEYWORD_ONLY and not star:
            given, star = [*given, "*"], True
        if each.name != "self":
            default = "" if each.default is inspect.Parameter.empty else f" = {each.default!r}"
            given.append(f"{each.name}: {each.annotation}{default}")
    return f"{name}({', '.join(given)}) -> {found.return_annotation}"


def published(module: ModuleType, spec: type) -> Iterator[str]:
    """What one built-in plugin publishes: its hooks, then the functions and values of its ``api``."""
    yield f"## {module.__name__}\n\n{prose(module)}\n"
    for name, hook in vars(spec).items():
        if not name.startswith("_"):
            yield section(name, hook)
    for name in module.__all__:
        thing = getattr(module, name)
        if thing is not spec and callable(thing) and not name.endswith("Schema"):
            said = call(name, thing) if inspect.isfunction(thing) else name
            yield f"### `{said}`\n\n{prose(thing)}\n"
            for method in _methods(thing):
                yield f"#### `{name}.{call(method.__name__, method)}`\n\n{prose(method)}\n"


def _methods(thing: object) -> list[Callable[..., Any]]:
    """What one does with a value that does something."""
    named = vars(thing).items() if inspect.isclass(thing) and thing.__name__ == "RunningEvent" else ()
    return [each for name, each in named if inspect.isfunction(each) and not name.startswith("_")]


def published_page() -> str:
    """The whole page of what built-in plugins publish."""
    pairs = (
        (status_tab.api, status_tab.api.StatusSpec),
        (superoffice_tab.api, superoffice_tab.api.SuperofficeSpec),
    )
    return "\n".join([PUBLISHED_HEAD, *(each for pair in pairs for each in published(*pair))])


def page() -> str:
    """The whole page."""
    where = (inspect.getdoc(HostSpec) or "").partition("\n\n")[2].replace("``", "`")
    return "\n".join(
        [HEAD, f"{where}\n\n## The hooks\n", *(section(name, hook) for name, hook in hooks().items())]
    )


if __name__ == "__main__":
    PAGES = {TARGET: page(), PUBLISHED: published_page()}
    if sys.argv[1:] == ["check"]:
        OLD = [file.name for file, text in PAGES.items() if file.read_text("utf-8") != text]
        sys.exit(f"{', '.join(OLD)}: out of date: make docs" if OLD else 0)
    for file, text in PAGES.items():
        file.write_text(text, "utf-8")
