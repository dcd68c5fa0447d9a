"""How often somebody tried in vain.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from host.storage.base import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of attempts."""
    op.create_table(
        "host_attempt",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("last", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_host_attempt"),
    )
    op.create_index("ix_host_attempt_last", "host_attempt", ["last"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("host_attempt")
