"""What the form takes, and what it says otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from marshmallow import ValidationError

from acme_requests.schemas import RequestForm
from acme_requests.services import NewRequest

TODAY = date(2026, 11, 24)
GOOD = {"person": "MOBE", "licence": "Sales Premium", "needed_by": "2026-11-24", "reason": "New accounts"}


def test_a_filled_form_becomes_a_request():
    """Today is early enough."""
    new = RequestForm(today=TODAY).load(GOOD)
    assert new == NewRequest(person="MOBE", licence="Sales Premium", needed_by=TODAY, reason="New accounts")


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"person": None}, "person", "Say who needs the licence."),
        ({"licence": None}, "licence", "Say which licence is needed."),
        ({"reason": None}, "reason", "Say what it is needed for."),
        ({"needed_by": None}, "needed_by", "Say when it is needed."),
        ({"needed_by": "24.11.2026"}, "needed_by", "Write the date as in 2026-12-31."),
        ({"needed_by": "2026-11-23"}, "needed_by", "This day is over. Choose today or a later day."),
        ({"person": "x" * 41}, "person", "This is too long."),
        ({"reason": "a\x00b"}, "reason", "This has a character that cannot be kept."),
        ({"colour": "red"}, "colour", "Unknown field."),
    ],
)
def test_a_fault_is_said_at_its_field(changes: dict[str, Any], field: str, message: str):
    """The host leaves blank fields out, so missing is what blank looks like."""
    form = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    with pytest.raises(ValidationError) as caught:
        RequestForm(today=TODAY).load(form)
    assert caught.value.messages == {field: [message]}
