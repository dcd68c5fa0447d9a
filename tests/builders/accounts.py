"""Accounts for tests of signing in."""

from __future__ import annotations

from host.domain.people import command_line
from host.services import people
from host.testing import HostKit
from host.testing.kit import Client

PASSWORD = "correct horse battery"
USER = "KAAN"


def add_person(kit: HostKit, user_id: str = USER, role: str = "viewer", **more: str) -> str:
    """Somebody with the password `PASSWORD`."""
    people.add_account(
        kit.house,
        user_id=user_id,
        full_name="Karin Andersen",
        password=PASSWORD,
        roles=(role,),
        actor=command_line([]),
        **more,  # type: ignore[arg-type] # language and timezone
    )
    return user_id


def sign_in(client: Client, user_id: str = USER, password: str = PASSWORD, **more: str):
    """Send the sign-in form."""
    return client.flask.post("/login", data={"user_id": user_id, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    """Whether the first page is there, or the sign-in form in its place."""
    response = client.flask.get("/")
    assert response.status_code in {200, 303}
    return not response.headers.get("Location", "").startswith("/login")
