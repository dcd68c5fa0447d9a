"""What pictures are drawn of: positions across in percent, down in pixels, so that text keeps its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

Mark = dict[str, Any]
"""What ``host/components/chart.html`` draws; it says there what each has."""
Levels = Sequence[int | None]
"""A limit in each month; None where there is none."""
MOST_STEPS = 5
"""Into how many steps a scale is parted at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture and the table behind it, as ``host/components/chart.html`` takes them."""

    label: str
    height: int
    marks: list[Mark]
    legend: list[dict[str, str]]
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where numbers and months are in a picture with bars.

    Args:
        top: The number at its upper end.
        left: Where the bars begin, in percent.
        places: How many bars there are.
        above: Pixels down to the upper end.
        below: Pixels down to 0.
        fill: Share of its place that a bar fills.
    """

    top: int
    left: float
    places: int
    above: int
    below: int
    fill: float = 0.62

    @property
    def place(self) -> float:
        """How wide the place of a bar is."""
        return (100 - self.left) / self.places

    def down(self, number: int) -> float:
        """How far down *number* is."""
        return round(self.below - (self.below - self.above) * number / self.top, 1)

    def start(self, index: int) -> float:
        """Where the place of a bar begins."""
        return round(self.left + self.place * index, 2)

    def middle(self, index: int) -> float:
        """The middle of a bar."""
        return round(self.left + self.place * (index + 0.5), 2)

    def bar(self, index: int, low: int, high: int, css: str = "th-chart__bar") -> Mark:
        """The part of a bar from the number *low* to the number *high*."""
        return rect(
            css,
            round(self.middle(index) - self.place * self.fill / 2, 2),
            round(self.place * self.fill, 2),
            self.down(high),
            round(self.down(low) - self.down(high), 1),
        )

    def steps(self, levels: Levels) -> list[tuple[float, float, int, int]]:
        """The line of a limit, level by level: from where to where, and from which number to which."""
        found, begun = [], self.left
        for index, level in enumerate(levels):
            end = 100.0 if index == len(levels) - 1 else self.start(index + 1)
            following = levels[index + 1] if index < len(levels) - 1 else None
            if level is not None and level != following:
                found.append((begun, end, level, level))
                if following is not None:
                    found.append((end, end, level, following))
            if level != following:
                begun = end
        return found


def scale(largest: int, finest: int = 1) -> tuple[int, int]:
    """A round step, and the multiple of it that ends a scale with room for *largest*.

    Args:
        largest: The largest number.
        finest: The smallest step, a power of ten.
    """
    for power in count():
        for digit in (1, 2, 5):
            step = finest * digit * 10**power
            number = max(1, -(-largest // step))
            if number <= MOST_STEPS:
                return step, number * step
    raise AssertionError("powers of ten have no end")


def rect(css: str, x: float, width: float, y: float, height: float, rx: int = 0) -> Mark:
    """A rectangle."""
    return {"shape": "rect", "css": css, "x": x, "width": width, "y": y, "height": height, "rx": rx}


def line(css: str, x1: float, x2: float, y1: float, y2: float) -> Mark:
    """A line."""
    return {"shape": "line", "css": css, "x1": x1, "x2": x2, "y1": y1, "y2": y2}


def label(css: str, x: float, y: float, anchor: str, said: str) -> Mark:
    """A text."""
    return {"shape": "text", "css": css, "x": x, "y": y, "anchor": anchor, "text": said}
