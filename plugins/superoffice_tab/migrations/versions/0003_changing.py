"""Sets that wait, plans, activations, samples, refusals, checks, and the owners that add-ons declare."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

P = "superoffice_tab_"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; what is in force already is the first activation of its owner."""
    op.add_column(
        P + "licence", sa.Column("altered", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _waiting()
    _activations()
    _counts()
    _owners()
    _remember_sets()


def _waiting() -> None:
    op.create_table(
        P + "pending_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("serial", sa.String(20), nullable=False),
        sa.Column("company", sa.String(254), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, TIME, nullable=False) for name in ("issued_at", "received_at")),
        sa.Column("received_by", sa.String(239), nullable=False),
        sa.Column("source", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}pending_set"),
        sa.UniqueConstraint("owner", name=f"uq_{P}pending_set_owner"),
    )
    op.create_table(
        P + "planned_change",
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("pending_id", "licence_id", "associate_id")
        ),
        sa.Column("to_name", sa.String(239), nullable=True),
        sa.Column("chosen_at", TIME, nullable=False),
        sa.Column("chosen_by", sa.String(239), nullable=False),
        _to("planned_change", "pending_id", "pending_set", cascade=True),
        _to("planned_change", "licence_id", "licence", cascade=True),
        _to("planned_change", "associate_id", "associate", cascade=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}planned_change"),
        sa.UniqueConstraint(
            "licence_id", "associate_id", name=f"uq_{P}planned_change_licence_id_associate_id"
        ),
    )
    _index("planned_change", "pending_id")
    _index("planned_change", "associate_id")


def _activations() -> None:
    op.create_table(
        P + "activation",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("owner_id", "set_id")),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.String(239), nullable=False),
        *(
            sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            for name in ("automatic", "put_back", "undone")
        ),
        sa.Column("changes", sa.JSON(), nullable=False),
        _to("activation", "owner_id", "owner"),
        _to("activation", "set_id", "licence_set"),
        _to("activation", "previous_id", "licence_set"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}activation"),
    )
    op.create_index(f"ix_{P}activation_owner_id_at", P + "activation", ["owner_id", "at"])
    op.create_table(
        P + "holder_change",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("activation_id", "associate_id")),
        sa.Column("name", sa.String(239), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("to_name", sa.String(239), nullable=True),
        _to("holder_change", "activation_id", "activation", cascade=True),
        _to("holder_change", "associate_id", "associate", cascade=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{P}holder_change"),
    )
    _index("holder_change", "activation_id")
    _index("holder_change", "associate_id")


def _counts() -> None:
    op.create_table(
        P + "sample",
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(239), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("in_use", sa.Integer(), nullable=False),
        sa.Column("bought", sa.Integer(), nullable=True),
        _to("sample", "owner_id", "owner", cascade=True),
        sa.PrimaryKeyConstraint("owner_id", "name", "day", name=f"pk_{P}sample"),
    )
    op.create_table(
        P + "user_sample",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("users", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=f"pk_{P}user_sample"),
    )
    op.create_table(
        P + "denial",
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(239), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        _to("denial", "owner_id", "owner", cascade=True),
        sa.PrimaryKeyConstraint("owner_id", "name", "day", name=f"pk_{P}denial"),
    )


def _owners() -> None:
    op.create_table(
        P + "check",
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("message", sa.String(1000), nullable=False),
        *(sa.Column(name, sa.String(254), nullable=False) for name in ("url", "etag")),
        *(sa.Column(name, TIME, nullable=True) for name in ("checked_at", "next_try")),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=f"pk_{P}check"),
    )
    op.create_table(
        P + "module_owner",
        sa.Column("name", sa.String(40), nullable=False),
        *(sa.Column(name, sa.String(254), nullable=False) for name in ("title", "licence_url", "shop_url")),
        sa.Column("plugin", sa.String(40), nullable=False),
        sa.Column("declared_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=f"pk_{P}module_owner"),
    )
    op.create_table(
        P + "alteration",
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(239), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("found_at", TIME, nullable=False),
        _to("alteration", "owner_id", "owner", cascade=True),
        sa.PrimaryKeyConstraint("owner_id", "name", name=f"pk_{P}alteration"),
    )


def _remember_sets() -> None:
    """The sets that were activated so far, in their order, without what they changed: that is not known."""
    names = ("id", "owner_id", "activated_at", "activated_by")
    stored = sa.table(P + "licence_set", *(sa.column(name) for name in names))
    before = stored.alias()
    previous = (
        sa.select(sa.func.max(before.c.id))
        .where(before.c.owner_id == stored.c.owner_id, before.c.id < stored.c.id)
        .scalar_subquery()
    )
    columns = ["owner_id", "set_id", "previous_id", "at", "by", "changes"]
    activation = sa.table(P + "activation", *(sa.column(name) for name in columns))
    nothing: sa.ColumnElement[object] = sa.literal_column("""'{"totals": {}}'""")
    if op.get_bind().dialect.name == "postgresql":
        nothing = sa.cast(nothing, sa.JSON())
    known = sa.select(
        stored.c.owner_id, stored.c.id, previous, stored.c.activated_at, stored.c.activated_by, nothing
    ).order_by(stored.c.id)
    op.execute(sa.insert(activation).from_select(columns, known))


def _to(table: str, column: str, other: str, *, cascade: bool = False) -> sa.ForeignKeyConstraint:
    name = f"fk_{P}{table}_{column}"
    return sa.ForeignKeyConstraint(
        [column], [f"{P}{other}.id"], name=name, ondelete="CASCADE" if cascade else None
    )


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{P}{table}_{column}", P + table, [column])


def downgrade() -> None:
    """Take them away."""
    for name in (
        "alteration", "module_owner", "check", "denial", "user_sample", "sample", "holder_change",
        "activation", "planned_change", "pending_set",
    ):  # fmt: skip
        op.drop_table(P + name)
    op.drop_column(P + "licence", "altered")
