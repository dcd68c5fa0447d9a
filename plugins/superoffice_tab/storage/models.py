"""What the plugin keeps. Names of columns are ours; domain.md 3 tells the originals."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from superoffice_tab.domain.licences import UserType
from superoffice_tab.domain.people import HEAVIEST

from .legible import LONG_AGO, Day, Line, Number, Reader, Word, legibly

PREFIX = "superoffice_tab_"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A time that goes in aware and comes out aware and in UTC, on SQLite too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; a naive time is a mistake."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time must be aware")
        return value.astimezone(UTC) if value else None

    def result_processor(self, dialect: Dialect, coltype: Any) -> Reader:
        """What cannot be read was long ago."""
        return legibly(super().result_processor(dialect, coltype), LONG_AGO)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """SQLite keeps no zone: what it has is UTC."""
        if not isinstance(value, datetime):
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of the plugin's tables."""

    metadata = metadata


class Owner(Base):
    """A module owner whose licences are in force, and a tab's worth of facts about them (domain.md 3.1)."""

    __tablename__ = PREFIX + "owner"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Line(40), unique=True)
    description: Mapped[str] = mapped_column(Line(254))
    company: Mapped[str] = mapped_column(Line(254))
    serial: Mapped[str] = mapped_column(Line(20))
    licence_url: Mapped[str] = mapped_column(Line(254))
    licence_version: Mapped[str] = mapped_column(Line(254))
    deployment_type: Mapped[int | None]
    product_type: Mapped[str] = mapped_column(Line(254))
    product_description: Mapped[str] = mapped_column(Line(254))
    extra_flags: Mapped[int] = mapped_column(Number)
    extra_info: Mapped[str] = mapped_column(Line(254))
    next_check: Mapped[date | None] = mapped_column(Day)
    warning: Mapped[date | None] = mapped_column(Day)
    expiry: Mapped[date | None] = mapped_column(Day)
    grace: Mapped[date | None] = mapped_column(Day)
    maintenance: Mapped[date | None] = mapped_column(Day)


class Licence(Base):
    """One licence in force (domain.md 3.2). Its id stays when a new set changes it, and so do its holders."""

    __tablename__ = PREFIX + "licence"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey(Owner.id))
    name: Mapped[str] = mapped_column(Line(239))
    description: Mapped[str] = mapped_column(Line(254))
    tooltip: Mapped[str] = mapped_column(Line(254))
    version: Mapped[str] = mapped_column(Line(254))
    type: Mapped[str] = mapped_column(Word)
    quantity: Mapped[int] = mapped_column(Number)
    unrestricted: Mapped[bool]
    hidden: Mapped[bool]
    allowed_user_type: Mapped[str] = mapped_column(Word(UserType))
    extra_flags: Mapped[int] = mapped_column(Number)
    extra_info: Mapped[str] = mapped_column(Line(3999))
    sort_order: Mapped[int] = mapped_column(Number)
    prerequisite: Mapped[str] = mapped_column(Line(239))
    held: Mapped[int] = mapped_column(Number, default=0, server_default=text("0"))
    """How many people who are not retired hold of it: kept by `counts.recount`, so that no page counts."""
    altered: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the row says something else than the signed file: then it counts for nothing."""


class PlanLicence(Base):
    """A hidden user licence that comes with a plan: whoever holds the plan holds it (domain.md 3.6)."""

    __tablename__ = PREFIX + "plan_licence"

    plan_id: Mapped[int] = mapped_column(ForeignKey(Licence.id, ondelete="CASCADE"), primary_key=True)
    licence_id: Mapped[int] = mapped_column(
        ForeignKey(Licence.id, ondelete="CASCADE"), primary_key=True, index=True
    )


class Associate(Base):
    """Somebody who may hold licences; not an account of this host (formats.md 2)."""

    __tablename__ = PREFIX + "associate"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_key: Mapped[str] = mapped_column(Line(239), unique=True)
    """The user id, case folded: identifiers compare case-insensitively."""
    user_id: Mapped[str] = mapped_column(Line(239))
    full_name: Mapped[str] = mapped_column(Line(254))
    type: Mapped[str] = mapped_column(Line(20))
    group_name: Mapped[str] = mapped_column(Line(254))
    role: Mapped[str] = mapped_column(Line(254))
    last_login: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retired: Mapped[bool]
    open_requests: Mapped[int]
    portrait: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    portrait_type: Mapped[str | None] = mapped_column(Line(20))
    portrait_digest: Mapped[str | None] = mapped_column(Line(64))
    """SHA-256 that says what the portrait was made of (`portraits.digest_of`), so that none is made twice."""


class _UnknownFirst(FunctionElement[datetime]):
    """A column of an index in which NULL comes first: on SQLite it does, and there it must not be said."""

    inherit_cache = True


@compiles(_UnknownFirst)
def _said(element: _UnknownFirst, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options) + " NULLS FIRST"


@compiles(_UnknownFirst, "sqlite")
def _unsaid(element: _UnknownFirst, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


# In the order of the list, with what it is chosen by. `retired` does not come first: SQLite would take it for
# the best way to anybody, to the holders of one licence too.
Index(
    "ix_superoffice_tab_associate_list",
    *(_UnknownFirst(Associate.last_login), Associate.user_key, Associate.retired, Associate.full_name),
)
# Only those who are: holders are counted as all less these (`people.number_of_assignments`).
Index(
    "ix_superoffice_tab_associate_retired",
    Associate.retired,
    sqlite_where=text("retired IS NOT 0"),
    postgresql_where=text("retired IS NOT FALSE"),
)


class Assignment(Base):
    """An associate holds a licence; *weight* says how many of it (domain.md 3.3).

    Whoever changes assignments, or who is retired, calls `counts.recount` in the same transaction.
    """

    __tablename__ = PREFIX + "assignment"
    __table_args__ = (
        UniqueConstraint("licence_id", "associate_id"),
        # From both sides: SQLite takes any text to be more than any number.
        CheckConstraint(f"weight BETWEEN 1 AND {HEAVIEST}", name="weight"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey(Licence.id))
    associate_id: Mapped[int] = mapped_column(ForeignKey(Associate.id), index=True)
    weight: Mapped[int] = mapped_column(Integer, default=1)


class StoredSet(Base):
    """A signed file that was activated, kept as it came: what the screen shows is derived from it."""

    __tablename__ = PREFIX + "licence_set"
    __table_args__ = (
        Index(
            "uq_superoffice_tab_licence_set_in_force",
            "owner_id",
            unique=True,
            sqlite_where=text("in_force"),
            postgresql_where=text("in_force"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey(Owner.id), index=True)
    serial: Mapped[str] = mapped_column(Line(20))
    company: Mapped[str] = mapped_column(Line(254))
    seq: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    activated_by: Mapped[str] = mapped_column(Line(239))
    in_force: Mapped[bool]


class Clock(Base):
    """The latest time this database has seen: the high-water mark, one row."""

    __tablename__ = PREFIX + "clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
