"""What other plugins add: facts that they push, and what they declared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "status_tab_fact",
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("told", TIME, nullable=False),
        sa.PrimaryKeyConstraint("plugin", "key", name="pk_status_tab_fact"),
    )
    op.create_table(
        "status_tab_declared",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seen", TIME, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_status_tab_declared"),
    )


def downgrade() -> None:
    """Drop the tables again."""
    op.drop_table("status_tab_declared")
    op.drop_table("status_tab_fact")
