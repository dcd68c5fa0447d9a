"""Read ``associates.csv``: rows in, persons out, every error with its line and column (formats.md 2)."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

from marshmallow import ValidationError

from host.api import InputError
from superoffice_tab.domain.people import Person
from superoffice_tab.schemas.associates import OPTIONAL, REQUIRED, AssociateSchema
from superoffice_tab.schemas.fields import first_error

from .files import read_bytes
from .portraits import LARGEST_PORTRAIT, PortraitError, digest_of, kind_of, redrawn

LARGEST_FILE = 100_000_000


def place(person: Person, column: str) -> str:
    """Where in the file something is."""
    return f"line {person.line}, column {column}"


def read(path: Path) -> list[Person]:
    """All persons of the file, in its order.

    Raises:
        InputError: It cannot be read, is not UTF-8 or CSV, its columns are not the expected ones, a
            field is not what it should be, or a user id stands twice.
    """
    source = str(path)
    content = read_bytes(path, LARGEST_FILE)
    if len(content) > LARGEST_FILE:
        raise InputError("this file is larger than 100 MB; split it", source=source)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError("expected UTF-8 text", source=source, place=f"line {line}") from error
    persons: dict[str, Person] = {}
    for person in _rows(text, source):
        twin = persons.setdefault(person.key, person)
        if twin is not person:
            problem = f"“{person.user_id}” stands in line {twin.line} already; expected one row a person"
            raise InputError(problem, source=source, place=place(person, "user_id"))
    return list(persons.values())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """The file of a person's picture.

    Args:
        name: As the row names it.
        content: As it lies there.
        kind: Media type.
        source: The file of associates.
        place: Where in that it is named.
    """

    name: str
    content: bytes
    kind: str
    source: str
    place: str

    @property
    def digest(self) -> str:
        """What tells the picture from any other."""
        return digest_of(self.content)

    def picture(self) -> bytes:
        """What is kept of it: see `portraits.redrawn`.

        Raises:
            InputError: It cannot be decoded, or has too many pixels.
        """
        try:
            return redrawn(self.content)
        except PortraitError as error:
            raise InputError(f"“{self.name}” {error}", source=self.source, place=self.place) from error


def portrait(person: Person, folder: Path, source: str) -> Portrait | None:
    """The file of the picture that a person's row names; whether it can be decoded is not looked at yet.

    Args:
        folder: Where the file lies; pictures lie there or below.

    Returns:
        The file; None if the row names none.

    Raises:
        InputError: It is outside the folder, missing, too large, or begins like neither PNG nor JPEG.
    """
    name = person.portrait
    if not name:
        return None
    where = place(person, "portrait")
    root = folder.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise InputError(f"“{name}” is not beside the file", source=source, place=where)
    try:
        content = read_bytes(path, LARGEST_PORTRAIT)
    except InputError as error:
        raise InputError(f"“{name}”: {error.problem}", source=source, place=where) from error
    if len(content) > LARGEST_PORTRAIT:
        raise InputError(f"“{name}” is larger than 200 kB", source=source, place=where)
    try:
        kind = kind_of(content)
    except PortraitError as error:
        raise InputError(f"“{name}” {error}", source=source, place=where) from error
    return Portrait(name=name, content=content, kind=kind, source=source, place=where)


def _rows(text: str, source: str) -> Iterator[Person]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    schema = AssociateSchema()
    columns: list[str] = []
    start = 1
    try:
        for row in reader:
            line, start = start, reader.line_num + 1
            if not any(field.strip() for field in row):
                continue
            if not columns:
                columns = _columns(row, source, line)
            else:
                yield _person(columns, row, schema, source, line)
    except csv.Error as error:
        raise InputError(
            f"this is not CSV: {error}", source=source, place=f"line {reader.line_num}"
        ) from error
    if not columns:
        raise InputError(f"the file is empty; expected a header row: {','.join(REQUIRED)}", source=source)


def _columns(row: list[str], source: str, line: int) -> list[str]:
    columns = [name.strip().lower() for name in row]
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in (*REQUIRED, *OPTIONAL)]
    where = f"line {line}"
    if missing:
        raise InputError(f"the header row lacks {', '.join(missing)}", source=source, place=where)
    if unknown:
        problem = f"the header row has “{unknown[0]}”; expected {', '.join((*REQUIRED, *OPTIONAL))}"
        raise InputError(problem, source=source, place=where)
    if len(set(columns)) < len(columns):
        raise InputError("the header row names a column twice", source=source, place=where)
    return columns


def _person(columns: list[str], row: list[str], schema: AssociateSchema, source: str, line: int) -> Person:
    if len(row) != len(columns):
        problem = f"expected {len(columns)} fields, found {len(row)}"
        raise InputError(problem, source=source, place=f"line {line}")
    try:
        person: Person = schema.load(dict(zip(columns, row, strict=True)))
    except ValidationError as error:
        column, problem = first_error(error.messages)
        raise InputError(problem, source=source, place=f"line {line}, column {column}") from error
    return dataclasses.replace(person, line=line)
