"""The host's own tables. None of them knows what a plugin is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, UtcDateTime


class AccountRow(Base):
    """Somebody who may sign in here. Not an associate: who holds licences is a plugin's business."""

    __tablename__ = "host_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(239))
    user_key: Mapped[str] = mapped_column(String(239), unique=True)
    """The user id folded, since identifiers compare case-insensitively (formats.md)."""
    full_name: Mapped[str] = mapped_column(String(254), default="")
    password_hash: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str | None] = mapped_column(String(16))
    timezone: Mapped[str | None] = mapped_column(String(64))
    portrait: Mapped[bytes | None] = mapped_column(LargeBinary)
    portrait_type: Mapped[str | None] = mapped_column(String(32))
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a session of theirs began last; None for never, or before the column was there."""


class AccountRoleRow(Base):
    """A role that an account has. What it allows is gathered from the plugins' declarations."""

    __tablename__ = "host_account_role"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("host_account.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(40), primary_key=True)


class SessionRow(Base):
    """Somebody being signed in with one browser. The cookie's token is kept only as a hash."""

    __tablename__ = "host_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("host_account.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    """What the session is called where people see it: nobody can be signed in with that."""
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))
    """What the browser calls itself."""
    proved: Mapped[str] = mapped_column(String(80))
    """By what, such as ``password code``."""
    proved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the person proved last who they are."""
    toasts: Mapped[list[str]] = mapped_column(JSON, default=list)


class LoginLinkRow(Base):
    """A link that signs one account in, once, for a short time."""

    __tablename__ = "host_login_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("host_account.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """Something somebody did. Rows are only ever added; the database refuses to change them."""

    __tablename__ = "host_audit"
    __table_args__ = (UniqueConstraint("plugin", "outbox_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(239))
    plugin: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(512))
    before: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    outbox_id: Mapped[str | None] = mapped_column(String(36))
    """Where a row came out of a third party's outbox: its id there, so that it arrives once.

    Unique for its plugin only: no plugin can keep another's row out by sending the same id first.
    """
    origin: Mapped[str | None] = mapped_column(String(200))
    """From where it was done; None in rows that are older than the column."""
    previous: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64))
    """What makes a chain of the rows: see `host.storage.audit_chain`. A row that came in past it has none."""


class PluginStateRow(Base):
    """What people decided about a plugin. No row means: switched on."""

    __tablename__ = "host_plugin_state"

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(239))


class PluginSettingRow(Base):
    """The stored value of a plugin's setting, as text."""

    __tablename__ = "host_plugin_setting"

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    setting: Mapped[str] = mapped_column(String(40), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class DeclarationRow(Base):
    """What a third-party plugin declared when it was last asked, or why it was not admitted."""

    __tablename__ = "host_declaration"

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    distribution: Mapped[str] = mapped_column(String(254))
    version: Mapped[str] = mapped_column(String(128))
    stamp: Mapped[str] = mapped_column(String(64))
    """Hash of what it was read from: another one means that it has to be asked again."""
    document: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    """Its declarations as JSON; None if it was rejected."""
    reason: Mapped[str] = mapped_column(Text)
    adopted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BadgeRow(Base):
    """What needs attention on a tab, as its plugin said last."""

    __tablename__ = "host_badge"

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    tab: Mapped[str] = mapped_column(String(40), primary_key=True)
    text: Mapped[str] = mapped_column(String(8))
    title: Mapped[Any] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(16))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JobRow(Base):
    """How a plugin's job went when it last ran, when it will run next, and who runs it now."""

    __tablename__ = "host_job"

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(String(16), default="")
    """How the newest run ended that did; "" before the first."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it failed; "" if it did not."""
    failures: Mapped[int] = mapped_column(default=0)
    """How many runs failed one after the other."""
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the next is due; None for at once."""
    holder: Mapped[str | None] = mapped_column(String(32))
    """Whose lease it is; None while nobody runs it."""
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the lease ends although nobody gave it back."""


class ParentRow(Base):
    """A running ``tabhost serve``, on whatever machine: those that run at the same time are one start."""

    __tablename__ = "host_parent"

    machine: Mapped[str] = mapped_column(String(254), primary_key=True)
    pid: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the first of those began that were there when it came, without a gap."""
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class GenerationRow(Base):
    """How often something changed that every worker keeps a picture of. There is one row, number 1."""

    __tablename__ = "host_generation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


class StoreRoleRow(Base):
    """The PostgreSQL role that a third party's store belongs to, and the password it connects with."""

    __tablename__ = "host_store_role"

    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    role: Mapped[str] = mapped_column(String(63))
    password: Mapped[str] = mapped_column(String(64))


from . import (  # noqa: E402 - they need what is above
    attempts,
    audit_head,
    factor_rows,
    identity_rows,
    role_rows,
    token_rows,
)

OTHERS = (attempts, audit_head, factor_rows, identity_rows, role_rows, token_rows)
"""Where the other tables are: beside their queries."""
