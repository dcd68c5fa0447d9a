"""Accounts for tests of signing in."""

from __future__ import annotations

from functools import cache

from host.domain.people import command_line
from host.services import people
from host.services.passwords import hashed
from host.storage import people as store
from host.testing import HostKit
from host.testing.kit import Client

PASSWORD = "correct horse battery"
USER = "KAAN"


@cache
def _kept() -> str:
    """The password as it is kept: made once, since it is meant to take its time."""
    return hashed(PASSWORD)


def add_person(kit: HostKit, user_id: str = USER, role: str = "viewer") -> str:
    """Somebody with the password `PASSWORD`."""
    people.add_account(
        kit.house,
        user_id=user_id,
        full_name="Karin Andersen",
        password=None,
        roles=(role,),
        actor=command_line([]),
    )
    with kit.house.stores.host.writing() as session:
        number = store.account(session, user_id).number
        store.change_account(session, number, password_hash=_kept())
    return user_id


def sign_in(client: Client, user_id: str = USER, password: str = PASSWORD, **more: str):
    """Send the sign-in form."""
    return client.flask.post("/login", data={"user_id": user_id, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    """Whether the first page is there, or the sign-in form in its place."""
    response = client.flask.get("/")
    assert response.status_code in {200, 303}
    return not response.headers.get("Location", "").startswith("/login")
