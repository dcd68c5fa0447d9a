"""The tables of metering: tariffs, months, readings of gauges, alerts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .tables import Base


class UsageMonthRow(Base):
    """What the events of one month add up to for one measure; written together with the days."""

    __tablename__ = "status_tab_usage_month"
    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger)
    """Counter: the sum; gauge: the latest value."""
    events: Mapped[int] = mapped_column(BigInteger)
    late: Mapped[int] = mapped_column(BigInteger)
    """How many of the events came after the month was closed."""
    late_total: Mapped[int] = mapped_column(BigInteger)
    """What those add up to: a counter's sum, a gauge's largest value."""
    last: Mapped[datetime]


class GaugeReadingRow(Base):
    """The readings of gauges in order of time, for the average over time of the last known value."""

    __tablename__ = "status_tab_gauge_reading"
    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    time: Mapped[datetime] = mapped_column(primary_key=True)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)


class TariffRow(Base):
    """A tariff of the operator's own, in force from a day on (domain.md 1.8)."""

    __tablename__ = "status_tab_tariff"
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    """The tariff as JSON, as its file held it."""
    loaded: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(254))


class ClosedMonthRow(Base):
    """The figures of a service for a month that has been closed (formats.md 6): nothing changes them."""

    __tablename__ = "status_tab_closed_month"
    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger)
    included: Mapped[int | None] = mapped_column(BigInteger)
    packages: Mapped[int] = mapped_column(BigInteger)
    unit_price: Mapped[str] = mapped_column(String(40))
    """A decimal string."""
    price: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(10))
    users: Mapped[int | None]
    """Users of the month, rounded up; None where nobody counted them."""
    parts: Mapped[str] = mapped_column(Text)
    """What it is made of, as JSON: pairs of measure and figure."""
    rule: Mapped[str] = mapped_column(String(20))
    """How the month's figure is made: sum, average, peak or latest."""
    events: Mapped[int] = mapped_column(BigInteger)
    closed: Mapped[datetime]


class MonthMarkRow(Base):
    """That a month has been closed, and whether its raw events are still kept."""

    __tablename__ = "status_tab_month_mark"
    month: Mapped[date] = mapped_column(primary_key=True)
    closed: Mapped[datetime]
    last_key: Mapped[int] = mapped_column(BigInteger)
    """The largest number of a key when the month was closed: an event of the month above it is late."""
    pruned: Mapped[datetime | None]


class AlertRow(Base):
    """That a service came near a threshold, reached it, or is heading above it: once for each threshold."""

    __tablename__ = "status_tab_alert"
    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    """near (85 %), reached (100 %) or pace."""
    threshold: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    used: Mapped[int] = mapped_column(BigInteger)
    raised: Mapped[datetime]
    withdrawn: Mapped[datetime | None]


class PaceLookRow(Base):
    """When somebody last looked where a service is heading because usage of it came in."""

    __tablename__ = "status_tab_pace_look"
    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    looked: Mapped[datetime]


class GaugeDayRow(Base):
    """What a gauge came to on one day: the average over time from its first reading on, and the peak."""

    __tablename__ = "status_tab_gauge_day"
    service: Mapped[str] = mapped_column(String(100), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    first: Mapped[datetime]
    """Time of the day's first reading: before it the value of the days before holds."""
    mean: Mapped[int] = mapped_column(BigInteger)
    """Average over time from the first reading to the end of the day, rounded down."""
    rest: Mapped[int] = mapped_column(BigInteger)
    """What that leaves of the sum of values times microseconds: with it the sum is exact."""
    peak: Mapped[int] = mapped_column(BigInteger)
