"""Types of columns that can be read whatever somebody wrote into them past Tabhost (domain.md 1.10).

SQLite keeps any value in any column. One that cannot be read must not cost the page on which it can be put
right: it is read as one that grants nothing, until the rows are compared with the signed file.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Date, Dialect, Integer, String, TypeDecorator

from superoffice_tab.domain.licences import LicenceType, UserType

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""What a time is read as that cannot be read: nothing is good any more, and no key was yet."""

Reader = Callable[[Any], Any]


def legibly(read: Reader | None, instead: Any) -> Reader:
    """Read as *read* does, and where it cannot, *instead*."""

    def process(value: Any) -> Any:
        try:
            return value if read is None else read(value)
        except (TypeError, ValueError, RecursionError):  # the last one of JSON that is nested deeply
            return instead

    return process


class Day(TypeDecorator[date]):
    """A day; one that cannot be read was long ago, so that what it ends has ended."""

    impl = Date
    cache_ok = True

    @property
    def python_type(self) -> type[date]:
        """What it is read as."""
        return date

    def result_processor(self, dialect: Dialect, coltype: Any) -> Reader:
        """Read it, or call it long ago."""
        return legibly(super().result_processor(dialect, coltype), LONG_AGO.date())


class Number(TypeDecorator[int]):
    """A whole number; what is none is nought."""

    impl = Integer
    cache_ok = True

    @property
    def python_type(self) -> type[int]:
        """What it is read as."""
        return int

    def result_processor(self, dialect: Dialect, coltype: Any) -> Reader | None:
        """Read it, or call it nought; where the database minds types there is nothing to do."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return lambda value: value if value is None or isinstance(value, int) else 0


class Line(TypeDecorator[str]):
    """A text; bytes are shown as Python writes them, and a comparison with what was signed names them so."""

    impl = String
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        """What it is read as."""
        return str

    def result_processor(self, dialect: Dialect, coltype: Any) -> Reader | None:
        """Read it, whatever it is; where the database minds types there is nothing to do."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return lambda value: value if value is None or type(value) is str else str(value)


class Word(TypeDecorator[str]):
    """One of SuperOffice's own names; any other is ``Unknown``."""

    impl = String
    cache_ok = True

    def __init__(self, known: type[LicenceType] | type[UserType] = LicenceType) -> None:
        super().__init__(20)
        self.known = known

    @property
    def python_type(self) -> type[str]:
        """What it is read as."""
        return str

    def result_processor(self, dialect: Dialect, coltype: Any) -> Reader:
        """Read it, or call it unknown."""
        known, unknown = frozenset(each.value for each in self.known), self.known.UNKNOWN.value
        return lambda value: value if value in known else unknown


class Names(TypeDecorator[list[str]]):
    """A list of names; what is none is empty."""

    impl = JSON
    cache_ok = True

    @property
    def python_type(self) -> type[list[str]]:
        """What it is read as."""
        return list

    def result_processor(self, dialect: Dialect, coltype: Any) -> Reader:
        """Read it, or call it empty."""
        read = legibly(super().result_processor(dialect, coltype), [])

        def process(value: Any) -> list[str]:
            found = read(value)
            return [str(each) for each in found] if isinstance(found, list) else []

        return process


class Changes(TypeDecorator[dict[str, Any]]):
    """What an activation changed, as `Activation.changes` says; of what is none, nothing is known."""

    impl = JSON
    cache_ok = True

    @property
    def python_type(self) -> type[dict[str, Any]]:
        """What it is read as."""
        return dict

    def result_processor(self, dialect: Dialect, coltype: Any) -> Reader:
        """Read what has the right form, and leave the rest out."""
        read = legibly(super().result_processor(dialect, coltype), {})

        def process(value: Any) -> dict[str, Any]:
            found = read(value)
            said = found if isinstance(found, dict) else {}
            totals = said.get("totals")
            pairs = totals.items() if isinstance(totals, dict) else ()
            days = {
                name: pair for name in ("expiry", "maintenance") if _is_pair(pair := said.get(name), _is_day)
            }
            return {"totals": {name: pair for name, pair in pairs if _is_pair(pair, _is_number)}, **days}

        return process


def _is_pair(value: Any, one: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(each is None or one(each) for each in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int)


def _is_day(value: Any) -> bool:
    return legibly(date.fromisoformat, None)(value) is not None
