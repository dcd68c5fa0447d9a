"""Whom the host asks for a second factor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from host.domain.people import ADMINISTRATOR, VIEWER, Account, SignedIn
from host.domain.second_factor import Required

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KAAN = Account(number=1, user_id="KAAN", full_name="", roles=(VIEWER,))
SESSION = SignedIn(
    account=KAAN, csrf_token="", seen_at=NOW, expires_at=NOW, proved_at=NOW, proved=("password",)
)


@pytest.mark.parametrize(
    ("required", "roles", "missing"),
    [
        (Required.OPTIONAL, (ADMINISTRATOR,), False),
        (Required.ADMINISTRATORS, (VIEWER,), False),
        (Required.ADMINISTRATORS, (VIEWER, ADMINISTRATOR), True),
        (Required.ADMINISTRATORS, (), False),
        (Required.EVERYBODY, (), True),
        (Required.EVERYBODY, (VIEWER,), True),
    ],
)
def test_it_is_missing_where_it_is_required_and_was_not_given(required, roles, missing):
    """Having one is enough, and so is one that a trusted provider has asked for."""
    person = replace(SESSION, account=replace(KAAN, roles=roles))
    assert required.is_missing(person) == missing
    assert not required.is_missing(replace(person, has_second_factor=True))
    assert not required.is_missing(replace(person, proved=("openid", "second")))
    assert required.is_missing(replace(person, proved=("openid",))) == missing
