"""Whom this host asks for a second factor."""

from __future__ import annotations

from enum import StrEnum

from .people import ADMINISTRATOR, SignedIn
from .sessions import SECOND_FACTORS


class Required(StrEnum):
    """Who must have a second factor (``TABHOST_SECOND_FACTOR``)."""

    OPTIONAL = "optional"
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"

    def concerns(self, roles: tuple[str, ...]) -> bool:
        """Whether somebody with *roles* must have one."""
        return self == Required.EVERYBODY or (self == Required.ADMINISTRATORS and ADMINISTRATOR in roles)

    def is_missing(self, person: SignedIn) -> bool:
        """Whether *person* has to set one up before anything else.

        Not where an identity provider has asked for one, and this host trusts it in that.
        """
        given = person.has_second_factor or bool(SECOND_FACTORS & set(person.proved))
        return not given and self.concerns(person.account.roles)
