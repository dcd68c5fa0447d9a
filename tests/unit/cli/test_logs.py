"""What stands on standard error: a line for each thing, that nobody can forge, without secrets."""

from __future__ import annotations

import logging

import pytest

from host.cli.logs import OneLine


def line(message: str, *values: object, error: BaseException | None = None) -> str:
    record = logging.LogRecord("host.web", logging.ERROR, __file__, 1, message, values, None)
    if error is not None:
        record.exc_info = (type(error), error, None)
    record.created, record.msecs = 1795608000.25, 250
    return OneLine().format(record)


class TestALine:
    def test_it_says_when_in_utc_how_bad_and_where(self):
        """Then what."""
        assert line("%s is gone", "x") == "2026-11-25T12:00:00.250Z ERROR host.web: x is gone"

    @pytest.mark.parametrize("sign", ["\n", "\r", "\x1b", "\0", "\x7f", "\x85", "\u2028", "\u202e"])
    def test_no_sign_begins_another_line_or_moves_the_cursor(self, sign):
        """It stands there by its number."""
        said = line("a name: %s", f"x{sign}ERROR forged")
        assert sign not in said
        assert said.count("\\") == 1
        assert said.splitlines() == [said]

    def test_a_traceback_is_part_of_the_line(self):
        """With what was raised, whatever that says."""
        said = line("it failed", error=ValueError("first\nsecond"))
        assert "\n" not in said
        assert said.endswith("\\nValueError: first\\nsecond")

    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("postgresql://me:hunter2@db/x", "postgresql://db/x"),
            ("GET /login/once/abcDEF_-123 failed", "GET /login/once/… failed"),
            ("half \ud800 a sign", "half \\ud800 a sign"),
        ],
    )
    def test_no_secret_stands_in_it_and_nothing_that_cannot_be_written(self, said, shown):
        """A password in an address, the token of a link that signs in."""
        assert line("%s", said).endswith(shown)
