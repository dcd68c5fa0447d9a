"""The list of people is read in its order, and searched without reading the people."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEX = "ix_superoffice_tab_associate_list"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        INDEX,
        "superoffice_tab_associate",
        ["last_login", "user_key", "retired", "full_name"],
        postgresql_ops={"last_login": "NULLS FIRST"},
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index(INDEX, "superoffice_tab_associate")
