"""Texts that are kept, and told in the language of whoever reads them later."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.api import N_, Plain, Text
from superoffice_tab.domain.wording import LONGEST, english, packed, unpacked

WORDS = st.text(max_size=100)


@given(said=WORDS.filter(bool), values=st.dictionaries(WORDS, WORDS | st.integers(), max_size=3))
def test_what_is_kept_comes_back_as_it_was(said: str, values: dict[str, str | int]):
    """Whatever letters are in it, as long as there is room for it."""
    text = Text(id=said, args=values)
    kept = packed(text)
    assert len(kept) > LONGEST or unpacked(kept) == text


def test_nothing_stays_nothing():
    assert (packed(N_("")), unpacked("")) == ("", Plain(""))


def test_what_is_too_long_is_kept_in_english_as_far_as_it_goes():
    """The column has room for so much."""
    text = N_("No answer from %(host)s.", host="x" * 2 * LONGEST)
    assert packed(text) == english(text)[:LONGEST]
    assert unpacked(packed(text)) == Plain(english(text)[:LONGEST])


@pytest.mark.parametrize(
    "kept", ["It did not answer.", "{", "[]", "7", "null", '{"id": "x"}', '{"id": "x", "args": 7}', "[" * 900]
)
def test_anything_else_is_told_as_it_is(kept: str):
    """An older version wrote sentences."""
    assert unpacked(kept) == Plain(kept)
