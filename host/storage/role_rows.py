"""Tables of the roles that people made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, UtcDateTime


class RoleRow(Base):
    """A role that somebody made. The host's own and those of plugins have no row."""

    __tablename__ = "host_role"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(60))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(239))


class RolePermissionRow(Base):
    """A permission that such a role brings; it stays when the plugin that declares it is away."""

    __tablename__ = "host_role_permission"

    role: Mapped[str] = mapped_column(ForeignKey("host_role.name", ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(200), primary_key=True)
