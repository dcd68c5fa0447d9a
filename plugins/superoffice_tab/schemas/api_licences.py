"""Licences in force in the JSON API: what they are, how they are used, how they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, pre_dump, validate

from superoffice_tab.domain.licences import LicenceType, UserType, full_name

from .api_parts import about, asked, nullable

if TYPE_CHECKING:
    from superoffice_tab.services.details import Details


class WhichLicencesSchema(Schema):
    """Which licences are wanted."""

    hidden = fields.Boolean(load_default=False, **about("Hidden ones too: they come with a plan"))
    type = fields.Enum(LicenceType, by_value=True, load_default=None, **about("Only those of one type"))
    search = asked(100, "Only those with this in their name", load_default="")


class LicenceSchema(Schema):
    """A licence in force; figures are null where they say nothing."""

    name = fields.String(**about("Full module name, such as superoffice.ten-sales"))
    code = fields.String(**about("Code name without the owner"))
    title = fields.String(attribute="description", **about("Display name"))
    tooltip = fields.String(**about("What it is for"))
    type = fields.Enum(LicenceType, by_value=True, **about("Its type"))
    hidden = fields.Boolean(**about("Not in the list, and not assigned by hand: it comes with a plan"))
    unrestricted = fields.Boolean(**about("Any number of people may hold it"))
    in_use = fields.Integer(**nullable("How many are held"))
    total = fields.Integer(**nullable("How many were bought"))
    free = fields.Integer(**nullable("How many can still be given away"))
    altered = fields.Boolean(
        **about("Its row no longer says what the signed file says, and counts for nothing")
    )


class NamedSchema(Schema):
    """A licence that another one speaks of."""

    name = fields.String(**about("Full module name"))
    code = fields.String(**about("Code name"))
    title = fields.String(**about("Display name"))


class DetailsSchema(LicenceSchema):
    """One licence, with what it needs and brings along."""

    version = fields.String(**about("Product version it was issued for, or empty"))
    prerequisite = fields.Nested(NamedSchema, **nullable("What is needed first"))
    allowed_user_type = fields.Enum(UserType, by_value=True, **about("Who may hold it; Unknown for anybody"))
    is_plan = fields.Boolean(**about("Whether a person holds at most one of its kind"))
    brings = fields.List(fields.Nested(NamedSchema), **about("Hidden licences that come with it"))
    comes_with = fields.List(fields.Nested(NamedSchema), **about("The plans it comes with"))
    denied = fields.Integer(
        **nullable("How often in 30 days none was free for somebody; null where people do not hold it")
    )

    @pre_dump
    def put_together(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """One object of ``details`` and ``denied``: what its row says, and what there is to say beyond it."""
        found: Details = data["details"]
        owner, row = found.licence.owner, found.licence
        needed = found.prerequisite

        def named(code: str, title: str) -> dict[str, str]:
            return {"name": full_name(owner, code), "code": code, "title": title}

        return {
            **{name: getattr(row, name) for name in ("name", "code", "description", "tooltip", "type")},
            **{name: getattr(row, name) for name in ("hidden", "unrestricted", "altered")},
            **{name: getattr(row, name) for name in ("in_use", "total", "free")},
            "version": found.version,
            "prerequisite": named(*needed) if needed else None,
            "allowed_user_type": found.allowed,
            "is_plan": found.is_plan,
            "brings": [named(*each) for each in found.brings],
            "comes_with": [named(*each) for each in found.comes_with],
            "denied": data["denied"],
        }


class PeriodSchema(Schema):
    """How far to look back."""

    months = fields.Integer(load_default=12, validate=validate.Range(1, 120), **about("How many months"))
    days = fields.Integer(load_default=30, validate=validate.Range(0, 3660), **about("How many single days"))


class MonthSchema(Schema):
    """One month of a licence."""

    month = fields.Date(**about("Its first day"))
    peak = fields.Integer(**nullable("The highest use; null where nothing was counted"))
    bought = fields.Integer(**nullable("How many there were at its end; null where any number could be held"))


class DaySchema(Schema):
    """One day of a licence."""

    day = fields.Date(**about("In the installation's time zone"))
    in_use = fields.Integer(**about("The highest use"))
    bought = fields.Integer(**nullable("How many there were; null where any number could be held"))


class UseSchema(Schema):
    """How the use of a licence went."""

    months = fields.List(fields.Nested(MonthSchema), **about("Oldest first, that of today last"))
    days = fields.List(fields.Nested(DaySchema), **about("Oldest first; days without a count are missing"))


class HowManySchema(Schema):
    """How much of a history is wanted."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, 200), **about("How many at most"))


class HistorySchema(Schema):
    """An activation that changed a licence, or how long it is good and for which installation."""

    at = fields.AwareDateTime(**about("When"))
    by = fields.String(**about("User id of who did it"))
    automatic = fields.Boolean(**about("Whether it happened by itself"))
    put_back = fields.Boolean(**about("Whether it put the previous set back"))
    total_before = fields.Integer(**nullable("Quantity until then; null where it was not there"))
    total_after = fields.Integer(**nullable("Quantity from then on; null where it is not there"))
    expiry_before = fields.Date(**nullable("Last day of the set before it; null for never, or for no set"))
    expiry_after = fields.Date(**nullable("Last day of the set; null for never"))
    new_maintenance = fields.Date(**nullable("Until when upgrades are covered, where that changed"))
    new_serial = fields.String(**nullable("For which installation, where that changed"))
