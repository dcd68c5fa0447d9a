"""JSON that Python's reader would break on."""

from __future__ import annotations

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.web.json_bodies import DEEPEST, LARGE, LONGEST_NUMBER, problem_of


def nested(depth: int, inner: str = "1") -> bytes:
    """Lists within each other."""
    return ("[" * depth + inner + "]" * depth).encode()


class TestDepth:
    def test_up_to_the_limit_it_is_read(self):
        """And one more is refused, with what to do."""
        assert problem_of(nested(DEEPEST)) == ""
        assert "flatter" in problem_of(nested(DEEPEST + 1))

    @pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"[{" * 3_000_000])
    def test_it_need_not_be_closed(self, body):
        """Python's reader breaks on the way down."""
        assert "nested" in problem_of(body)

    @pytest.mark.parametrize(
        "text", ["[" * 500, '"' + "[" * 500, "\\" + "[" * 500, '\\"' + "{" * 500, "\\\\" + "[" * 500]
    )
    def test_brackets_in_texts_do_not_count(self, text):
        """Whatever stands before them."""
        assert problem_of(json.dumps({"text": text, text: [text, "end"]}).encode()) == ""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be"])
    def test_it_is_seen_in_every_encoding_that_python_reads(self, encoding):
        """A letter of two bytes may look like a quote in one of them."""
        deep = f'["\u2222", {nested(DEEPEST).decode()}]'.encode(encoding)
        assert "nested" in problem_of(deep)
        flat = json.dumps(["\u5b5b" * 500], ensure_ascii=False).encode(encoding)
        assert problem_of(flat) == ""

    def test_many_beside_each_other_are_fine(self):
        """A long list is not a deep one."""
        assert problem_of(json.dumps([[{}]] * 50_000).encode()) == ""


class TestTexts:
    @given(st.text('"[]{}1, a').map(str.encode), st.sampled_from([b"", b"\\", b" " * LARGE]))
    def test_what_stands_in_texts_counts_for_nothing_however_it_is_read(self, body, more):
        """A body with an escape, or a large one, is read in another way, with the same outcome."""
        assert problem_of(b"[" * 99 + body) == problem_of(more + b"[" * 99 + body)


class TestNumbers:
    def test_a_number_that_python_would_not_read_is_refused(self):
        """Digits in a text are no number."""
        assert problem_of(b"[" + b"1" * LONGEST_NUMBER + b"]") == ""
        assert "digits" in problem_of(b'{"a": -' + b"1" * (LONGEST_NUMBER + 1))
        assert problem_of(b'"' + b"1" * 5_000 + b'"') == ""


class TestTime:
    @pytest.mark.parametrize(
        "body",
        [b'"' + b'\\"' * 3_000_000, b'"' * 6_000_000, b"\\" * 6_000_000, b"[]" * 3_000_000, b"1" * 6_000_000],
        ids=["a text without end", "quotes", "backslashes", "brackets", "digits"],
    )
    def test_what_is_as_large_as_may_be_is_looked_through_at_once(self, body):
        """Each byte of it once: to go back over what was read would take the processor hours."""
        begun = process_time()
        problem_of(body)
        assert process_time() - begun < 60

    def test_what_is_no_json_is_none_of_its_business(self):
        """Its reader says so."""
        for body in (b"", b"{", b"]]]]", b"\xff\xfe\xff", b'"\\'):
            assert problem_of(body) == ""
