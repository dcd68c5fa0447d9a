"""The host's first tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from host.storage.base import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER host_audit_no_{verb} BEFORE {verb} ON host_audit "
        "BEGIN SELECT RAISE(ABORT, 'host_audit is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION host_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'host_audit is append-only'; END $$",
        "CREATE TRIGGER host_audit_append_only BEFORE UPDATE OR DELETE ON host_audit "
        "FOR EACH ROW EXECUTE FUNCTION host_audit_append_only()",
        "CREATE TRIGGER host_audit_no_truncate BEFORE TRUNCATE ON host_audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION host_audit_append_only()",
    ],
}


def upgrade() -> None:
    """Make accounts, sessions, the audit log and what people decide about plugins."""
    _people()
    op.create_table(
        "host_audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(239), nullable=False),
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("action", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(512), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("outbox_id", sa.String(36), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_host_audit"),
        sa.UniqueConstraint("outbox_id", name="uq_host_audit_outbox_id"),
    )
    op.create_index("ix_host_audit_at", "host_audit", ["at"])
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_table(
        "host_plugin_state",
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(239), nullable=False),
        sa.PrimaryKeyConstraint("plugin", name="pk_host_plugin_state"),
    )
    op.create_table(
        "host_plugin_setting",
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("setting", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "setting", name="pk_host_plugin_setting"),
    )


def _people() -> None:
    op.create_table(
        "host_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(239), nullable=False),
        sa.Column("user_key", sa.String(239), nullable=False),
        sa.Column("full_name", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.String(254), nullable=True),
        sa.Column("language", sa.String(16), nullable=True),
        sa.Column("timezone", sa.String(64), nullable=True),
        sa.Column("portrait", sa.LargeBinary(), nullable=True),
        sa.Column("portrait_type", sa.String(32), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_host_account"),
        sa.UniqueConstraint("user_key", name="uq_host_account_user_key"),
    )
    op.create_table(
        "host_account_role",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "role", name="pk_host_account_role"),
        _account_key("host_account_role"),
    )
    op.create_table(
        "host_session",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("csrf_token", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("toasts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_host_session"),
        _account_key("host_session"),
    )
    op.create_index("ix_host_session_account_id", "host_session", ["account_id"])
    op.create_table(
        "host_login_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_host_login_link"),
        _account_key("host_login_link"),
    )


def _account_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"],
        ["host_account.id"],
        name=f"fk_{table}_account_id_host_account",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    """Drop them again."""
    for table in (
        "host_plugin_setting",
        "host_plugin_state",
        "host_audit",
        "host_login_link",
        "host_session",
        "host_account_role",
        "host_account",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION host_audit_append_only()")
