"""The table of API tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, UtcDateTime


class AccessTokenRow(Base):
    """What a program may act with as an account. The token is kept only as a hash."""

    __tablename__ = "host_access_token"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """The middle part of the token: nobody can act with that."""
    account_id: Mapped[int] = mapped_column(ForeignKey("host_account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64))
    permissions: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """To the minute."""
    address: Mapped[str] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minute: Mapped[int] = mapped_column(BigInteger)
    """Number of the minute that `taken` is about."""
    taken: Mapped[int]
    """Calls that all workers took in that minute."""
