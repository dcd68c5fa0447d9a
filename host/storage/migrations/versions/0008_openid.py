"""Accounts that an identity provider vouches for.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from host.storage.base import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "host_identity",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255)),
        sa.Column("id_token", sa.Text),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["host_account.id"],
            name="fk_host_identity_account_id_host_account",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_host_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_host_identity_issuer"),
        sa.UniqueConstraint("account_id", "issuer", name="uq_host_identity_account_id"),
    )
    op.create_table(
        "host_openid_attempt",
        sa.Column("state_hash", sa.String(64), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("secrets", sa.Text, nullable=False),
        sa.Column("back", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name="pk_host_openid_attempt"),
    )
    op.create_index("ix_host_openid_attempt_expires_at", "host_openid_attempt", ["expires_at"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("host_openid_attempt")
    op.drop_table("host_identity")
