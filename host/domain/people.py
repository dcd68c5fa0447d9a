"""Accounts, roles and what they allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from host.api.values import Actor, Permission

ADMINISTRATOR, VIEWER = "administrator", "viewer"
CLI, SYSTEM = "cli", "system"

SESSION_IDLE = timedelta(hours=3)
SESSION_LIFE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
LINK_LIFE = timedelta(hours=1)

HOST_PERMISSIONS: dict[str, tuple[str, ...]] = {
    "host.plugins.view": (ADMINISTRATOR,),
    "host.plugins.manage": (ADMINISTRATOR,),
    "host.errors.view": (ADMINISTRATOR,),
}
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
    """

    account: Account
    csrf_token: str
    seen_at: datetime
    expires_at: datetime
    toasts: tuple[str, ...] = ()

    def counts(self, now: datetime) -> bool:
        """Whether the session still stands: not over, not idle for too long, account not disabled."""
        alive = now < self.expires_at and now < self.seen_at + SESSION_IDLE
        return alive and self.account.disabled_at is None


def granted(roles: Iterable[str], declared: Iterable[Permission]) -> frozenset[str]:
    """All permissions that *roles* bring: the host's own and those that plugins *declared*. Default deny."""
    held = frozenset(roles)
    own = {name for name, holders in HOST_PERMISSIONS.items() if held & set(holders)}
    return frozenset(own | {each.id for each in declared if held & set(each.default_roles)})


def known_roles(declared: Iterable[Permission]) -> frozenset[str]:
    """Every role there is: the host's two, and what plugins' permissions bring."""
    return frozenset({ADMINISTRATOR, VIEWER}.union(*(each.default_roles for each in declared)))


def command_line(declared: Iterable[Permission], user_id: str = CLI) -> Actor:
    """Whoever may run commands on this machine may do everything."""
    every = frozenset(HOST_PERMISSIONS) | {each.id for each in declared}
    return Actor(user_id=user_id, full_name="Command line", permissions=every, roles=(ADMINISTRATOR,))


def host_itself(declared: Iterable[Permission]) -> Actor:
    """Who acts in a job: nobody asked for it, so it is the host, which may do everything."""
    return replace(command_line(declared, SYSTEM), full_name="System")
