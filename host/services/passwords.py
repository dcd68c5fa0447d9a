"""Passwords: argon2, and the same effort whether an account exists or not."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from host.api.errors import InputError
from host.api.values import N_

from .common_passwords import PRODUCTS, is_common, without
from .house import House

SHORTEST, LONGEST, ADVISED = 8, 128, 15


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def hashed(password: str, words: Iterable[str] = ()) -> str:
    """The form in which *password* is kept. It is taken as it was typed, whatever it is made of (ASVS 6.2.5).

    Args:
        password: 8 to 128 characters; 15 or more are advised (ASVS 6.2.1, 6.2.9).
        words: What suggests a password for this account: see `suggesting`.

    Raises:
        InputError: It is too short or too long, common (ASVS 6.2.4), or suggests itself (ASVS 6.2.11).
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            N_(
                "The password has %(n)d characters. Expected %(least)d to %(most)d; %(advised)d or more are "
                "advised.",
                n=len(password),
                least=SHORTEST,
                most=LONGEST,
                advised=ADVISED,
            )
        )
    if not password.isascii() and any("\ud800" <= each <= "\udfff" for each in password):
        raise InputError(N_("The password has something in it that is no character. Type it again."))
    if is_common(password):
        raise InputError(
            N_(
                "This password is on the list of those that are tried first. Choose another, such as a few "
                "words that have nothing to do with each other."
            )
        )
    left = without(password, (*PRODUCTS, *words))
    if left != password and (len(left) < SHORTEST or is_common(left)):
        raise InputError(
            N_(
                "This password is little more than your name, your user ID or the name of this host. "
                "Those are tried first. Choose another."
            )
        )
    return _hasher().hash(password)


def suggesting(house: House, user_id: str, full_name: str) -> tuple[str, ...]:
    """The words that suggest a password for this account: its own, and the host's."""
    return user_id, full_name, house.title


def matches(stored: str | None, password: str) -> bool:
    """Whether *password* is the one that *stored* was made from. Takes as long where there is none."""
    try:
        typed = password.encode("utf-8", "surrogatepass")  # JSON may bring what is no character: just wrong
        _hasher().verify(_nobodys_hash() if stored is None else stored, typed)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
