"""API tokens: what a program shows in the place of a session, and how much it may then do."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from host.api.errors import InputError
from host.api.values import N_

from .people import Account, SignedIn
from .sessions import PROOF_LIFE

PREFIX = "tabhost"
LONGEST_NAME, LONGEST_LIFE, USUAL_LIFE = 80, 365, 90
"""Characters of a name; days that a token counts at most, and where nobody says for how long."""
MOST_TOKENS = 50
"""Tokens that an account may have at a time."""
KEPT = timedelta(days=30)
"""How long one that is over is still listed."""
SHOWN = "token"
"""What whoever shows one has proved who they are by: a word beside those of `domain.sessions`."""
_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{16}})_[A-Za-z0-9_-]{{43}}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token as its owner sees it, and whoever looks after all of them. Nobody can act with that.

    Args:
        id: What it is called: the middle part of the token itself.
        user_id: Whose it is.
        name: What it is for, in its owner's words.
        permissions: What it may do at most; what its owner may not do, it may not either.
        created_at: Since when there is one.
        expires_at: When it is over in any case.
        used_at: When it was last used, to the minute; None for never.
        address: From where it was then; "" for never.
        revoked_at: Since when it is worth nothing; None while it may be used.
    """

    id: str
    user_id: str
    name: str
    permissions: frozenset[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    address: str = ""
    revoked_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it may still be used, as far as the token itself says."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who shows a token.

    Args:
        token: The token.
        account: Whose it is.
        has_second_factor: Whether they have one.
    """

    token: AccessToken
    account: Account
    has_second_factor: bool = False

    def counts(self, now: datetime) -> bool:
        """Whether the token opens anything: neither revoked nor over, its account not disabled."""
        return self.token.counts(now) and self.account.disabled_at is None

    @property
    def person(self) -> SignedIn:
        """The account as if it were signed in, but without anything that a form or a proof could rest on."""
        return SignedIn(
            account=self.account,
            csrf_token="",
            seen_at=self.token.used_at or self.token.created_at,
            expires_at=self.token.expires_at,
            proved=(SHOWN,),
            proved_at=self.token.created_at - PROOF_LIFE,  # a token is no fresh proof, at no time
            has_second_factor=self.has_second_factor,
        )


def made() -> tuple[str, str]:
    """The id of a new token, and the token itself: 256 bits of chance (ASVS 7.2.3, 11.5.1)."""
    name = secrets.token_hex(8)
    return name, f"{PREFIX}_{name}_{secrets.token_urlsafe(32)}"


def id_of(token: str) -> str | None:
    """The id that stands in *token*; None for what has not the form of one."""
    found = _FORM.fullmatch(token)
    return found[1] if found else None


def digest(token: str) -> str:
    """The form in which a token is kept.

    It has 256 bits of chance: a fast hash is enough, and the database never learns the token.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def checked_name(name: str) -> str:
    """The name of a token as it may be kept: without blanks around it.

    Raises:
        InputError: It is empty, too long or cannot be read.
    """
    shown = name.strip()
    if not 1 <= len(shown) <= LONGEST_NAME or not shown.isprintable():
        raise InputError(N_("The name of a token has 1 to %(most)s printable characters.", most=LONGEST_NAME))
    return shown


def checked_life(days: int) -> timedelta:
    """For how long a token counts.

    Args:
        days: Days from now.

    Raises:
        InputError: It is less than a day, or too long.
    """
    if not 1 <= days <= LONGEST_LIFE:
        raise InputError(N_("A token counts for 1 to %(most)s days.", most=LONGEST_LIFE))
    return timedelta(days=days)
