"""What signing in needs: who proved what, and when.

Sessions know more from now on than can be said of those that stand: these end, and people sign in once more.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from host.storage.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of second factors; sessions with what is known of them."""
    op.drop_table("host_session")
    _make_sessions(
        sa.Column("public_id", sa.String(32), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("proved", sa.String(80), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("public_id", name="uq_host_session_public_id"),
    )
    op.create_table(
        "host_second_factor",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_host_second_factor"),
        _account_key("host_second_factor"),
    )
    op.create_table(
        "host_recovery_code",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_host_recovery_code"),
        _account_key("host_recovery_code"),
    )
    op.create_index("ix_host_recovery_code_account_id", "host_recovery_code", ["account_id"])
    op.create_table(
        "host_pending_sign_in",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("proved", sa.String(80), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_host_pending_sign_in"),
        _account_key("host_pending_sign_in"),
    )
    op.create_index("ix_host_pending_sign_in_account_id", "host_pending_sign_in", ["account_id"])


def downgrade() -> None:
    """Take them away again; sessions as they were, and none of them."""
    for table in ("host_pending_sign_in", "host_recovery_code", "host_second_factor", "host_session"):
        op.drop_table(table)
    _make_sessions()


def _make_sessions(*more: sa.schema.SchemaItem) -> None:
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
        *more,
    )
    op.create_index("ix_host_session_account_id", "host_session", ["account_id"])


def _account_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"],
        ["host_account.id"],
        name=f"fk_{table}_account_id_host_account",
        ondelete="CASCADE",
    )
