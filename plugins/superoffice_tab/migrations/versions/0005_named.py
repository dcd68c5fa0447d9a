"""Nobody holds less than one of a licence, and what was altered in a row is named."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

P = "superoffice_tab_"
CHECK = "ck_superoffice_tab_assignment_weight"
HEAVIEST = 999_999_999


def upgrade() -> None:
    """Add the check and the column.

    What the check forbids was written past Tabhost, and counts as not there.
    """
    assigned = sa.table(P + "assignment", sa.column("weight"))
    wrong = sa.delete(assigned).where(sa.not_(assigned.c.weight.between(1, HEAVIEST)))
    gone = op.get_bind().execute(wrong)
    with op.batch_alter_table(P + "assignment") as assignment:
        assignment.create_check_constraint(op.f(CHECK), sa.text(f"weight BETWEEN 1 AND {HEAVIEST}"))
    what = sa.Column("what", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    op.add_column(P + "alteration", what)
    if gone.rowcount:
        _count()


def downgrade() -> None:
    """Take both away."""
    op.drop_column(P + "alteration", "what")
    with op.batch_alter_table(P + "assignment") as assignment:
        assignment.drop_constraint(op.f(CHECK), type_="check")


def _count() -> None:
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
