"""The audit log as a chain.

Revision ID: 0007
Revises: 0006
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from host.domain.audit import NOWHERE, canonical, hash_of, linked
from host.storage.audit_rows import stored_moment
from host.storage.base import UtcDateTime, unconverted

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ADDED = (
    ("origin", sa.String(200)),
    ("previous", sa.String(64)),
    ("hash", sa.String(64)),
)
DISARM = {
    "sqlite": [f"DROP TRIGGER host_audit_no_{verb}" for verb in ("UPDATE", "DELETE")],
    "postgresql": ["DROP TRIGGER host_audit_append_only ON host_audit"],
}
ARM = {
    "sqlite": [
        f"CREATE TRIGGER host_audit_no_{verb} BEFORE {verb} ON host_audit "
        "BEGIN SELECT RAISE(ABORT, 'host_audit is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE TRIGGER host_audit_append_only BEFORE UPDATE OR DELETE ON host_audit "
        "FOR EACH ROW EXECUTE FUNCTION host_audit_append_only()",
    ],
}
"""As in 0001."""
ENTRIES = {
    "sqlite": "SELECT id, at, actor, plugin, action, subject, CAST(before AS TEXT) AS before, "
    "CAST(after AS TEXT) AS after, outbox_id FROM host_audit WHERE id > :last ORDER BY id LIMIT 1000",
    "postgresql": "SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24\\:MI\\:SS.US') AS at, actor, "
    "plugin, action, subject, CAST(before AS TEXT) AS before, CAST(after AS TEXT) AS after, outbox_id "
    "FROM host_audit WHERE id > :last ORDER BY id LIMIT 1000",
}
"""The next thousand, as they are stored."""


def upgrade() -> None:
    """Give every entry its place in the chain. Its head is signed with the first entry that follows."""
    for name, kind in ADDED:
        op.add_column("host_audit", sa.Column(name, kind, nullable=True))
    op.create_table(
        "host_audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signed_at", sa.String(32), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("checked_number", sa.BigInteger(), nullable=True),
        sa.Column("findings", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_host_audit_head"),
    )
    connection = op.get_bind()
    dialect = connection.dialect.name
    for statement in DISARM[dialect]:
        op.execute(statement)
    number, previous = _chain(connection, dialect)
    for statement in ARM[dialect]:
        op.execute(statement)
    head = sa.text(
        "INSERT INTO host_audit_head (id, number, hash, signed_at, signature) "
        "VALUES (1, :number, :hash, '', '')"
    )
    connection.execute(head, {"number": number, "hash": previous})


def _chain(connection: sa.Connection, dialect: str) -> tuple[int, str]:
    """Chain the entries in the order of their numbers, which keep the gaps that they have."""
    query = sa.text(ENTRIES[dialect])
    change = sa.text(
        "UPDATE host_audit SET before = :before, after = :after, previous = :previous, hash = :hash "
        "WHERE id = :id"
    )
    number, previous = 0, NOWHERE
    while rows := connection.execute(query, {"last": number}).mappings().all():
        changes: list[dict[str, Any]] = []
        for row in rows:
            number = row["id"]
            said = {name: _state(row[name]) for name in ("before", "after")}
            text = linked(
                number, previous, stored_moment(row["at"]),
                row["actor"], row["plugin"], row["action"], row["subject"],
                said["before"], said["after"], row["outbox_id"], None,
            )  # fmt: skip
            kept = {name: unconverted(each) if dialect == "sqlite" else each for name, each in said.items()}
            changes.append({"id": number, "previous": previous, "hash": hash_of(text), **kept})
            previous = changes[-1]["hash"]
        connection.execute(change, changes)
    return number, previous


def _state(stored: str | None) -> str | None:
    """In the form that is hashed."""
    return None if stored is None else canonical(json.loads(stored))


def downgrade() -> None:
    """Keep the entries, and forget that they are a chain."""
    op.drop_table("host_audit_head")
    for name, _ in reversed(ADDED):
        op.drop_column("host_audit", name)
    if op.get_bind().dialect.name == "postgresql":  # the numbers were given by the host in the meantime
        op.execute(
            "SELECT setval(pg_get_serial_sequence('host_audit', 'id'), max(id)) FROM host_audit "
            "HAVING max(id) > 0"
        )
