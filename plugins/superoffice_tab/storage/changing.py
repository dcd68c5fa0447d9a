"""Tables of what is about to change, and of what did: waiting sets, plans, activations, samples, refusals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .legible import Changes, Line, Names
from .models import PREFIX, Associate, Base, Licence, Owner, StoredSet, UtcDateTime


class PendingSet(Base):
    """A signed file that was accepted and waits to be activated; one for each owner.

    The owner is named, not referred to: of a new one there is no row yet.
    """

    __tablename__ = PREFIX + "pending_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(Line(40), unique=True)
    serial: Mapped[str] = mapped_column(Line(20))
    company: Mapped[str] = mapped_column(Line(254))
    seq: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_by: Mapped[str] = mapped_column(Line(239))
    source: Mapped[str] = mapped_column(Line(254))
    """Name of the file, or the address it was fetched from."""


class PlannedChange(Base):
    """What activating will do with one holder: take the licence back, or give another one of the new set."""

    __tablename__ = PREFIX + "planned_change"
    __table_args__ = (UniqueConstraint("licence_id", "associate_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pending_id: Mapped[int] = mapped_column(ForeignKey(PendingSet.id, ondelete="CASCADE"), index=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey(Licence.id, ondelete="CASCADE"))
    associate_id: Mapped[int] = mapped_column(ForeignKey(Associate.id, ondelete="CASCADE"), index=True)
    to_name: Mapped[str | None] = mapped_column(Line(239))
    """Code name of the licence that the holder gets instead, of the set that waits; None to take it back."""
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    chosen_by: Mapped[str] = mapped_column(Line(239))


class Activation(Base):
    """A set was put in force, for the first time or again."""

    __tablename__ = PREFIX + "activation"
    __table_args__ = (Index("ix_superoffice_tab_activation_owner_id_at", "owner_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey(Owner.id))
    set_id: Mapped[int] = mapped_column(ForeignKey(StoredSet.id))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey(StoredSet.id))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(Line(239))
    automatic: Mapped[bool] = mapped_column(default=False, server_default=false())
    put_back: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it undid the activation before it."""
    undone: Mapped[bool] = mapped_column(default=False, server_default=false())
    changes: Mapped[dict[str, Any]] = mapped_column(Changes)
    """``totals``: code name → [before, after], None where it was or is not there.

    ``expiry`` and ``maintenance``: two days each; not of what was activated before they were written down.
    """


class HolderChange(Base):
    """What an activation did with one holder, so that putting the previous set back can undo it."""

    __tablename__ = PREFIX + "holder_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey(Activation.id, ondelete="CASCADE"), index=True)
    associate_id: Mapped[int] = mapped_column(ForeignKey(Associate.id, ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Line(239))
    """Code name of the licence that was taken back."""
    weight: Mapped[int]
    to_name: Mapped[str | None] = mapped_column(Line(239))


class Sample(Base):
    """The highest use of a licence on one day, and how many were bought (None where unrestricted).

    The licence is named, not referred to: its figures stay when it disappears, for it may come again.
    """

    __tablename__ = PREFIX + "sample"

    owner_id: Mapped[int] = mapped_column(ForeignKey(Owner.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Line(239), primary_key=True)
    """Code name of the licence."""
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    in_use: Mapped[int]
    bought: Mapped[int | None]


class UserSample(Base):
    """How many people held the user licence on one day (formats.md 6): the last count of that day."""

    __tablename__ = PREFIX + "user_sample"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    users: Mapped[int]


class Denial(Base):
    """How often on one day somebody was not given a licence because none was free; named as in `Sample`."""

    __tablename__ = PREFIX + "denial"

    owner_id: Mapped[int] = mapped_column(ForeignKey(Owner.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Line(239), primary_key=True)
    """Code name of the licence."""
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int]


class Check(Base):
    """How asking an owner's licence server went the last time (domain.md 1.4)."""

    __tablename__ = PREFIX + "check"

    owner: Mapped[str] = mapped_column(Line(40), primary_key=True)
    status: Mapped[str] = mapped_column(Line(40))
    """A name of ``LicenseStatus``."""
    message: Mapped[str] = mapped_column(Line(1000))
    """As `domain.wording.packed` writes it: it is translated when it is shown."""
    url: Mapped[str] = mapped_column(Line(254))
    etag: Mapped[str] = mapped_column(Line(254))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_try: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int]


class ModuleOwner(Base):
    """An owner whose licences an add-on sells; it stays when the add-on's code is gone (domain.md 1.10)."""

    __tablename__ = PREFIX + "module_owner"

    name: Mapped[str] = mapped_column(Line(40), primary_key=True)
    title: Mapped[str] = mapped_column(Line(254))
    licence_url: Mapped[str] = mapped_column(Line(254))
    shop_url: Mapped[str] = mapped_column(Line(254))
    plugin: Mapped[str] = mapped_column(Line(40))
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Alteration(Base):
    """A row that no longer says what the signed file in force says (domain.md 1.10)."""

    __tablename__ = PREFIX + "alteration"

    owner_id: Mapped[int] = mapped_column(ForeignKey(Owner.id, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Line(239), primary_key=True)
    """Code name of the licence; "" for the owner's own row or the file itself."""
    kind: Mapped[str] = mapped_column(Line(20))
    """``changed``, ``missing``, ``added``, ``file`` or ``holders``."""
    what: Mapped[list[str]] = mapped_column(Names, default=list, server_default=text("'[]'"))
    """Names of the columns that differ; of ``holders`` the user ids."""
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
