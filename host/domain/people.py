"""Accounts, roles and what they allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from host.api.values import Actor, Permission

from . import roles as names
from .roles import BUILT_IN, DESCRIBED, OwnRole, permissions_of
from .sessions import PROOF_LIFE

ADMINISTRATOR, VIEWER, AUDITOR = names.ADMINISTRATOR, names.VIEWER, names.AUDITOR
CLI, SYSTEM = "cli", "system"

SESSION_IDLE = timedelta(hours=3)
SESSION_LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
LINK_LIFE = timedelta(hours=1)

HOST_PERMISSIONS: dict[str, tuple[str, ...]] = {each.id: each.default_roles for each in DESCRIBED}
"""The host's own permissions, and the roles that hold them."""


def folded(user_id: str) -> str:
    """The form in which user ids are compared: identifiers ignore case (formats.md)."""
    return user_id.strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in here.

    Args:
        number: The database's own number.
        user_id: Initials the person is known by, such as ``KAAN``.
        full_name: The person's name.
        roles: Names of roles.
        language: Chosen language; None to follow the browser.
        timezone: Chosen IANA zone; None for the installation's.
        disabled_at: Since when the account may no longer sign in.
        has_portrait: Whether there is a picture.
    """

    number: int
    user_id: str
    full_name: str
    roles: tuple[str, ...]
    language: str | None = None
    timezone: str | None = None
    disabled_at: datetime | None = None
    has_portrait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session and who holds it.

    Args:
        account: Who is signed in.
        csrf_token: What every unsafe request of this session must bring.
        seen_at: When it was last used, to the minute.
        expires_at: When it ends in any case.
        toasts: Sentences to show once.
        public_id: What the session is called where people see it.
        proved: What they proved who they are by.
        proved_at: When they did so last.
        has_password: Whether they could prove it by a password.
        has_second_factor: Whether they could do so by a code of their app.
    """

    account: Account
    csrf_token: str
    seen_at: datetime
    expires_at: datetime
    toasts: tuple[str, ...] = ()
    public_id: str = ""
    proved: tuple[str, ...] = ()
    proved_at: datetime
    has_password: bool = False
    has_second_factor: bool = False

    def is_fresh(self, now: datetime) -> bool:
        """Whether they proved who they are a moment ago, as dangerous things ask for (ASVS 7.5.1)."""
        return now < self.proved_at + PROOF_LIFE

    def counts(self, now: datetime) -> bool:
        """Whether the session still stands: not over, not idle for too long, account not disabled."""
        alive = now < self.expires_at and now < self.seen_at + SESSION_IDLE
        return alive and self.account.disabled_at is None


def every_permission(declared: Iterable[Permission]) -> list[Permission]:
    """All permissions there are: the host's own first, then those that plugins *declared*."""
    own = [(each, HOST_PERMISSIONS[each.id]) for each in DESCRIBED]
    named = [each if each.default_roles == to else replace(each, default_roles=to) for each, to in own]
    return [*named, *declared]


def granted(
    roles: Iterable[str], declared: Iterable[Permission], made: Mapping[str, OwnRole] | None = None
) -> frozenset[str]:
    """All permissions that *roles* bring: the host's own and those that plugins *declared*. Default deny.

    Args:
        roles: Names of roles.
        declared: What plugins declare.
        made: Roles that people made, by name.
    """
    return permissions_of(roles, every_permission(declared), made or {})


def known_roles(declared: Iterable[Permission], made: Mapping[str, OwnRole] | None = None) -> frozenset[str]:
    """Every role there is: the host's own, what plugins' permissions bring, and what people *made*."""
    return frozenset({*BUILT_IN, *(made or {})}.union(*(each.default_roles for each in declared)))


def command_line(declared: Iterable[Permission], user_id: str = CLI) -> Actor:
    """Whoever may run commands on this machine may do everything."""
    every = frozenset(HOST_PERMISSIONS) | {each.id for each in declared}
    return Actor(user_id=user_id, full_name="Command line", permissions=every, roles=(ADMINISTRATOR,))


def host_itself(declared: Iterable[Permission]) -> Actor:
    """Who acts in a job: nobody asked for it, so it is the host, which may do everything."""
    return replace(command_line(declared, SYSTEM), full_name="System")
