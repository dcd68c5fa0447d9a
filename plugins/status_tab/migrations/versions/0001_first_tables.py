"""The first tables: installation, system events, usage."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _installation()
    _events()
    _usage()


def _installation() -> None:
    op.create_table(
        "status_tab_installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(254), nullable=False),
        sa.Column("name", sa.String(254), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("plan", sa.String(40), nullable=False),
        sa.Column("loaded", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_status_tab_installation"),
    )
    op.create_table(
        "status_tab_restriction",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("in_use", sa.BigInteger(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_status_tab_restriction"),
    )
    op.create_table(
        "status_tab_satellite",
        sa.Column("name", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_status_tab_satellite"),
    )
    op.create_table(
        "status_tab_satellite_licence",
        sa.Column("satellite", sa.String(254), nullable=False),
        sa.Column("licence", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("satellite", "licence", name="pk_status_tab_satellite_licence"),
        sa.ForeignKeyConstraint(
            ["satellite"],
            ["status_tab_satellite.name"],
            name="fk_status_tab_satellite_licence_satellite",
            ondelete="CASCADE",
        ),
    )


def _events() -> None:
    op.create_table(
        "status_tab_system_event",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("owner", sa.String(254), nullable=False),
        sa.Column("eventkey", sa.String(254), nullable=False),
        sa.Column("message", sa.String(254), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("extra_info", sa.BigInteger()),
        sa.Column("activated", MOMENT, nullable=False),
        sa.Column("activated_by", sa.String(254), nullable=False),
        sa.Column("eta", MOMENT),
        sa.Column("ends_itself", sa.Boolean(), nullable=False),
        sa.Column("done", sa.BigInteger()),
        sa.Column("total", sa.BigInteger()),
        sa.Column("lease_until", MOMENT),
        sa.Column("last_sign", MOMENT, nullable=False),
        sa.Column("ended", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_status_tab_system_event"),
    )
    op.create_index("ix_status_tab_system_event_activated", "status_tab_system_event", ["activated"])
    op.create_index(
        "uq_status_tab_system_event_open",
        "status_tab_system_event",
        ["eventkey", "scope", "owner"],
        unique=True,
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )


def _usage() -> None:
    op.create_table(
        "status_tab_usage_key",
        sa.Column("number", BIG_KEY, nullable=False),
        sa.Column("source", sa.String(254), nullable=False),
        sa.Column("event_id", sa.String(254), nullable=False),
        sa.Column("content", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_status_tab_usage_key"),
    )
    op.create_index(
        "uq_status_tab_usage_key_source_event_id", "status_tab_usage_key", ["source", "event_id"], unique=True
    )
    op.create_table(
        "status_tab_usage_event",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", MOMENT, nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(254), nullable=False),
        sa.Column("received", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", "time", name="pk_status_tab_usage_event"),
    )
    op.create_table(
        "status_tab_usage_day",
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("last", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("service", "day", name="pk_status_tab_usage_day"),
    )


def downgrade() -> None:
    """Drop them again."""
    for table in (
        "usage_day",
        "usage_event",
        "usage_key",
        "system_event",
        "satellite_licence",
        "satellite",
        "restriction",
        "installation",
    ):
        op.drop_table(f"status_tab_{table}")
