"""Retired people are found without reading all of them: they are left out wherever holders are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEX = "ix_superoffice_tab_associate_retired"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        INDEX,
        "superoffice_tab_associate",
        ["retired"],
        sqlite_where=sa.text("retired IS NOT 0"),
        postgresql_where=sa.text("retired IS NOT FALSE"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index(INDEX, "superoffice_tab_associate")
