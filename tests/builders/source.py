"""The source of the product, as tests of its form read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "templates"


def files(pattern: str, *folders: str) -> list[Path]:
    """Files of the product's own that match *pattern* below *folders*; no tests, nothing vendored or made."""
    left_out = {"tests", "vendor", "__pycache__", ".venv"}
    found = [each for folder in folders for each in (ROOT / folder).rglob(pattern)]
    return sorted(each for each in found if not left_out & set(each.relative_to(ROOT).parts))


def modules() -> list[Path]:
    """The Python modules of the host and of the plugins."""
    return files("*.py", "host", "plugins")


def templates() -> list[Path]:
    """The templates of the host and of the plugins."""
    return files("*.html", "templates", "plugins")


def name_of(path: Path) -> str:
    """A path as a test is called by it."""
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text("utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a module with the number of its lines: all of it but decorators and docstring."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                length -= (first.end_lineno or 0) - first.lineno + 1
            yield node.name, length
