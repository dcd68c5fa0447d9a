"""Which plugin started a system event; nothing is known of those that are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("status_tab_system_event", sa.Column("starter", sa.String(40), nullable=True))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("status_tab_system_event", "starter")
