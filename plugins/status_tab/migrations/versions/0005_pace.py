"""When usage that came in last had somebody look where a service is heading."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "status_tab_pace_look",
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("looked", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("service", name="pk_status_tab_pace_look"),
    )


def downgrade() -> None:
    """Drop the table again."""
    op.drop_table("status_tab_pace_look")
