"""Use over months as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from host.api.texts import english
from superoffice_tab.pages.chart import BOTTOM, TOP, Figure, Now, figure, scale_top

NOW = Now(1, 5)


@dataclass(frozen=True)
class Use:
    """One month."""

    month: date
    peak: int | None
    bought: int | None


def months(*uses: tuple[int | None, int | None]) -> list[Use]:
    """Months from December 2025 on."""
    days = [date(2025, 12, 1), *(date(2026, number, 1) for number in range(1, 12))]
    return [Use(day, *use) for day, use in zip(days, uses, strict=False)]


def drawn(*uses: tuple[int | None, int | None], locale: str = "en") -> Figure:
    """The picture of Spin, which must be there."""
    found = figure("Spin", months(*uses), NOW, locale=locale, say=english)
    assert found is not None
    return found


def lines(found: Figure) -> list[tuple[float, float, float, float]]:
    """From where to where the line of what was bought goes."""
    wanted = [each for each in found.marks if each["css"] == "th-chart__limit"]
    return [(each["x1"], each["x2"], each["y1"], each["y2"]) for each in wanted]


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 2), (1, 2), (7, 8), (9, 10), (21, 24), (24, 24), (25, 30), (81, 100), (1001, 1200)],
)
def test_a_scale_ends_with_a_round_number(largest: int, top: int):
    """It can be halved, and has room for the largest."""
    assert scale_top(largest) == top


class TestFigure:
    def test_a_bar_is_as_high_as_its_month(self):
        """A full scale is from top to bottom; a month without a count has no bar."""
        found = drawn((24, 24), (12, 24), (None, None), (0, 24))
        bars = [each for each in found.marks if each["shape"] == "rect"]
        assert [(each["y"], each["height"]) for each in bars] == [
            (TOP, BOTTOM - TOP),
            ((TOP + BOTTOM) / 2, (BOTTOM - TOP) / 2),
        ]

    def test_what_was_bought_is_a_line_with_steps(self):
        """Months of the same number are one line; where nothing was limited there is none."""
        found = lines(drawn((1, 8), (1, 8), (1, 4), (1, None), (1, 8)))
        flat = [line for line in found if line[2] == line[3]]
        assert len(found) == 4
        assert len(flat) == 3
        assert flat[0][1] == flat[1][0]  # 8 for two months, down to 4 for one
        assert flat[2][0] > flat[1][1]  # nothing for one, then 8
        assert flat[2][1] == 100

    def test_marks_stay_inside_the_picture(self):
        """Also with figures of six digits, which need more room beside the scale."""
        found = drawn(*[(100_000 + n, 250_000) for n in range(12)])
        for each in found.marks:
            for across in ("x", "x1", "x2"):
                assert 0 <= each.get(across, 0) <= 100
            assert each.get("x", 0) + each.get("width", 0) <= 100

    def test_the_use_of_this_moment_is_written_beside_the_last_bar(self):
        """Above whatever is highest there."""
        found = drawn((4, 8), (6, 8))
        text = found.marks[-1]
        assert (text["text"], text["anchor"]) == ("now 1", "end")
        assert text["y"] < TOP

    def test_its_name_is_the_finding(self):
        """From where to where, and since when all are in use."""
        found = drawn((16, 18), (18, 18), (20, 21), (21, 21), (21, 21))
        assert found.label == (
            "Highest use of Spin each month, Dec 2025 to Apr 2026: from 16 of 18 to 21 of 21,"
            " full since Mar 2026."
        )

    def test_where_nothing_is_limited_no_share_is_told(self):
        """Numbers stand alone."""
        found = drawn((3, None), (5, None))
        assert found.label == "Highest use of Spin each month, Dec 2025 to Jan 2026: from 3 to 5."
        assert lines(found) == []

    def test_its_table_has_every_month(self):
        """In the reader's way; a dash where there is nothing."""
        found = drawn((1600, 2000), (None, None), locale="da")
        assert found.rows == [["dec. 2025", "1.600", "2.000"], ["jan. 2026", "–", "–"], ["Now", "1", "5"]]

    def test_without_a_count_there_is_no_picture(self):
        """A text says so instead."""
        assert figure("Spin", months((None, 3)), NOW, locale="en", say=english) is None
