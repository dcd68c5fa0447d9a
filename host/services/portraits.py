"""Pictures of those who have an account."""

from __future__ import annotations

from host.api.values import Actor
from host.domain.audit import AuditEntry
from host.storage import people as store
from host.storage.records import add_audit

from .house import House
from .people import existing
from .pictures import redrawn


def portrait_of(house: House, user_id: str) -> tuple[bytes, str] | None:
    """Picture and type, or None."""
    with house.stores.host.reading() as session:
        return store.portrait(session, user_id)


def set_portrait(house: House, user_id: str, picture: bytes, actor: Actor) -> None:
    """Give an account a picture; what is kept was drawn anew.

    Raises:
        NotFoundError: There is no such account.
        InputError: It cannot be kept; the text says why.
    """
    kept, kind = redrawn(picture)
    with house.stores.host.writing() as session:
        account = existing(store.account(session, user_id), user_id)
        store.change_account(session, account.number, portrait=kept, portrait_type=kind)
        entry = AuditEntry(house.clock(), actor.user_id, "host", "account.portrait_set", account.user_id)
        add_audit(session, entry)


def remove_portrait(house: House, user_id: str, actor: Actor) -> None:
    """Take the picture of an account away; its initials stand there again. There may be none.

    Raises:
        NotFoundError: There is no such account.
    """
    with house.stores.host.writing() as session:
        account = existing(store.account(session, user_id), user_id)
        if not account.has_portrait:
            return
        store.change_account(session, account.number, portrait=None, portrait_type=None)
        entry = AuditEntry(house.clock(), actor.user_id, "host", "account.portrait_removed", account.user_id)
        add_audit(session, entry)
