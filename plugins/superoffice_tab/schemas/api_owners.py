"""Module owners in the JSON API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from superoffice_tab.domain.expiry import Standing
from superoffice_tab.domain.status import LicenseStatus

from .api_parts import English, about, nullable


class CheckSchema(Schema):
    """How asking the owner's licence server went the last time."""

    status = fields.String(**about(f"Empty where it was never asked, or one of {', '.join(LicenseStatus)}"))
    message = English(**about("What the server or the check said"))
    url = fields.String(**about("Address that came with the message, or empty"))
    checked_at = fields.AwareDateTime(**nullable("When it was asked; null for never"))
    next_try = fields.AwareDateTime(**nullable("When it is asked again after a failure"))


class AlteredSchema(Schema):
    """A row that no longer says what the signed file says: it counts for nothing until it is restored."""

    name = fields.String(**about("Code name of the licence; empty for the owner's own row, or the file"))
    kind = fields.String(
        validate=validate.OneOf(["changed", "missing", "added", "file", "holders"]),
        **about(
            "It was changed, is gone, or was never signed; the file itself no longer verifies; or somebody "
            "holds less than one of the licence"
        ),
    )
    what = fields.List(fields.String(), **about("Names of what differs; of holders the first user ids"))


class OwnerSchema(Schema):
    """A module owner; what stands in a licence file is null while none is in force."""

    name = fields.String(**about("Owner name, upper case"))
    title = fields.String(**about("Display name"))
    company = fields.String(**nullable("To whom the licences were issued"))
    serial = fields.String(**nullable("For which installation"))
    product = fields.String(**nullable("What was bought"))
    seq = fields.Integer(**nullable("Number of the set in force"))
    activated_at = fields.AwareDateTime(**nullable("When that was activated"))
    activated_by = fields.String(**nullable("User id of who did it"))
    next_check = fields.Date(**nullable("When the licence server is asked next"))
    warning = fields.Date(**nullable("The first day of reminders"))
    expiry = fields.Date(**nullable("The last day; null for never"))
    grace = fields.Date(**nullable("The last day that is still good after that"))
    maintenance = fields.Date(**nullable("The last day on which upgrades are covered"))
    days_left = fields.Integer(**nullable("Days to the expiry date, negative once past; null for never"))
    licence_state = fields.Enum(
        Standing, by_value=True, **nullable("How the licence stands today; null while none is in force")
    )
    upgrades_covered = fields.Boolean(**nullable("Whether upgrades are; null where that never ends"))
    pending_seq = fields.Integer(**nullable("Number of the set that waits to be activated; null for none"))
    altered = fields.Integer(**about("How many rows no longer say what the signed file says"))
    altered_rows = fields.List(fields.Nested(AlteredSchema), **about("All of them by name"))
    check = fields.Nested(CheckSchema, **about("How asking the licence server went the last time"))
