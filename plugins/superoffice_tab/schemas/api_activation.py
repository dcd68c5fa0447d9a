"""Sets that wait, and putting back, in the JSON API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from dataclasses import fields as columns
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields, pre_dump, validate

from host.api import WholeNumber
from superoffice_tab.domain.comparing import Change
from superoffice_tab.domain.counting import Cause
from superoffice_tab.domain.licences import LicenceType, full_name
from superoffice_tab.domain.verdicts import Verdict, VerdictError

from .api_parts import English, about, asked, nullable

if TYPE_CHECKING:
    from superoffice_tab.services.pending import PendingView
    from superoffice_tab.services.putting_back import PutBack, PutBackView
    from superoffice_tab.services.putting_in_force import Activation

LARGEST_SEQ = 2**63 - 1


class FileNameSchema(Schema):
    """What a file is called."""

    name = asked(200, "Name of the file, for messages and the audit log", load_default="API")


class ReceivedSchema(Schema):
    """What became of a file."""

    outcome = fields.String(
        validate=validate.OneOf(["pending", "activated", "up-to-date"]),
        **about("It waits; it is in force, because it changes nothing for anybody; or it was known already"),
    )
    owner = fields.String(**about("Owner name"))
    seq = fields.Integer(**about("Number of its set"))


class ChangeSchema(Schema):
    """A licence that is new, gone, or no longer the same; figures are null where they say nothing."""

    name = fields.String(**about("Full module name"))
    code = fields.String(**about("Code name"))
    title = fields.String(**about("Display name"))
    type = fields.Enum(LicenceType, by_value=True, **about("What it is, or will be"))
    state = fields.String(validate=validate.OneOf(["new", "gone", "changed"]), **about("What becomes of it"))
    in_use = fields.Integer(**nullable("How many are held now"))
    free = fields.Integer(**nullable("How many are free now"))
    total = fields.Integer(**nullable("How many were bought until now"))
    added = fields.Integer(**nullable("New total less total"))
    new_total = fields.Integer(**nullable("How many there will be"))
    new_free = fields.Integer(**nullable("How many will be free after what is planned; negative: it blocks"))
    unrestricted_before = fields.Boolean(**about("Any number of people may hold it now"))
    unrestricted_after = fields.Boolean(**about("Any number of people may hold it then"))
    hidden = fields.Boolean(**about("It comes with a plan"))
    to_remove = fields.Integer(**about("How many still have to go, after what is planned"))
    planned = fields.Integer(**about("How many holders the plan moves or removes"))
    cause = fields.Enum(Cause, by_value=True, **nullable("Why holders stand in the way"))


class _DiffSchema(Schema):
    owner = fields.String(**about("Owner name"))
    title = fields.String(**about("Display name of the owner"))
    seq = fields.Integer(**about("Number of the set"))
    expiry = fields.Date(**nullable("Last day of the set that would be in force; null for never"))
    grace_until = fields.Date(
        **nullable("Last day of its grace period, where it has expired already; null where it has not")
    )
    changes = fields.List(fields.Nested(ChangeSchema), **about("Only what changes for people"))
    effects = fields.List(English(), **about("The same in sentences"))
    blocked = fields.List(
        fields.String(), **about("Full names of licences of which holders have to go first")
    )
    verdict = fields.Enum(Verdict, by_value=True, **nullable("Why it would not be accepted now"))
    problem = fields.String(**nullable("The same in words, with what to do"))

    @pre_dump
    def flatten(self, view: PendingView | PutBackView, **_: Any) -> dict[str, Any]:
        """Licences by their full names, and the verdict as code and words."""
        told = {column.name: getattr(view, column.name) for column in columns(view)}
        return {
            **told,
            "changes": _named(view.changes, view.owner),
            "blocked": [full_name(view.owner, each.name) for each in view.blocked],
            "verdict": view.verdict.verdict if isinstance(view.verdict, VerdictError) else None,
            "problem": view.verdict and str(view.verdict),
            "can_put_back": view.verdict is None and not view.blocked,
        }


class PendingSchema(_DiffSchema):
    """A set that waits, and what activating it would do."""

    company = fields.String(**about("To whom it was issued"))
    serial = fields.String(**about("For which installation"))
    issued_at = fields.AwareDateTime(**about("When it was issued"))
    received_at = fields.AwareDateTime(**about("When it came"))
    received_by = fields.String(**about("User id of who brought it"))
    source = fields.String(**about("Name of the file, or the address it was fetched from"))
    is_first = fields.Boolean(**about("Whether nothing of this owner is in force yet"))
    new_serial = fields.String(**nullable("The serial number that has to be confirmed; null where it stays"))
    new_company = fields.String(**nullable("The company name that has to be confirmed; null where it stays"))
    expiry_before = fields.Date(**nullable("Last day of the set in force; null for never"))
    can_activate = fields.Boolean(**about("Whether it can be activated, with what has to be confirmed"))


class SeenSchema(Schema):
    """Which set was seen: another one may wait, or be in force, by now."""

    seq = WholeNumber(
        required=True,
        validate=validate.Range(0, LARGEST_SEQ),
        **about("Number of the set that was looked at"),
    )


class ConfirmedSchema(SeenSchema):
    """The same, with what confirms that the installation gets a new identity."""

    confirm_serial = asked(20, "The new serial number, where it changes", load_default="")
    confirm_company = asked(254, "The new company name, where it changes", load_default="")


class TotalSchema(Schema):
    """How the quantity of a licence changed; it may be the same where something else did."""

    name = fields.String(**about("Full module name"))
    code = fields.String(**about("Code name"))
    total_before = fields.Integer(**nullable("Until then; null where it was not there"))
    total_after = fields.Integer(**nullable("From then on; null where it is not there"))


class _DoneSchema(Schema):
    owner = fields.String(**about("Owner name"))
    seq = fields.Integer(**about("Number of the set in force now"))
    changed = fields.List(fields.Nested(TotalSchema), **about("Licences that are no longer the same"))

    @pre_dump
    def flatten(self, done: Activation | PutBack, **_: Any) -> dict[str, Any]:
        """Licences by their full names."""
        told = {column.name: getattr(done, column.name) for column in columns(done)}
        changed = [
            {"name": full_name(done.owner, code), "code": code, "total_before": old, "total_after": new}
            for code, (old, new) in done.changed.items()
        ]
        return {**told, "changed": changed}


class ActivationSchema(_DoneSchema):
    """What activating a set did."""

    licences = fields.Integer(**about("How many licences it has"))
    released = fields.Integer(**about("How many holders lost a licence"))
    reassigned = fields.Integer(**about("How many got another one instead"))


class SkippedSchema(Schema):
    """Somebody who does not get back what they had."""

    user_id = fields.String(**about("User id"))
    full_name = fields.String(**about("Name"))
    licence = fields.String(**about("Full name of what they had"))
    title = fields.String(**about("Its display name"))
    reason = English(**about("Why they do not get it"))


class PutBackViewSchema(_DiffSchema):
    """What putting the previous set back would do; ``seq`` is the number of the set in force."""

    previous_seq = fields.Integer(**about("Number of the set that would come back in force"))
    activated_at = fields.AwareDateTime(**about("When the set in force was activated"))
    activated_by = fields.String(**about("User id of who did it"))
    days_left = fields.Integer(**nullable("Days to its expiry, negative once past; null for never"))
    returning = fields.Integer(**about("How many holders get back what they had"))
    skipped = fields.List(fields.Nested(SkippedSchema), **about("Those who do not"))
    can_put_back = fields.Boolean(**about("Whether it can be done"))


class PutBackSchema(_DoneSchema):
    """What putting the previous set back did."""

    undone_seq = fields.Integer(**about("Number of the set that was in force"))
    expiry = fields.Date(**nullable("Last day of the set in force again; null for never"))
    grace_until = fields.Date(
        **nullable("Last day of its grace period, where it has expired already; null where it has not")
    )
    returned = fields.Integer(**about("How many holders got back what they had"))
    skipped = fields.List(fields.Nested(SkippedSchema), **about("Those who did not"))


def _named(changes: Iterable[Change], owner: str) -> list[dict[str, Any]]:
    return [
        {**asdict(each), "name": full_name(owner, each.name), "code": each.name, "type": each.kind}
        for each in changes
    ]
