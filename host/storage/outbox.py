"""Audit rows of a third party: written in its own transaction, carried to the host's log after it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.orm import Session

from host.api.errors import InputError
from host.domain.audit import AuditEntry

from .audit_chain import AuditingSession
from .base import UtcDateTime
from .database import Database
from .records import add_audit_once

MOST_ROWS = 100
MOST_BYTES = 512 * 1024
ROW_BYTES = 64 * 1024
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

outbox_metadata = MetaData()
OUTBOX = Table(
    "tabhost_outbox",
    outbox_metadata,
    Column("id", String(36), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(239), nullable=False),
    Column("action", String(120), nullable=False),
    Column("subject", String(512), nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Column("origin", String(200)),
)
"""Stands in a third party's own store."""

CARRIED = ("at", "actor", "action", "subject", "before", "after", "origin")
NOT_KNOWN = "outbox"
"""From where a row comes that was written before the outbox kept that."""


def make_outbox(connection: Connection) -> None:
    """Make the outbox in a third party's store, or bring it to its newest form."""
    outbox_metadata.create_all(connection)
    if "origin" not in {each["name"] for each in inspect(connection).get_columns(OUTBOX.name)}:
        connection.execute(text(f"ALTER TABLE {OUTBOX.name} ADD COLUMN origin VARCHAR(200)"))


def _storable(text: str) -> None:
    """Refuse what PostgreSQL cannot hold, on SQLite too: a row must not stop on its way."""
    if "\0" in text:
        raise ValidationError("must not contain a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError("must be Unicode text") from None


def _text(most: int) -> fields.String:
    return fields.String(required=True, validate=[validate.Length(max=most), _storable])


class OutboxRowSchema(Schema):
    """One row on its way. Whoever sends it runs a third party's code: nothing of it is taken on trust."""

    class Meta:
        unknown = RAISE

    id = fields.UUID(required=True)
    at = fields.AwareDateTime(format="iso", required=True, validate=validate.Range(EARLIEST, LATEST))
    actor = _text(239)
    action = _text(120)
    subject = _text(512)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)
    origin = fields.String(load_default=None, allow_none=True, validate=[validate.Length(max=200), _storable])

    @validates_schema(pass_original=True)
    def weigh(self, data: dict[str, Any], row: dict[str, Any], **_: Any) -> None:
        """Refuse what is no JSON, or more of it than an entry may be."""
        try:
            size = _size(row)
        except (TypeError, ValueError, RecursionError):
            raise ValidationError("must be JSON") from None
        if size > ROW_BYTES:
            raise ValidationError(f"must be at most {ROW_BYTES // 1024} KB of JSON, not {size:,} bytes")


_SCHEMA = OutboxRowSchema()


def add_to_outbox(session: Session, entry: AuditEntry) -> None:
    """Write *entry* beside the change it belongs to, in a third party's own store.

    Raises:
        ValueError: It is one that the host would refuse; better its author hears of it than nobody.
    """
    values: dict[str, Any] = {key: getattr(entry, key) for key in CARRIED}
    number = str(uuid.uuid4())
    problems = _SCHEMA.validate(_packed({"id": number, **values}))
    if problems:
        raise ValueError(f"an audit entry that cannot be kept: {_said(problems)}")
    session.execute(insert(OUTBOX).values(id=number, **values))


def take_outbox(store: Database) -> list[dict[str, Any]]:
    """Rows that wait, as JSON, the oldest first: at most 100, and about half a megabyte at most.

    They stay until `clear_outbox`: whoever carries them may be interrupted.
    """
    taken: list[dict[str, Any]] = []
    room = MOST_BYTES
    query = select(OUTBOX).order_by(OUTBOX.c.at, OUTBOX.c.id).limit(MOST_ROWS)
    with store.reading() as session:
        for each in session.execute(query).mappings():
            row = _packed(dict(each))
            room -= _size(row)
            if taken and room < 0:
                break
            taken.append(row)
    return taken


def clear_outbox(store: Database, ids: Iterable[str]) -> None:
    """Forget rows that have arrived."""
    with store.writing() as session:
        session.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(list(ids))))


def carry(store: Database, push: Callable[[list[dict[str, Any]]], object]) -> None:
    """Hand everything that waits in *store* to *push*, piece by piece; what it took is forgotten.

    Raises:
        Exception: Whatever *push* raises; what it was given waits on.
    """
    while rows := take_outbox(store):
        push(rows)
        clear_outbox(store, [row["id"] for row in rows])


def take_in(session: Session, plugin: str, rows: list[dict[str, Any]]) -> list[str]:
    """Write rows of *plugin*'s outbox into the host's log, each once by its id, however often it comes.

    A row that cannot be kept is left out, and the others are kept: one of them must not hold up the log.

    Args:
        session: On the host's database; the rows arrive when it is committed.
        plugin: Whose rows they are. Ids are its own: another plugin's row of the same id is another row.
        rows: From `take_outbox`, through JSON.

    Returns:
        What was refused, and why: a sentence for each.

    Raises:
        InputError: More came than `take_outbox` ever takes; nothing is written.
    """
    if len(rows) > MOST_ROWS:
        raise InputError(f"{len(rows)} audit rows came at once, expected at most {MOST_ROWS}")
    refused = []
    for number, row in enumerate(rows, start=1):
        try:
            values = _SCHEMA.load(row)
        except ValidationError as error:
            refused.append(f"row {number}: {_said(error.messages)}")
            continue
        outbox_id, origin = str(values.pop("id")), _revealed(session, values.pop("origin") or "")
        add_audit_once(session, AuditEntry(plugin=plugin, outbox_id=outbox_id, origin=origin, **values))
    return refused


def _revealed(session: Session, origin: str) -> str:
    notary = session.notary if isinstance(session, AuditingSession) else None
    return (notary.revealed(origin) if notary else origin) or NOT_KNOWN


def _packed(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "at": values["at"].isoformat()}


def _size(row: dict[str, Any]) -> int:
    return len(json.dumps(row, allow_nan=False))


def _said(problems: Any) -> str:
    """What a schema found wrong, on one line, without the values: they may be long, or secret."""
    if not isinstance(problems, dict):
        return " ".join(str(each) for each in problems)[:200]
    return "; ".join(
        f"{key!r}: {' '.join(map(str, each))}" if key != "_schema" else " ".join(map(str, each))
        for key, each in problems.items()
    )[:500]
