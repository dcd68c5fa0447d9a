"""The audit log, and what people decided about plugins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from host.domain.audit import AuditEntry

from .audit_chain import AuditingSession
from .base import insert_into
from .declared import next_generation
from .models import AuditRow, PluginSettingRow, PluginStateRow


def add_audit(session: Session, entry: AuditEntry) -> None:
    """Write *entry* at the end of the caller's transaction: neither is kept without the other.

    Raises:
        ValueError: It cannot be stored.
        TypeError: What was before or after is no JSON, or the session is of no database of the host.
    """
    _auditing(session).gather(entry)


def add_audit_once(session: Session, entry: AuditEntry) -> None:
    """The same with an entry of a third party's outbox, unless it has arrived already from that plugin."""
    _auditing(session).gather(entry, once=True)


def _auditing(session: Session) -> AuditingSession:
    if not isinstance(session, AuditingSession):
        raise TypeError("an audit entry can only be written in a session of `Database`")
    return session


def audit_log(session: Session, *, limit: int = 100) -> list[AuditEntry]:
    """The newest entries, newest first."""
    columns = (
        AuditRow.at, AuditRow.actor, AuditRow.plugin, AuditRow.action,
        AuditRow.subject, AuditRow.before, AuditRow.after, AuditRow.outbox_id, AuditRow.origin,
    )  # fmt: skip
    rows = session.execute(select(*columns).order_by(AuditRow.id.desc()).limit(limit))
    return [AuditEntry(*row) for row in rows]


def switched_off(session: Session) -> frozenset[str]:
    """Ids of the plugins that somebody switched off."""
    return frozenset(session.scalars(select(PluginStateRow.plugin).where(~PluginStateRow.enabled)))


def switch(session: Session, plugin: str, *, on: bool, now: datetime, by: str) -> None:
    """Record that *plugin* is on or off, for all workers from the next request on."""
    values = {"enabled": on, "changed_at": now, "changed_by": by}
    statement = insert_into(session, PluginStateRow).values(plugin=plugin, **values)
    next_generation(session)
    session.execute(statement.on_conflict_do_update(index_elements=["plugin"], set_=values))


def stored_settings(session: Session, plugin: str) -> dict[str, str]:
    """Stored values of *plugin*'s settings, by id."""
    rows = session.execute(
        select(PluginSettingRow.setting, PluginSettingRow.text).where(PluginSettingRow.plugin == plugin)
    )
    return {row.setting: row.text for row in rows}


def all_settings(session: Session) -> dict[str, dict[str, str]]:
    """Stored values of every plugin's settings, by plugin and id."""
    found: dict[str, dict[str, str]] = {}
    columns = PluginSettingRow.plugin, PluginSettingRow.setting, PluginSettingRow.text
    for plugin, setting, text in session.execute(select(*columns)):
        found.setdefault(plugin, {})[setting] = text
    return found


def store_setting(session: Session, plugin: str, setting: str, text: str | None) -> None:
    """Set one value, or forget it, for all workers from the next request on."""
    next_generation(session)
    if text is None:
        session.execute(
            delete(PluginSettingRow).where(
                PluginSettingRow.plugin == plugin, PluginSettingRow.setting == setting
            )
        )
    else:
        row = insert_into(session, PluginSettingRow).values(plugin=plugin, setting=setting, text=text)
        key = ["plugin", "setting"]
        session.execute(row.on_conflict_do_update(index_elements=key, set_={"text": text}))
