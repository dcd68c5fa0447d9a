"""Which entries of the audit log somebody wants, as they wrote it: on a page, in an address, in a command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from host.api.errors import InputError
from host.api.values import N_
from host.storage.audit_rows import Wanted

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)
"""No entry is older or newer: days beyond are taken for these."""
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was written; "" for what was left empty.

    Args:
        actor: A user id.
        action: An action, or an area with a dot at its end, such as ``account.``.
        plugin: A plugin id, or ``host``.
        subject: Part of a subject.
        since: The first day, as ``2026-11-24``.
        until: The last day.
    """

    actor: str = ""
    action: str = ""
    plugin: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""

    @property
    def anything(self) -> bool:
        """Whether it leaves entries out."""
        return bool(self.actor or self.action or self.plugin or self.subject or self.since or self.until)


def wanted(asked: Asked, timezone: str, *, below: int | None = None) -> Wanted:
    """What *asked* says, with days in *timezone*.

    Args:
        timezone: IANA name.
        below: The number that entries are below, for those further down.

    Raises:
        InputError: A day is none, or the last comes before the first.
    """
    since, until = _day(asked.since, timezone), _day(asked.until, timezone, after=True)
    if since is not None and until is not None and since >= until:
        raise InputError(N_("The last day comes before the first. Swap them."))
    return Wanted(
        actor=_text(asked.actor),
        action=_text(asked.action),
        plugin=_text(asked.plugin),
        subject=_text(asked.subject),
        since=since,
        until=until,
        below=below,
    )


def _text(text: str) -> str:
    """What no entry can hold must not reach a database that cannot hold it either; it finds nothing."""
    clean = text.strip()
    if len(clean) > LONGEST:
        raise InputError(N_("A filter may have at most %(most)s characters.", most=LONGEST))
    return clean.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _day(text: str, timezone: str, *, after: bool = False) -> datetime | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        sentence = N_("“%(text)s” is no day. Write it as 2026-11-24.", text=text.strip()[:40])
        raise InputError(sentence) from None
    day = min(max(day, FIRST), LAST)
    whole = day + timedelta(days=1) if after else day
    return datetime.combine(whole, time(), ZoneInfo(timezone)).astimezone(UTC)
