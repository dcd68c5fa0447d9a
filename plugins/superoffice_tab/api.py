"""What other plugins may use of the SUPEROFFICE tab: looking licences up, and selling licences of their own.

The functions answer whichever plugin calls them, whoever acts: what it shows of it to whom is for its own
permissions to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marshmallow import Schema, fields

from host.api import current_host, hookspec, published

from .schemas.published import (
    Holder,
    HolderSchema,
    LicenceUse,
    LicenceUseSchema,
    ModuleOwner,
    ModuleOwnerSchema,
    OwnerSummary,
    OwnerSummarySchema,
)

if TYPE_CHECKING:
    from .services.reading import LicenceView, OwnerView

__all__ = [
    "Holder",
    "LicenceUse",
    "ModuleOwner",
    "ModuleOwnerSchema",
    "OwnerSummary",
    "SuperofficeSpec",
    "holders",
    "licence",
    "licences",
    "owners",
]


class SuperofficeSpec:
    """Hooks of the SUPEROFFICE tab."""

    @hookspec
    def superoffice_module_owners(self) -> list[ModuleOwner]:
        """Announce the owners whose licences the plugin sells.

        Called once when the host loads the plugin, outside any request. The answer is checked and kept as
        JSON, and soon after the start of the host each owner has a tab with all that SUPEROFFICE's has.

        Returns:
            The owners. One that another plugin announced before stays that one's.

        If it raises:
            The plugin is rejected with the reason. What an owner's tab shows stays, also when the plugin
            is gone: the licences are the customer's.

        .. versionadded:: 0.1
        """


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


@published(takes=_LicenceSchema(), returns=fields.List(fields.Nested(HolderSchema)))
def holders(*, owner: str, name: str) -> list[Holder]:
    """Who holds a licence, by user id; who holds a plan that brings it holds it too.

    Args:
        owner: Owner name, in any case.
        name: Full module name, or code name without the owner, in any case.

    Raises:
        NotFoundError: No licence of that name and owner is in force.

    .. versionadded:: 0.1
    """
    from .services import holding_list, reading

    session = current_host.session
    known = reading.known_owner(owner, session)
    rows = holding_list.everybody(known, name.lower().removeprefix(f"{known.name.lower()}."), session)
    return [Holder(user_id=user_id, full_name=full, weight=weight) for user_id, full, weight in rows]


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
