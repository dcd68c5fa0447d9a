"""The host's JSON API for the audit log: the same entries, filters and check as on its page."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from host.api.errors import TabhostError
from host.api.runtime import requires
from host.domain.audit import Link
from host.domain.chain import Wrong
from host.engine.prefixes import API
from host.services.audit import MOST, VIEW, LogState, Report, find, log_of, one, state_of, verify
from host.services.audit_wanted import LONGEST, Asked, wanted

from .people_api import said_no
from .visitor import household, timezone

audit_api = Blueprint("audit_api", __name__, url_prefix=API, description="What was done, and by whom")
audit_api.register_error_handler(TabhostError, said_no)

HIGHEST = (1 << 31) - 1


class WantedSchema(Schema):
    """Which entries to list."""

    actor = fields.String(
        load_default="", validate=validate.Length(max=LONGEST), metadata={"description": "Who, in any case"}
    )
    action = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST),
        metadata={"description": "What, or an area with a dot at its end, such as `account.`"},
    )
    plugin = fields.String(
        load_default="", validate=validate.Length(max=LONGEST), metadata={"description": "Plugin id, or host"}
    )
    subject = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST),
        metadata={"description": "Part of what it was done to, in any case"},
    )
    since = fields.Date(
        data_key="from",
        load_default=None,
        metadata={"description": "First day, such as 2026-11-24, in the caller's time zone"},
    )
    until = fields.Date(data_key="to", load_default=None, metadata={"description": "Last day, likewise"})
    below = fields.Integer(
        load_default=None,
        validate=validate.Range(1, HIGHEST),
        metadata={"description": "Only entries with lower numbers: the last number of a page gives the next"},
    )
    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, MOST), metadata={"description": "How many at most"}
    )


class EntrySchema(Schema):
    """One entry of the audit log."""

    number = fields.Integer(metadata={"description": "Its place in the chain"})
    at = fields.AwareDateTime(attribute="entry.at", metadata={"description": "When, in UTC"})
    actor = fields.String(attribute="entry.actor", metadata={"description": "Who: a user id, cli or system"})
    plugin = fields.String(
        attribute="entry.plugin", metadata={"description": "Whose words action and subject are"}
    )
    action = fields.String(attribute="entry.action", metadata={"description": "What was done"})
    subject = fields.String(attribute="entry.subject", metadata={"description": "What it was done to"})
    before = fields.Raw(attribute="entry.before", allow_none=True, metadata={"description": "State before"})
    after = fields.Raw(attribute="entry.after", allow_none=True, metadata={"description": "State after"})
    origin = fields.String(
        attribute="entry.origin", allow_none=True, metadata={"description": "From where; null if not known"}
    )
    outbox_id = fields.String(
        attribute="entry.outbox_id", allow_none=True, metadata={"description": "Id in a plugin's outbox"}
    )
    previous = fields.String(allow_none=True, metadata={"description": "Hash of the entry before it"})
    hash = fields.String(allow_none=True, metadata={"description": "SHA-256 of all the rest"})


class HeadSchema(Schema):
    """Where the log ends, signed."""

    number = fields.Integer(metadata={"description": "Number of the last entry"})
    hash = fields.String(metadata={"description": "Its hash"})
    signed_at = fields.String(metadata={"description": "When it was signed, in UTC; empty for never"})
    signature = fields.String(metadata={"description": "Ed25519, in hex"})


class FindingSchema(Schema):
    """Something that is wrong with the log."""

    number = fields.Integer(metadata={"description": "The entry that it was found at"})
    wrong = fields.Enum(Wrong, by_value=True, metadata={"description": "What is wrong"})
    text = fields.String(metadata={"description": "A sentence that says so"})


class ReportSchema(Schema):
    """What a check of the whole log found."""

    whole = fields.Boolean(metadata={"description": "Whether nothing is wrong"})
    entries = fields.Integer(metadata={"description": "How many entries there are"})
    head = fields.Nested(HeadSchema, allow_none=True)
    findings = fields.List(fields.Nested(FindingSchema))
    wrong = fields.Integer(attribute="count", metadata={"description": "How much is wrong in all"})
    checked_at = fields.AwareDateTime(metadata={"description": "When, in UTC"})


class CheckSchema(Schema):
    """How the log was found when it was last checked."""

    at = fields.AwareDateTime(metadata={"description": "When, in UTC"})
    number = fields.Integer(metadata={"description": "Where it ended then"})
    findings = fields.Integer(metadata={"description": "How much was wrong"})


class StateSchema(Schema):
    """How the log stands, without checking all of it."""

    head = fields.Nested(HeadSchema, allow_none=True)
    signed = fields.Boolean(metadata={"description": "Whether this installation signed its head"})
    check = fields.Nested(CheckSchema, allow_none=True, metadata={"description": "null for never"})
    public_key = fields.Dict(metadata={"description": "What the head can be checked with, as a JSON Web Key"})


@audit_api.get("/audit")
@requires(VIEW)
@audit_api.arguments(WantedSchema, location="query")
@audit_api.response(200, EntrySchema(many=True))
def entries(asked: dict[str, Any]) -> list[Link]:
    """List entries of the audit log, the newest first."""
    below, limit = asked.pop("below"), asked.pop("limit")
    since, until = asked.pop("since"), asked.pop("until")
    if since and until and since > until:
        return []
    days = {"since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}
    want = wanted(Asked(**asked, **days), timezone(), below=below)
    return find(log_of(household().house), want, limit=limit)


@audit_api.get("/audit/<int(max=2147483647):number>")
@requires(VIEW)
@audit_api.response(200, EntrySchema)
def entry(number: int) -> Link:
    """Show one entry."""
    return one(log_of(household().house), number)


@audit_api.get("/audit/state")
@requires(VIEW)
@audit_api.response(200, StateSchema)
def state() -> dict[str, Any]:
    """Say where the log ends, and how it was found when it was last checked."""
    log = log_of(household().house)
    found: LogState = state_of(log)
    return {"head": found.head, "signed": found.signed, "check": found.check, "public_key": log.notary.jwk}


@audit_api.post("/audit/check")
@requires(VIEW)
@audit_api.response(200, ReportSchema)
def check() -> Report:
    """Check every entry, and where the log ends."""
    return verify(log_of(household().house))
