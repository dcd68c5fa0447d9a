"""What other plugins may use of the SUPEROFFICE tab: looking licences up.

The functions answer whichever plugin calls them, whoever acts: what it shows of it to whom is for its own
permissions to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from marshmallow import Schema, fields

from host.api import ValueSchema, current_host, published

if TYPE_CHECKING:
    from .services.reading import LicenceView, OwnerView

__all__ = ["LicenceUse", "OwnerSummary", "licence", "licences", "owners"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerSummary:
    """A module owner whose licences are in force here (domain.md 1.2).

    Args:
        name: Owner name, upper case, such as ``SUPEROFFICE``.
        title: Display name.
        company: To whom the licences were issued.
        serial: For which installation.
        expiry: Last day of the licences; None for never.
        grace: Last day on which they are still good after that; None for none.
    """

    name: str
    title: str
    company: str
    serial: str
    expiry: date | None = None
    grace: date | None = None


class OwnerSummarySchema(ValueSchema):
    """Wire form of `OwnerSummary`."""

    value = OwnerSummary
    name = fields.String(required=True)
    title = fields.String(required=True)
    company = fields.String(required=True)
    serial = fields.String(required=True)
    expiry = fields.Date(allow_none=True)
    grace = fields.Date(allow_none=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceUse:
    """A licence in force, and how much of it is in use (domain.md 1.2, 3.2).

    Args:
        name: Full module name, such as ``superoffice.ten-sales``.
        title: Display name.
        kind: ``user`` for what people hold, ``satellite``, ``system`` for what is on or off, or ``unknown``.
        hidden: Not in the list, and not assigned by hand: it comes with a plan.
        unrestricted: Any number of people may hold it.
        total: Bought; None where it is unrestricted or only on or off.
        in_use: Held; None for what people do not hold.
        free: Still to give away; None where nothing is counted or nothing limits it.
    """

    name: str
    title: str
    kind: str
    hidden: bool = False
    unrestricted: bool = False
    total: int | None = None
    in_use: int | None = None
    free: int | None = None


class LicenceUseSchema(ValueSchema):
    """Wire form of `LicenceUse`."""

    value = LicenceUse
    name = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    hidden = fields.Boolean()
    unrestricted = fields.Boolean()
    total = fields.Integer(allow_none=True)
    in_use = fields.Integer(allow_none=True)
    free = fields.Integer(allow_none=True)


class _LicencesSchema(Schema):
    owner = fields.String(required=True)
    hidden = fields.Boolean()


class _LicenceSchema(Schema):
    owner = fields.String(required=True)
    name = fields.String(required=True)


@published(takes=Schema(), returns=fields.List(fields.Nested(OwnerSummarySchema)))
def owners() -> list[OwnerSummary]:
    """All module owners with a licence in force, SUPEROFFICE first, then by name.

    .. versionadded:: 0.1
    """
    from .services import reading

    return [_owner(each) for each in reading.owners(current_host.session)]


@published(takes=_LicencesSchema(), returns=fields.List(fields.Nested(LicenceUseSchema)))
def licences(*, owner: str, hidden: bool = False) -> list[LicenceUse]:
    """The licences of an owner by display name, the unrestricted ones last.

    Args:
        owner: Owner name, in any case.
        hidden: List hidden ones too.

    Raises:
        NotFoundError: No licence of theirs was loaded; names those owners whose were.

    .. versionadded:: 0.1
    """
    from .services import reading

    session = current_host.session
    found = reading.licences(reading.known_owner(owner, session), session, hidden=hidden)
    return [_use(each) for each in found]


@published(takes=_LicenceSchema(), returns=fields.Nested(LicenceUseSchema, allow_none=True))
def licence(*, owner: str, name: str) -> LicenceUse | None:
    """One licence, hidden or not.

    Args:
        owner: Owner name, in any case.
        name: Full module name, or code name without the owner, in any case.

    Returns:
        The licence; None if the owner has none of that name.

    Raises:
        NotFoundError: No licence of theirs was loaded.

    .. versionadded:: 0.1
    """
    from .services import reading

    session, wanted = current_host.session, name.lower()
    found = reading.licences(reading.known_owner(owner, session), session, hidden=True)
    return next((_use(each) for each in found if wanted in {each.name, each.code}), None)


def _owner(view: OwnerView) -> OwnerSummary:
    return OwnerSummary(
        name=view.name,
        title=view.description,
        company=view.company,
        serial=view.serial,
        expiry=view.expiry,
        grace=view.grace,
    )


def _use(view: LicenceView) -> LicenceUse:
    return LicenceUse(
        name=view.name,
        title=view.description,
        kind=view.type.word,
        hidden=view.hidden,
        unrestricted=view.unrestricted,
        total=view.total,
        in_use=view.in_use,
        free=view.free,
    )
