"""Fields that JSON APIs share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from host.api import WholeNumber

FIELD = WholeNumber()


class TestWholeNumber:
    @given(st.integers(-(2**53), 2**53))
    def test_a_whole_number_is_one_however_it_is_written(self, number):
        """To JSON ``12`` and ``12.0`` are the same."""
        assert FIELD.deserialize(number) == number
        found = FIELD.deserialize(float(number))
        assert (found, type(found)) == (number, int)

    @given(st.floats().filter(lambda each: not each.is_integer()))
    def test_any_other_number_is_none(self, number):
        """It is not rounded in silence; infinity and NaN are none either."""
        with pytest.raises(ValidationError):
            FIELD.deserialize(number)

    @pytest.mark.parametrize("value", ["12", "", True, False, [1], {}])
    def test_what_only_looks_like_one_is_none(self, value):
        """A text, a truth, a list."""
        with pytest.raises(ValidationError):
            FIELD.deserialize(value)
