"""Pictures of those who have an account."""

from __future__ import annotations

from host.api.errors import InputError
from host.api.values import Actor
from host.domain.audit import AuditEntry
from host.storage import people as store
from host.storage.records import add_audit

from .house import House
from .people import existing

LARGEST_PORTRAIT = 200_000
PORTRAIT_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
"""How a picture begins, and what it is then."""


def portrait_of(house: House, user_id: str) -> tuple[bytes, str] | None:
    """Picture and type, or None."""
    with house.stores.host.reading() as session:
        return store.portrait(session, user_id)


def set_portrait(house: House, user_id: str, picture: bytes, actor: Actor) -> None:
    """Give an account a picture.

    Raises:
        NotFoundError: There is no such account.
        InputError: It is no PNG or JPEG, or larger than 200 kB.
    """
    kind = next((name for start, name in PORTRAIT_TYPES.items() if picture.startswith(start)), None)
    if kind is None or len(picture) > LARGEST_PORTRAIT:
        raise InputError("Expected a PNG or JPEG of up to 200 kB. Nothing was changed.")
    with house.stores.host.writing() as session:
        account = existing(store.account(session, user_id), user_id)
        store.change_account(session, account.number, portrait=picture, portrait_type=kind)
        entry = AuditEntry(house.clock(), actor.user_id, "host", "account.portrait_set", account.user_id)
        add_audit(session, entry)
