"""The tables of what other plugins add: facts that they push, and what they declared."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .tables import Base


class FactRow(Base):
    """A row that a plugin adds to the box *Database*; shown while that plugin is on."""

    __tablename__ = "status_tab_fact"
    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    """Its place among the facts of its plugin."""
    label: Mapped[str] = mapped_column(Text)
    """Its text as JSON, to be looked up in the plugin's catalogue."""
    value: Mapped[str] = mapped_column(Text)
    """Like the label."""
    told: Mapped[datetime]


class DeclaredRow(Base):
    """A metered service or event type as a plugin declared it last.

    It outlives the plugin: what was used, and the events that ran, keep their names.
    """

    __tablename__ = "status_tab_declared"
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    plugin: Mapped[str] = mapped_column(String(40))
    position: Mapped[int] = mapped_column(Integer)
    """Its place among what its plugin declares of this kind."""
    content: Mapped[str] = mapped_column(Text)
    """The declaration as JSON."""
    seen: Mapped[datetime]
