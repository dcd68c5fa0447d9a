"""What the built-in plugins refuse on a page is told in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
REFUSALS = {"ConflictError", "InputError", "NotAllowedError"}
"""What a page says in the words of whoever raised it. What is not there has a sentence of the host's."""
IN_ENGLISH = {
    # Read by whoever runs a command on a file, or by a program that calls the API.
    "status_tab/services/bodies.py", "status_tab/services/files.py", "status_tab/services/installation.py",
    "status_tab/schemas/json_lines.py", "status_tab/schemas/tariff.py",
    "superoffice_tab/services/associates_file.py", "superoffice_tab/services/files.py",
    "superoffice_tab/services/importing.py", "superoffice_tab/services/issuing.py",
}  # fmt: skip
FOLDERS = ("cli", "rest")


def modules() -> Iterator[str]:
    for plugin in ("status_tab", "superoffice_tab"):
        for path in sorted((PLUGINS / plugin).rglob("*.py")):
            name = path.relative_to(PLUGINS).as_posix()
            if not name.split("/")[1].startswith(FOLDERS) and name not in IN_ENGLISH:
                yield name


def refusals(source: str) -> Iterator[tuple[int, ast.expr]]:
    """Line and sentence of each that is raised."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name), args=[said, *_])) if name in REFUSALS:
                yield node.lineno, said


def is_a_text(said: ast.expr, texts: set[str]) -> bool:
    """Whether it is marked for translation, or put into words already; of anything else nobody knows."""
    match said:
        case ast.Call(func=ast.Name(id=name)):
            return name in {"N_", "ngettext", "in_words", *texts}
        case ast.Name() | ast.Attribute():
            return ast.unparse(said) in texts
    return False


def texts_of(source: str) -> set[str]:
    """What a module itself makes texts of: functions that say so, and names that are given one."""
    found = {"found.why"}  # of a verdict, a text
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name, returns=ast.Name(id="Text")):
                found.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="N_" | "ngettext"))):
                found.add(name)
    return found


def test_every_refusal_that_a_page_may_show_is_a_text():
    found = []
    for module in modules():
        source = (PLUGINS / module).read_text("utf-8")
        texts = texts_of(source)
        found += [f"{module}:{line}" for line, said in refusals(source) if not is_a_text(said, texts)]
    assert found == []


def test_what_stays_in_english_is_there():
    """A file that is gone, or moved, excuses nothing."""
    assert [name for name in IN_ENGLISH if not (PLUGINS / name).is_file()] == []


@pytest.mark.parametrize(("said", "is_one"), [
    ('N_("No.")', True), ("_taken()", True), ("text", True), ('"No."', False), ('f"{number}"', False),
    ("str(error)", False), ("error.problem", False), ("problem", False),
])  # fmt: skip
def test_the_rule_knows_one_when_it_sees_it(said: str, is_one: bool):
    """So that it cannot be met by accident."""
    source = f'def _taken() -> Text: ...\ntext = N_("No.")\nproblem = "No."\nraise ConflictError({said})'
    ((_, sentence),) = refusals(source)
    assert is_a_text(sentence, texts_of(source)) is is_one
