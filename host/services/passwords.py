"""Passwords: argon2, and the same effort whether an account exists or not."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from host.api.errors import InputError

SHORTEST, LONGEST = 8, 128


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def hashed(password: str) -> str:
    """The form in which *password* is kept.

    Raises:
        InputError: It is shorter than 8 or longer than 128 characters.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            f"The password has {len(password)} characters. "
            f"Expected {SHORTEST} to {LONGEST}; 15 or more are advised."
        )
    return _hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether *password* is the one that *stored* was made from. Takes as long where there is none."""
    try:
        _hasher().verify(_nobodys_hash() if stored is None else stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
