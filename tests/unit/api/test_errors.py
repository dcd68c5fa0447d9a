"""What a plugin may raise."""

from __future__ import annotations

import pytest

from host.api import ConflictError, InputError, NotAllowedError, NotFoundError, TabhostError


class TestErrors:
    @pytest.mark.parametrize(
        ("source", "place", "text"),
        [
            ("", "", "Too long."),
            ("a.json", "", "a.json: Too long."),
            ("", "line 7", "line 7: Too long."),
            ("a.json", "line 7", "a.json: line 7: Too long."),
        ],
    )
    def test_an_input_error_says_where_and_what(self, source, place, text):
        """File, place, problem; what is not known is left out."""
        error = InputError("Too long.", source=source, place=place)
        assert str(error) == text
        assert (error.problem, error.source, error.place) == ("Too long.", source, place)

    @pytest.mark.parametrize("kind", [InputError, NotFoundError, ConflictError, NotAllowedError])
    def test_each_is_one_that_the_host_understands(self, kind):
        """There is one root, and none is a kind of another."""
        assert kind.__bases__ == (TabhostError,)
