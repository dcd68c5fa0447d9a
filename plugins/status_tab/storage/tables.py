"""The tables of the Status tab."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .types import BigKey, UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables of the Status tab."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime()}


class InstallationRow(Base):
    """What this installation is; the only row has id 1. Missing until a file has been loaded."""

    __tablename__ = "status_tab_installation"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(254))
    level: Mapped[str] = mapped_column(String(20))
    plan: Mapped[str] = mapped_column(String(40))
    loaded: Mapped[datetime]


class RestrictionRow(Base):
    """A limit of the plan, and how much of it is in use."""

    __tablename__ = "status_tab_restriction"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    in_use: Mapped[int] = mapped_column(BigInteger)
    maximum: Mapped[int] = mapped_column(BigInteger)


class SatelliteRow(Base):
    """A satellite database of this installation."""

    __tablename__ = "status_tab_satellite"
    name: Mapped[str] = mapped_column(String(254), primary_key=True)


class SatelliteLicenceRow(Base):
    """A site licence that a satellite occupies, by its full module name in lower case."""

    __tablename__ = "status_tab_satellite_licence"
    satellite: Mapped[str] = mapped_column(
        ForeignKey("status_tab_satellite.name", ondelete="CASCADE"), primary_key=True
    )
    licence: Mapped[str] = mapped_column(String(500), primary_key=True)


class SystemEventRow(Base):
    """Something going on that people should know of, until somebody ends it or its lease runs out."""

    __tablename__ = "status_tab_system_event"
    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))
    owner: Mapped[str] = mapped_column(String(254))
    eventkey: Mapped[str] = mapped_column(String(254))
    message: Mapped[str] = mapped_column(String(254))
    description: Mapped[str] = mapped_column(Text)
    extra_info: Mapped[int | None] = mapped_column(BigInteger)
    activated: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
    activated_by: Mapped[str] = mapped_column(String(254))
    eta: Mapped[datetime | None]
    ends_itself: Mapped[bool]
    done: Mapped[int | None] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    lease_until: Mapped[datetime | None]
    last_sign: Mapped[datetime]
    ended: Mapped[datetime | None]
    starter: Mapped[str | None] = mapped_column(String(40))
    """Id of the plugin that started it; NULL for a person, a program or the Status tab itself."""

    __table_args__ = (
        Index(
            "uq_status_tab_system_event_open",
            "eventkey",
            "scope",
            "owner",
            unique=True,
            sqlite_where=text("ended IS NULL"),
            postgresql_where=text("ended IS NULL"),
        ),
    )


class UsageKeyRow(Base):
    """An idempotency key that has been taken, and the fingerprint of the content it stands for."""

    __tablename__ = "status_tab_usage_key"
    number: Mapped[int] = mapped_column(BigKey, primary_key=True)
    source: Mapped[str] = mapped_column(String(254))
    event_id: Mapped[str] = mapped_column(String(254))
    content: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (Index("uq_status_tab_usage_key_source_event_id", "source", "event_id", unique=True),)


class UsageEventRow(Base):
    """A usage event as it came in; PostgreSQL keeps each month in a partition of its own (`partitions`)."""

    __tablename__ = "status_tab_usage_event"
    month: Mapped[date] = mapped_column(primary_key=True)
    """First day of the month that it was counted in, in the installation's time zone of that time."""
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time: Mapped[datetime]
    service: Mapped[str] = mapped_column(String(100))
    value: Mapped[int] = mapped_column(BigInteger)
    subject: Mapped[str] = mapped_column(String(254))
    received: Mapped[datetime]

    __table_args__ = {"postgresql_partition_by": "RANGE (month)"}  # noqa: RUF012 - as SQLAlchemy declares it


class UsageDayRow(Base):
    """What the events of one day add up to for one measure: a counter's sum, a gauge's last value.

    Days are counted in the installation's time zone.
    """

    __tablename__ = "status_tab_usage_day"
    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[datetime]
