"""Sessions as their holders see them, and how long a proof of who somebody is counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

PROOF_LIFE = timedelta(minutes=10)
"""For how long after a proof somebody may do dangerous things without another."""
PENDING_LIFE = timedelta(minutes=5)
"""How long somebody who gave the first factor may take for the second."""
MOST_TRIES = 5
"""Wrong codes after which the first factor has to be given again."""

PASSWORD, LINK, CODE, RECOVERY, OPENID, SECOND = "password", "link", "code", "recovery", "openid", "second"
"""What can be proved by; `SECOND` is a second factor that an identity provider has asked for."""
SECOND_FACTORS = frozenset({CODE, RECOVERY, SECOND})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One browser that somebody is signed in with.

    Args:
        id: What it is called; nobody can be signed in with that.
        created_at: Since when.
        seen_at: When it was last used, to the minute.
        expires_at: When it ends in any case.
        address: Where the browser was when it signed in.
        agent: What the browser called itself then.
        proved: What the person proved who they are by.
        current: Whether it is the one that asks.
    """

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    proved: tuple[str, ...]
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What signing in has led to so far.

    Args:
        token: For the cookie of the session or, while it is waiting, for the one of the second page.
        waiting: Whether the second factor is still to come.
    """

    token: str
    waiting: bool = False
