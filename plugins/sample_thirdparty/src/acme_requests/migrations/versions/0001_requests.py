"""The table of requests."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "acme_requests_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("licence", sa.String(254), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("asked_by", sa.String(40), nullable=False),
        sa.Column("done_by", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name="pk_acme_requests_request"),
    )
    op.create_index("ix_acme_requests_request_done_by", "acme_requests_request", ["done_by"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("acme_requests_request")
