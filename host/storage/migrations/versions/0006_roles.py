"""Roles that people made, and when somebody signed in last.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from host.storage.base import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of roles; give accounts a place for their last sign-in."""
    op.add_column("host_account", sa.Column("signed_in_at", UtcDateTime(), nullable=True))
    op.create_table(
        "host_role",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(239), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_host_role"),
    )
    op.create_table(
        "host_role_permission",
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("permission", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("role", "permission", name="pk_host_role_permission"),
        sa.ForeignKeyConstraint(
            ["role"], ["host_role.name"], name="fk_host_role_permission_role_host_role", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("host_role_permission")
    op.drop_table("host_role")
    op.drop_column("host_account", "signed_in_at")
