"""Texts as people see them: filled in without surprises, and compared as an eye compares them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.api import N_, Plain, Text
from host.api.texts import LONGEST, english, filled, folded


class TestFilling:
    @pytest.mark.parametrize(
        ("text", "arguments", "said"),
        [
            ("%(n)s of %(n)d, 100 %%", {"n": 3}, "3 of 3, 100 %"),
            ("%(name)s", {"name": "%(other)s"}, "%(other)s"),
            ("nothing", {"n": 3}, "nothing"),
            ("%(gone)s", {"n": 3}, None),
            ("%(n)d", {"n": "three"}, None),
            ("%d", {"n": 3}, None),
            ("%", {"n": 3}, None),
            ("%(n)5d", {"n": 3}, None),
            ("%(n)0300000000d", {"n": 3}, None),
            ("%(n).300000000f", {"n": 3}, None),
            ("%(n)r", {"n": 3}, None),
            ("%(n)-300000000s", {"n": 3}, None),
            ("%(n)d", {"n": 10**5000}, None),
        ],
    )
    def test_only_the_plainest_place_holders_are_filled(self, text, arguments, said):
        """A width makes ten characters a gigabyte."""
        assert filled(text, arguments) == said

    @given(st.text("%()sdnm0159 .*#+-", max_size=40))
    def test_what_comes_out_is_never_much_longer_than_what_went_in(self, text):
        """Whatever a catalogue says."""
        assert len(filled(text, {"n": 7, "m": "xyz", "s": "s", "d": 1}) or "") <= len(text) * 3

    def test_a_text_and_what_is_put_into_it_have_an_end(self):
        """Many places times much in each would still be a bomb."""
        assert len(filled("%(a)s" * 900, {"a": "x" * 10**6}) or "") == LONGEST


class TestComparing:
    @pytest.mark.parametrize(
        "text",
        [
            " plugins ",
            "PLUGINS",
            "\uff30lugins",
            "Plugins\ufe0f",
            "Plug\u3164ins",
            "\u2800Plugins",
            "Plugins\xa0",
        ],
        ids=ascii,
    )
    def test_what_looks_the_same_is_the_same(self, text):
        """Width, case, blanks, and marks that nobody sees."""
        assert folded(text) == folded("Plugins")

    @pytest.mark.parametrize("text", ["", " ", "\u2003", "\u3164", "\ufe0f\u2800 "], ids=ascii)
    def test_what_shows_nothing_is_nothing(self, text):
        """Some letters have no shape."""
        assert folded(text) == ""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (Plain("%(x)s"), "%(x)s"),
            (N_("%(x)s", x="Plugins"), "Plugins"),
            (N_("%(x)s", x=""), ""),
            (Text(id="One", plural="Plugins", n=2), "Plugins"),
            (Text(id="One", plural="Plugins", n=1), "One"),
            (Text(id="%(n)9d", plural="%(n)9d", n=1), "%(n)9d"),
        ],
        ids=str,
    )
    def test_english_is_what_is_shown_in_english(self, text, said):
        """What is filled in counts."""
        assert english(text) == said
