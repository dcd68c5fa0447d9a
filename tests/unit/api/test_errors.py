"""What a plugin may raise."""

from __future__ import annotations

import pytest

from host.api import N_, ConflictError, InputError, NotAllowedError, NotFoundError, TabhostError, Text


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
    def test_a_text_is_english_for_programs_and_the_readers_for_people(self, kind):
        """Filled in, with its plural; a string is the same for both."""
        few = Text(id="%(n)s seat", plural="%(n)s seats", n=2)
        assert (str(kind(few)), kind(few).in_words(lambda text: f"<{text.id}>")) == (
            "2 seats",
            "<%(n)s seat>",
        )
        assert (str(kind("Plain.")), kind("Plain.").in_words(repr)) == ("Plain.", "Plain.")

    def test_an_input_error_says_where_in_every_language(self):
        """Names of files and fields are nobody's language."""
        error = InputError(N_("too long"), source="a.json", place="name")
        assert (error.problem, str(error)) == ("too long", "a.json: name: too long")
        assert error.in_words(lambda text: text.id.upper()) == "a.json: name: TOO LONG"

    @pytest.mark.parametrize("kind", [InputError, NotFoundError, ConflictError, NotAllowedError])
    def test_each_is_one_that_the_host_understands(self, kind):
        """There is one root, and none is a kind of another."""
        assert kind.__bases__ == (TabhostError,)
