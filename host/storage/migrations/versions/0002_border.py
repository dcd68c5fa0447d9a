"""What the host keeps of third parties that run in processes of their own.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from host.storage.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OF_ALL = "uq_host_audit_outbox_id"
OF_A_PLUGIN = "uq_host_audit_plugin"
APPEND_ONLY = [
    f"CREATE TRIGGER host_audit_no_{verb} BEFORE {verb} ON host_audit "
    "BEGIN SELECT RAISE(ABORT, 'host_audit is append-only'); END"
    for verb in ("UPDATE", "DELETE")
]
"""As in 0001, for SQLite."""


def upgrade() -> None:
    """Make declarations, badges, the generation number and roles; count outbox ids for each plugin."""
    _audit_unique(OF_ALL, OF_A_PLUGIN, ["plugin", "outbox_id"])
    op.create_table(
        "host_declaration",
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("distribution", sa.String(254), nullable=False),
        sa.Column("version", sa.String(128), nullable=False),
        sa.Column("stamp", sa.String(64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("adopted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", name="pk_host_declaration"),
    )
    op.create_table(
        "host_badge",
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("tab", sa.String(40), nullable=False),
        sa.Column("text", sa.String(8), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "tab", name="pk_host_badge"),
    )
    op.create_table(
        "host_generation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_host_generation"),
    )
    op.execute("INSERT INTO host_generation (id, number) VALUES (1, 0)")
    op.create_table(
        "host_store_role",
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("role", sa.String(63), nullable=False),
        sa.Column("password", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("plugin", name="pk_host_store_role"),
    )


def downgrade() -> None:
    """Drop them again."""
    for table in ("host_store_role", "host_generation", "host_badge", "host_declaration"):
        op.drop_table(table)
    _audit_unique(OF_A_PLUGIN, OF_ALL, ["outbox_id"])


def _audit_unique(old: str, new: str, columns: list[str]) -> None:
    """Change what is unique in the log. SQLite does it by a new table, which has lost its triggers."""
    with op.batch_alter_table("host_audit") as audit:
        audit.drop_constraint(old, type_="unique")
        audit.create_unique_constraint(new, columns)
    if op.get_bind().dialect.name == "sqlite":
        for statement in APPEND_ONLY:
            op.execute(statement)
