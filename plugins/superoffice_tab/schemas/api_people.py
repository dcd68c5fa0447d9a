"""Associates in the JSON API: who holds what, giving it to them and taking it back."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from host.api import WholeNumber
from superoffice_tab.domain.people import HEAVIEST
from superoffice_tab.services.assigning import MOST

from .api_parts import English, PartSchema, about, asked, nullable
from .fields import storable

_FULL_NAME = validate.Regexp(
    r"^[^.\x00]+\.[^.\x00][^\x00]*$", error="Must be a full module name such as superoffice.ten-sales."
)


class WhichAssociatesSchema(PartSchema):
    """Which associates are wanted."""

    owner = asked(40, "Show only what they hold of this owner", load_default=None)
    licence = fields.String(
        validate=[validate.Length(max=300), _FULL_NAME],
        load_default=None,
        **about("Only those who hold this licence; full module name"),
    )
    retired = fields.Boolean(load_default=False, **about("Retired people too"))
    sort = fields.String(
        load_default="last_login",
        validate=validate.OneOf(["last_login", "user_id", "full_name"]),
        **about("Those who have not signed in for longest first, or by user id or name"),
    )

    @post_load
    def split(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Owner and code name of the licence."""
        licence: str | None = data.pop("licence")
        if licence is None:
            return data | {"code": None}
        owner, _dot, code = licence.partition(".")
        if data["owner"] is not None and data["owner"].upper() != owner.upper():
            raise ValidationError("Must be a licence of the owner that is asked for.", "licence")
        return data | {"owner": owner, "code": code}


class PersonSchema(Schema):
    """An associate, or a holder."""

    user_id = fields.String(**about("User id"))
    full_name = fields.String(**about("Name"))
    type = fields.String(**about("Kind of associate"))
    group = fields.String(**about("Primary group, or empty"))
    role = fields.String(**about("Role, or empty"))
    last_login = fields.AwareDateTime(**nullable("When they last signed in; null for never"))
    open_requests = fields.Integer(**about("Their open requests in Service"))
    retired = fields.Boolean(**about("Whether they are retired: then they count for nothing"))


class HolderSchema(PersonSchema):
    """Somebody who was given a licence."""

    weight = fields.Integer(**about("How many of it they occupy"))


class HoldersSchema(Schema):
    """Some of those who were given a licence."""

    total = fields.Integer(**about("How many there are in all"))
    holders = fields.List(fields.Nested(HolderSchema), **about("Who has not signed in for longest first"))


class HeldSchema(Schema):
    """A licence that somebody was given."""

    name = fields.String(**about("Full module name"))
    owner = fields.String(**about("Module owner"))
    code = fields.String(**about("Code name"))
    title = fields.String(**about("Display name"))
    weight = fields.Integer(**about("How many of it they occupy"))
    is_plan = fields.Boolean(**about("Whether it is a plan, of which they have one"))


class AssociateSchema(PersonSchema):
    """An associate, with what they were given."""

    licences = fields.List(fields.Nested(HeldSchema), **about("Plans first, then by display name"))


class AssociatesSchema(Schema):
    """Some of the associates."""

    total = fields.Integer(**about("How many there are in all"))
    associates = fields.List(fields.Nested(AssociateSchema), **about("In the order that was asked for"))


class WhomSchema(Schema):
    """Who is concerned."""

    user_ids = fields.List(
        fields.String(validate=[validate.Length(1, 239), storable]),
        required=True,
        validate=validate.Length(1, MOST),
        **about("User ids of associates"),
    )


class AssignmentSchema(WhomSchema):
    """Who gets a licence, and how."""

    weight = WholeNumber(
        load_default=None,
        validate=validate.Range(1, HEAVIEST),
        **about("How many each of them occupies; without it whoever holds it keeps so many, others get 1"),
    )
    instead_of_plan = fields.Boolean(
        load_default=False, **about("Take back the plan of this owner that somebody has, for another one")
    )


class OutcomeSchema(Schema):
    """What became of one person's licence."""

    user_id = fields.String(**about("User id"))
    licence = fields.String(**about("Full module name"))
    result = fields.String(
        validate=validate.OneOf(["assigned", "released", "unchanged", "refused"]), **about("What was done")
    )
    reason = English(**nullable("Why it was refused; null where it was not"))
    denied = fields.Boolean(**about("Whether it was refused for want of a free one, and counted as need"))
