"""Changing an account: one after the other, by those who may, and with an entry in the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from host.api.errors import ConflictError, NotFoundError
from host.api.values import N_, Actor, JsonValue
from host.domain.audit import AuditEntry
from host.domain.people import Account, folded
from host.domain.roles import OwnRole
from host.storage import granting as store
from host.storage.people import account_by_number
from host.storage.records import add_audit

from .granting import check_may_touch
from .house import House

OWN = N_(
    "This is your own account, and you would be out. Use your profile page, or ask another administrator. "
    "Nothing was changed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An account that is being changed.

    Args:
        session: The transaction.
        account: As it was.
        made: Roles that people made.
    """

    session: Session
    account: Account
    made: Mapping[str, OwnRole]


@contextmanager
def changing(house: House, number: int, actor: Actor, *, own: bool = True) -> Iterator[Change]:
    """A transaction in which nobody else changes people or roles, on an account that *actor* may change.

    Args:
        house: The house.
        number: Which account.
        actor: Who changes it.
        own: Whether it may be their own: nobody shuts themselves out by a slip.

    Raises:
        NotFoundError: There is no account of that number.
        ConflictError: It is their own, and may not be.
        NotAllowedError: It may do more than the actor, who is no administrator.
    """
    with house.stores.host.writing() as session:
        store.take_turn(session)
        account = account_by_number(session, number)
        if account is None:
            raise NotFoundError(f"There is no account with the number {number}. Nothing was changed.")
        if not own and folded(actor.user_id) == folded(account.user_id):
            raise ConflictError(OWN)
        made = store.own_roles(session)
        check_may_touch(house, actor, account, made)
        yield Change(session=session, account=account, made=made)


def note(
    house: House,
    change: Change,
    actor: Actor,
    action: str,
    before: JsonValue = None,
    after: JsonValue = None,
) -> None:
    """Write down what *actor* does to the account, in the transaction of the change."""
    subject = change.account.user_id
    entry = AuditEntry(house.clock(), actor.user_id, "host", action, subject, before, after)
    add_audit(change.session, entry)
