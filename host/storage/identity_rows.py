"""Tables of those whom an identity provider vouches for, and of those who are on their way to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, UtcDateTime


class IdentityRow(Base):
    """Somebody as an identity provider knows them, and the account that is theirs here."""

    __tablename__ = "host_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("account_id", "issuer"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("host_account.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(255))
    """What the provider calls them for ever; None until the one comes whom the account was made for."""
    id_token: Mapped[str | None] = mapped_column(Text)
    """What the provider said last, sealed: it wants to see that again when they sign out."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OpenIdAttemptRow(Base):
    """Somebody who was sent to the provider with one browser and is not back yet."""

    __tablename__ = "host_openid_attempt"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    secrets: Mapped[str] = mapped_column(Text)
    """Nonce and code verifier, sealed."""
    back: Mapped[str] = mapped_column(Text)
    """The address that the provider was told to send them back to."""
    target: Mapped[str] = mapped_column(Text)
    """Where they want to go afterwards."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
