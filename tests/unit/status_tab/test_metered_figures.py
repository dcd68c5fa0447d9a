"""Pictures of metered services, and forecasts in round numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from babel import Locale
from hypothesis import example, given
from hypothesis import strategies as st

from host.api import Plain
from status_tab.domain.billing import ServiceMonth, reckon
from status_tab.domain.metered import METERED_SERVICES
from status_tab.domain.months import up_to
from status_tab.domain.tariff import PUBLISHED, packages
from status_tab.pages.marks import MOST_STEPS, scale
from status_tab.pages.pace_chart import pace_figure
from status_tab.pages.usage_chart import usage_figure
from status_tab.pages.usage_chart_words import Expected
from status_tab.pages.usage_figures import bars, percent, told
from status_tab.pages.usage_words import Writer

SERVICES = {service.id: service for service in METERED_SERVICES}
LAST = date(2026, 11, 1)
END = date(2026, 11, 30)
AMOUNTS = st.integers(0, 2**63 - 1)


def say(text):
    """In English."""
    if isinstance(text, Plain):
        return text.text
    said = text.plural if text.plural and text.n != 1 else text.id
    return said % text.args if text.args else said


WRITE = Writer(Locale("en", "GB"), say)


def line(used, month=LAST, users=40, service="mailings", tariff=PUBLISHED):
    """One service in one month."""
    bare = ServiceMonth(
        service=SERVICES[service],
        month=month,
        used=used,
        parts=((service, used),),
        included=None,
        users=users,
    )
    return reckon(bare, tariff=tariff.services[service], currency="EUR", users=users)


def year(*used, **options):
    """The months that end with November 2026."""
    months = up_to(LAST, len(used))
    return [line(each, month, **options) for each, month in zip(used, months, strict=True)]


def drawn(figure, css):
    """The marks of one kind."""
    return [mark for mark in figure.marks if mark["css"] == css]


def texts(figure):
    """What is written in a picture."""
    return [mark["text"] for mark in figure.marks if mark["shape"] == "text"]


def draw(months, ahead=None):
    """Draw *months*."""
    return usage_figure(months, ahead, write=WRITE, address=lambda month: f"/{month}")


class TestScale:
    @given(AMOUNTS)
    def test_it_ends_with_a_round_number_that_has_room(self, largest):
        """In five steps at most."""
        step, top = scale(largest)
        assert top >= largest
        assert top % step == 0
        assert top // step <= MOST_STEPS
        assert str(step).strip("0") in {"1", "2", "5"}

    def test_the_picture(self):
        """80,000 in four steps."""
        assert scale(73_000) == (20_000, 80_000)
        assert scale(1, 10**8) == (10**8, 10**8)


class TestTold:
    @given(number=AMOUNTS, used=AMOUNTS, users=st.integers(1, 200))
    @example(number=15_001, used=0, users=1)
    @example(number=16_873, used=16_873, users=1)
    def test_round_numbers_never_say_something_else(self, number, used, users):
        """Not less than is used, not another number of packages, and nearly the same."""
        mine = line(used, users=users)
        number = max(number, used)
        said = told(number, mine)
        assert said >= used
        assert abs(said - number) * 200 <= number
        assert packages(said, mine.included, 50_000) == packages(number, mine.included, 50_000)

    def test_three_digits(self):
        """As in the picture."""
        assert told(16_873, line(12_840)) == 16_900
        assert told(15_010, line(12_840)) == 15_010

    @pytest.mark.parametrize(
        ("used", "said"), [(12_840, 86), (14_999, 99), (15_000, 100), (16_950, 113), (0, 0)]
    )
    def test_a_hundred_percent_only_when_it_is_reached(self, used, said):
        """Otherwise rounded as people do."""
        assert percent(line(used)) == said

    def test_meters_never_leave_their_track(self):
        """Also where much more is used than is included, and where storage has two parts."""
        assert bars(line(73_000)) == (100.0, None)
        assert bars(line(0)) == (0.0, None)
        storage = replace(
            line(31_200_000_000, service="storage"), parts=(("a", 24_800_000_000), ("b", 6_400_000_000))
        )
        assert bars(storage) == (49.6, 12.8)
        full = replace(storage, parts=(("a", 45 * 10**9), ("b", 45 * 10**9)))
        assert bars(full) == (90.0, 10.0)


class TestYear:
    def test_lines_of_packages_come_as_far_as_they_are_needed(self):
        """None while nothing lies above, the first as soon as something does, three at most."""

        def names(*used, ahead=None):
            return [each for each in texts(draw(year(*used), ahead)) if "extra" in each]

        assert names(8_400, 12_840) == []
        assert names(8_400, 12_840, ahead=Expected(number=16_900, low=None, high=None, end=END)) == [
            "1 extra package 65,000"
        ]
        assert names(73_000, 12_840) == ["1 extra package 65,000"]
        assert names(120_000, 0) == ["1 extra package 65,000", "2 extra packages 115,000"]
        assert len(names(10**6, 0)) <= 3

    def test_the_line_follows_what_was_included(self):
        """A step up where more users came."""
        months = [line(9_000, date(2026, 10, 1), users=50), line(9_000, LAST, users=51)]
        figure = draw(months)
        steps = drawn(figure, "th-chart__limit")
        assert len(steps) == 3
        assert steps[0]["x2"] == steps[1]["x1"] == steps[2]["x1"]
        assert steps[0]["y1"] > steps[2]["y1"]
        assert "Included 30,000" in texts(figure)

    def test_its_finding_and_its_table_say_the_same(self):
        """With the months above by name."""
        ahead = Expected(number=16_900, low=15_300, high=18_500, end=END)
        figure = draw(year(22_600, 14_900, 12_840), ahead)
        assert figure.label.endswith(
            "Above what is included in September (22,600)."
            " November stands at 12,840 and is expected to end near 16,900."
        )
        assert figure.rows[0][1:] == ["22,600", "15,000", "7,600", "1"]
        assert figure.rows[0][0] == '<a href="/2026-09-01">Sept 2026</a>'
        assert [key["label"] for key in figure.legend][2] == "Expected by 30\N{NO-BREAK SPACE}Nov, with range"
        assert len(drawn(figure, "th-chart__band")) == 3

    @given(
        used=st.lists(AMOUNTS, min_size=1, max_size=12),
        more=st.integers(0, 10**9),
        service=st.sampled_from(["storage", "mailings"]),
    )
    def test_everything_is_inside_the_picture(self, used, more, service):
        """Whatever the figures are."""
        expected = used[-1] + more
        ahead = Expected(number=expected, low=used[-1], high=expected + more, end=END)
        figure = draw(year(*used, service=service), ahead)
        for mark in figure.marks:
            across = [mark[name] for name in ("x", "x1", "x2") if name in mark]
            down = [mark[name] for name in ("y", "y1", "y2") if name in mark]
            assert all(0 <= each <= 100 for each in across), mark
            assert all(0 <= each <= figure.height for each in down), mark
            assert mark.get("height", 0) >= 0


class TestPace:
    @given(
        used=st.integers(0, 10**6),
        steps=st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
        users=st.sampled_from([10, 60, 200]),
    )
    def test_nothing_leaves_the_picture_and_no_texts_touch(self, used, steps, users):
        """Whatever is used, included and expected."""
        low = used + steps[0]
        number, high = low + steps[1], low + steps[1] + steps[2]
        figure = pace_figure(
            line(used, users=users), Expected(number=number, low=low, high=high, end=END), WRITE
        )
        below = [mark for mark in figure.marks if mark["shape"] == "text" and mark["y"] == 52]
        for mark in figure.marks:
            assert all(0 <= mark[name] <= 100 for name in ("x", "x1", "x2") if name in mark), mark
            if mark["shape"] == "rect":
                assert mark["x"] + mark["width"] <= 100.6
        if len(below) == 2:
            first, second = below
            room = (len(first["text"]) + len(second["text"])) * 1.85 / 2
            assert second["x"] - first["x"] >= room - 0.2

    def test_it_says_what_it_shows(self):
        """For those who do not see it."""
        figure = pace_figure(line(12_840), Expected(number=16_900, low=15_300, high=18_500, end=END), WRITE)
        assert figure.label == (
            "Now 12,840. Included 15,000. Expected between 15,300 and 18,500, most likely 16,900."
        )
        assert texts(figure) == ["included 15,000", "now 12,840", "15,300–18,500"]
