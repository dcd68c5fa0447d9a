"""What activating will do with holders, in the JSON API."""

from __future__ import annotations

from marshmallow import Schema, fields

from .api_parts import English, about, asked, nullable


class InsteadSchema(Schema):
    """What a holder gets instead."""

    to = asked(
        239,
        "Code name of a licence of the set that waits; null to take back",
        required=True,
        allow_none=True,
    )


class PlannedHolderSchema(Schema):
    """A holder of a licence of which some have to go."""

    user_id = fields.String(**about("User id"))
    full_name = fields.String(**about("Name"))
    role = fields.String(**about("Role, or empty"))
    last_login = fields.AwareDateTime(**nullable("When they last signed in; null for never"))
    open_requests = fields.Integer(**about("Their open requests in Service"))
    weight = fields.Integer(**about("How many of it they occupy"))
    licence = fields.String(**about("Code name of what was given: the licence, or the plan it comes with"))
    planned = fields.String(**nullable("remove, the code name of what they get instead, or null for nothing"))
    refusal = English(**nullable("Why it cannot be taken back"))
    retired = fields.Boolean(**about("Listed only where the licence disappears"))


class PlanSchema(Schema):
    """Holders of one licence, and what is planned for them."""

    total = fields.Integer(**about("How many holders there are in all"))
    in_use = fields.Integer(**about("How many are held, before the plan"))
    available = fields.Integer(**nullable("How many there will be; null where any number can be held"))
    to_remove = fields.Integer(**about("How many have to go, before the plan"))
    chosen = fields.Integer(**about("How many the plan moves or removes"))
    holders = fields.List(
        fields.Nested(PlannedHolderSchema),
        attribute="rows",
        **about("Who has not signed in for longest first"),
    )


class TargetSchema(Schema):
    """A licence that a holder might get instead."""

    code = fields.String(attribute="name", **about("Code name"))
    title = fields.String(**about("Display name"))
    free = fields.Integer(**nullable("How many are free after the plan; null where any number can be held"))
    refusal = English(**nullable("Why this person cannot get it; null where they can"))


class ChosenSchema(Schema):
    """Who was chosen."""

    user_ids = fields.List(fields.String(), **about("User ids"))
