"""One plugin on both sides of the border: JSON that Python breaks on is the sender's mistake."""

from __future__ import annotations

import pytest
from builders.twofold import API, PAGE

READING = """
from webargs import fields
from webargs.flaskparser import parser

note("read")
answer = plain(parser.parse({"a": fields.Raw()}, request)["a"])
"""
DEEP = {"list": b"[" * 100_000, "object": b'{"a":' * 100_000, "closed": b"[" * 500 + b"]" * 500}


def send(twofold, body, *, path=API, method="POST"):
    """Send *body* as JSON to a view that reads it."""
    return twofold.client.flask.open(
        path,
        method=method,
        query_string={"do": READING},
        data=body,
        content_type="application/json",
        headers={"X-CSRF-Token": twofold.token},
    )


class TestDeepJson:
    @pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
    @pytest.mark.parametrize("method", ["POST", "GET"])
    def test_it_is_refused_like_bad_json_and_says_what_to_do(self, twofold, body, method):
        """400, in JSON; nothing is kept, and it is nobody's fault."""
        before = twofold.faults()
        answer = send(twofold, body, method=method)
        assert (answer.status_code, answer.mimetype) == (400, "application/json")
        assert answer.json["message"] == (
            "Lists and objects are nested more than 100 deep. Send JSON that is flatter. Nothing was changed."
        )
        assert list(answer.json["errors"]) == ["json"]
        assert (twofold.notes(), twofold.faults()) == ([], before)

    def test_a_number_without_end_is_refused_too(self, twofold):
        """Python reads no integer of more than 4300 digits."""
        answer = send(twofold, b'{"a": ' + b"7" * 5_000 + b"}")
        assert (answer.status_code, "digits" in answer.json["message"]) == (400, True)

    def test_on_a_page_it_is_a_card(self, twofold):
        """In the reader's words."""
        page = send(twofold, DEEP["list"], path=PAGE)
        assert (page.status_code, 'id="card"' in page.text) == (400, True)

    def test_as_deep_as_allowed_it_is_read(self, twofold):
        """Wherever the plugin lives."""
        deep = "[" * 99 + "1" + "]" * 99
        answer = send(twofold, f'{{"a": {deep}}}'.encode())
        assert answer.status_code == 200
        assert answer.text == deep
        assert twofold.notes() == ["read"]
