"""Tables of second factors, and of those who have given their first one only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, UtcDateTime


class SecondFactorRow(Base):
    """The app that makes somebody's codes. It counts once a code of it was given."""

    __tablename__ = "host_second_factor"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("host_account.id", ondelete="CASCADE"), primary_key=True
    )
    secret: Mapped[str] = mapped_column(Text)
    """Sealed with the installation's secret."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The newest half minute whose code was used: none of that or an older one counts again."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCodeRow(Base):
    """A code that stands for the app once. It goes when it is used."""

    __tablename__ = "host_recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("host_account.id", ondelete="CASCADE"), index=True)


class PendingSignInRow(Base):
    """Somebody who gave one factor with one browser, and is asked for the second."""

    __tablename__ = "host_pending_sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("host_account.id", ondelete="CASCADE"), index=True)
    proved: Mapped[str] = mapped_column(String(80))
    target: Mapped[str] = mapped_column(Text)
    tries: Mapped[int]
    """How many wrong codes were given."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
