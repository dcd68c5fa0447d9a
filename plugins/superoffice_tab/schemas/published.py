"""What other plugins are told and tell: values of `superoffice_tab.api`, each with its wire form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marshmallow import fields, validate

from host.api import ValueSchema

_ADDRESS = validate.Regexp(r"\A(https?://\S+)?\Z", error="Must be an address that begins with https://.")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds a licence, and is not retired.

    Args:
        user_id: Of an associate; an account of this host may have the same.
        full_name: The person's name.
        weight: How many of it they occupy.

    .. versionadded:: 0.1
    """

    user_id: str
    full_name: str
    weight: int = 1


class HolderSchema(ValueSchema):
    """Wire form of `Holder`."""

    value = Holder
    user_id = fields.String(required=True)
    full_name = fields.String(required=True)
    weight = fields.Integer()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleOwner:
    """An owner of licences that an add-on sells (domain.md 1.10, 3.1).

    Args:
        name: Owner name: letters A–Z and digits, upper case. ``SUPEROFFICE`` is taken.
        title: Display name.
        licence_url: Address of the licence server; "" for none, then licences come from files.
        shop_url: Where licences are bought; "" for nowhere.

    .. versionadded:: 0.1
    """

    name: str
    title: str
    licence_url: str = ""
    shop_url: str = ""


class ModuleOwnerSchema(ValueSchema):
    """Wire form of `ModuleOwner`."""

    value = ModuleOwner
    name = fields.String(
        required=True,
        validate=[
            validate.Regexp(
                r"\A[A-Z0-9]{1,40}\Z", error="Must be 1 to 40 letters A–Z and digits, upper case."
            ),
            validate.NoneOf(["SUPEROFFICE"], error="SUPEROFFICE is taken."),
        ],
    )
    title = fields.String(required=True, validate=validate.Length(min=1, max=254))
    licence_url = fields.String(validate=[validate.Length(max=254), _ADDRESS])
    shop_url = fields.String(validate=[validate.Length(max=254), _ADDRESS])
