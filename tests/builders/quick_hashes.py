"""Passwords of tests are hashed with argon2 as everywhere, but in one round over little memory.

What a password costs in earnest is a tenth of a second, and a few hundred tests set one or sign somebody in.
The real setting stays what processes of their own have, and what `test_passwords` asks for.
"""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher

from host.services import passwords

in_earnest = passwords._hasher
"""What the product itself hashes with."""


@cache
def _quick() -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hash_quickly() -> None:
    """Have this process hash so."""
    passwords._hasher = _quick
