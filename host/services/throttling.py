"""Guessing takes time: attempts are counted in the database, for all workers and across restarts.

An attempt is counted before it is looked at, so that many at once are many, and so that a flood costs no
hashing. It counts for the account's name, whether there is one or not, and for the address that it came from.
Nobody is locked out for good, and nobody locks another out: a browser that has signed in as somebody before
counts by itself (ASVS 6.1.1, 6.3.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

from host.api.errors import InputError
from host.domain.errors import ClosedError, OpenIdError, SignInError, ThrottledError
from host.domain.people import folded
from host.domain.sessions import PASSWORD
from host.domain.throttling import ACCOUNT, ADDRESS, Rule, counted, network_of
from host.storage import attempts as store

from .house import House
from .refusals import note_failed

_Key = tuple[str, Rule]
KEPT = max(ACCOUNT.forget, ADDRESS.forget)


@dataclass(slots=True)
class Attempt:
    """One attempt, which has failed unless it is told otherwise."""

    failed: bool = field(default=True)

    def succeeded(self) -> None:
        """It was right: what failed before is forgiven."""
        self.failed = False


@contextmanager
def attempt(
    house: House, name: str = "", *, kind: str = PASSWORD, address: str = "", known: str = ""
) -> Iterator[Attempt]:
    """Let somebody try something that could be guessed.

    Args:
        house: The house.
        name: Whose secret it is, as it was typed; "" where the secret alone says whose.
        kind: What is tried, a word of `domain.sessions`: a right password forgives no wrong codes.
        address: Where they are; "" if they are nowhere, as at a command.
        known: Id of a browser that has signed in as *name* before, or of a session of theirs; "" for any
            other. It counts by itself: neither the name nor the address keeps it waiting.

    Raises:
        ThrottledError: They have to wait; nothing was looked at.
    """
    keys = _keys(kind, name, address, known)
    tried = Attempt()
    try:
        _count(house, keys)
        yield tried
    except ClosedError:  # what was tried was right
        tried.succeeded()
        _forgive(house, keys)
        raise
    except (SignInError, ThrottledError, InputError) as error:
        note_failed(house, name, kind, error.reason if isinstance(error, OpenIdError) else "")
        raise
    if not tried.failed:
        _forgive(house, keys)


def _keys(kind: str, name: str, address: str, known: str) -> list[_Key]:
    found: list[_Key] = []
    if known:
        return [(_hashed(f"{kind} browser", known), ACCOUNT)]
    if name:
        found.append((_hashed(f"{kind} account", folded(name)), ACCOUNT))
    if address:
        found.append((_hashed("address", network_of(address)), ADDRESS))
    return sorted(found, key=lambda each: each[0])  # everybody locks in one order


def _hashed(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _count(house: House, keys: list[_Key]) -> None:
    with house.stores.host.writing() as session:
        now = house.clock()
        found = [(key, rule, store.tried(session, key)) for key, rule in keys]
        wait = max((seen.until - now for _, _, seen in found if seen), default=timedelta())
        if wait > timedelta():
            raise ThrottledError(ceil(wait.total_seconds()))
        for key, rule, seen in found:
            store.keep(session, key, counted(rule, seen, now), first=seen is None)


def _forgive(house: House, keys: list[_Key]) -> None:
    """Forgive the account all of it, and the address this attempt alone.

    Or whoever knows one password could go on guessing others.
    """
    with house.stores.host.writing() as session:
        now = house.clock()
        for key, rule in keys:
            if rule is ACCOUNT:
                store.forgive(session, key)
            else:
                store.take_back(session, key, now)
        store.prune(session, now - KEPT)
