"""The table. Its name starts with the plugin's id; the host keeps it in a store that is ours alone."""

from __future__ import annotations

from datetime import date

from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of this plugin. The naming convention lets migrations name what they change."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class RequestRow(Base):
    """A licence that somebody needs; open until somebody is named who dealt with it."""

    __tablename__ = "acme_requests_request"
    id: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(40))
    licence: Mapped[str] = mapped_column(String(254))
    needed_by: Mapped[date]
    reason: Mapped[str] = mapped_column(String(1000))
    asked_by: Mapped[str] = mapped_column(String(40))
    done_by: Mapped[str | None] = mapped_column(String(40), index=True)
