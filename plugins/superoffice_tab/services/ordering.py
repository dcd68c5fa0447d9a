"""The order of a licence list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar


class Sort(StrEnum):
    """What a list can be sorted by."""

    NAME = "name"
    IN_USE = "in-use"
    TOTAL = "total"
    FREE = "free"


class Row(Protocol):
    """What a list is made of; a figure is None where it says nothing of the licence."""

    @property
    def unrestricted(self) -> bool:
        """Whether any number of people may hold it."""

    @property
    def in_use(self) -> int | None:
        """How many are held."""

    @property
    def total(self) -> int | None:
        """How many were bought."""

    @property
    def free(self) -> int | None:
        """How many can still be given away."""


Listed = TypeVar("Listed", bound=Row)

_FIGURES: dict[Sort, Callable[[Row], int | None]] = {
    Sort.IN_USE: lambda row: row.in_use,
    Sort.TOTAL: lambda row: row.total,
    Sort.FREE: lambda row: row.free,
}


def ordered(found: Sequence[Listed], sort: Sort, *, descending: bool = False) -> list[Listed]:
    """*found*, which stands in the order of names, by what *sort* says.

    What has no such figure stands last both ways, and by name what is unrestricted; equals stay by name.
    """
    if sort is Sort.NAME:
        return _backwards(found) if descending else list(found)
    figure = _FIGURES[sort]
    counted = [(number, each) for each in found if (number := figure(each)) is not None]
    counted.sort(key=lambda pair: pair[0], reverse=descending)
    return [*(each for _, each in counted), *(each for each in found if figure(each) is None)]


def _backwards(found: Sequence[Listed]) -> list[Listed]:
    limited = [each for each in reversed(found) if not each.unrestricted]
    return limited + [each for each in reversed(found) if each.unrestricted]
