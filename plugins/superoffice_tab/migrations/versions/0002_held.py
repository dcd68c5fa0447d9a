"""How many of a licence are held is kept with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

P = "superoffice_tab_"


def upgrade() -> None:
    """Add the column, and count once."""
    op.add_column(P + "licence", sa.Column("held", sa.Integer(), nullable=False, server_default=sa.text("0")))
    licence = sa.table(P + "licence", sa.column("id"), sa.column("held"))
    associate = sa.table(P + "associate", sa.column("id"), sa.column("retired", sa.Boolean()))
    assignment = sa.table(
        P + "assignment", sa.column("licence_id"), sa.column("associate_id"), sa.column("weight")
    )
    held = (
        sa.select(sa.func.coalesce(sa.func.sum(assignment.c.weight), 0))
        .join_from(assignment, associate, associate.c.id == assignment.c.associate_id)
        .where(assignment.c.licence_id == licence.c.id, associate.c.retired.is_(False))
        .scalar_subquery()
    )
    op.execute(sa.update(licence).values(held=held))


def downgrade() -> None:
    """Take it away: it can be counted."""
    op.drop_column(P + "licence", "held")
