"""Owners, licences, associates, assignments, and the signed files behind them."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

P = "superoffice_tab_"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        P + "owner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        *(sa.Column(name, sa.String(254), nullable=False) for name in ("description", "company")),
        sa.Column("serial", sa.String(20), nullable=False),
        *(sa.Column(name, sa.String(254), nullable=False) for name in ("licence_url", "licence_version")),
        sa.Column("deployment_type", sa.Integer(), nullable=True),
        *(
            sa.Column(name, sa.String(254), nullable=False)
            for name in ("product_type", "product_description")
        ),
        sa.Column("extra_flags", sa.Integer(), nullable=False),
        sa.Column("extra_info", sa.String(254), nullable=False),
        *(
            sa.Column(name, sa.Date(), nullable=True)
            for name in ("next_check", "warning", "expiry", "grace", "maintenance")
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}owner"),
        sa.UniqueConstraint("name", name=f"uq_{P}owner_name"),
    )
    op.create_table(
        P + "licence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(239), nullable=False),
        *(sa.Column(name, sa.String(254), nullable=False) for name in ("description", "tooltip", "version")),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unrestricted", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("allowed_user_type", sa.String(20), nullable=False),
        sa.Column("extra_flags", sa.Integer(), nullable=False),
        sa.Column("extra_info", sa.String(3999), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("prerequisite", sa.String(239), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], [f"{P}owner.id"], name=f"fk_{P}licence_owner_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}licence"),
        sa.UniqueConstraint("owner_id", "name", name=f"uq_{P}licence_owner_id_name"),
    )
    op.create_table(
        P + "plan_licence",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{P}licence.id"], name=f"fk_{P}plan_licence_{name}", ondelete="CASCADE"
            )
            for name in ("plan_id", "licence_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", "licence_id", name=f"pk_{P}plan_licence"),
    )
    op.create_index(f"ix_{P}plan_licence_licence_id", P + "plan_licence", ["licence_id"])
    _people()
    _sets()


def _people() -> None:
    op.create_table(
        P + "associate",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(239), nullable=False) for name in ("user_key", "user_id")),
        sa.Column("full_name", sa.String(254), nullable=False),
        sa.Column("type", sa.String(20), nullable=False),
        *(sa.Column(name, sa.String(254), nullable=False) for name in ("group_name", "role")),
        sa.Column("last_login", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("open_requests", sa.Integer(), nullable=False),
        sa.Column("portrait", sa.LargeBinary(), nullable=True),
        sa.Column("portrait_type", sa.String(20), nullable=True),
        sa.Column("portrait_digest", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}associate"),
        sa.UniqueConstraint("user_key", name=f"uq_{P}associate_user_key"),
    )
    op.create_table(
        P + "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("associate_id", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([f"{name}_id"], [f"{P}{name}.id"], name=f"fk_{P}assignment_{name}_id")
            for name in ("licence", "associate")
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}assignment"),
        sa.UniqueConstraint("licence_id", "associate_id", name=f"uq_{P}assignment_licence_id_associate_id"),
    )
    op.create_index(f"ix_{P}assignment_associate_id", P + "assignment", ["associate_id"])


def _sets() -> None:
    op.create_table(
        P + "licence_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(20), nullable=False),
        sa.Column("company", sa.String(254), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=False)
            for name in ("issued_at", "activated_at")
        ),
        sa.Column("activated_by", sa.String(239), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], [f"{P}owner.id"], name=f"fk_{P}licence_set_owner_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}licence_set"),
    )
    op.create_index(f"ix_{P}licence_set_owner_id", P + "licence_set", ["owner_id"])
    op.create_index(
        f"uq_{P}licence_set_in_force",
        P + "licence_set",
        ["owner_id"],
        unique=True,
        sqlite_where=sa.text("in_force"),
        postgresql_where=sa.text("in_force"),
    )
    clock = op.create_table(
        P + "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}clock"),
    )
    # There from the start, so that the very first change already has a row to lock.
    op.bulk_insert(clock, [{"id": 1, "seen_at": datetime(1970, 1, 1, tzinfo=UTC)}])


def downgrade() -> None:
    """Drop the tables."""
    for name in ("clock", "licence_set", "assignment", "associate", "plan_licence", "licence", "owner"):
        op.drop_table(P + name)
