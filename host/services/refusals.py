"""What was tried in vain stands in the audit log, too (ASVS 16.3.1, 16.3.2), but no flood of it."""

from __future__ import annotations

import logging

from host.api.values import JsonValue
from host.domain.audit import AuditEntry, shortened
from host.storage.records import add_audit

from .house import House

ANONYMOUS = "anonymous"
"""Who acts where nobody is signed in."""
LONGEST_NAME, LONGEST = 40, 200
FAILED, REFUSED = "signin.failed", "access.refused"
logger = logging.getLogger(__name__)


def note_failed(house: House, name: str, kind: str, reason: str = "") -> None:
    """Somebody could not prove who they are.

    Args:
        house: The house.
        name: The user id as it was typed, which may be anything.
        kind: What they tried: a word of `domain.sessions`.
        reason: Why it failed, where that is no secret; "" for nothing.
    """
    shown, why = shortened(name, LONGEST_NAME), shortened(reason, LONGEST)
    after: dict[str, JsonValue] = {"tried": kind, "reason": why} if why else {"tried": kind}
    _note(house, (FAILED, kind, shown, why), ANONYMOUS, shown, after)


def note_refused(house: House, user_id: str, route: str, wanted: dict[str, JsonValue]) -> None:
    """Somebody asked for what they may not have.

    Args:
        house: The house.
        user_id: Who; "" where nobody is signed in.
        route: What they asked for: the rule of the address, without what stood in it.
        wanted: What it would have taken, such as the permission.
    """
    who = user_id or ANONYMOUS
    _note(house, (REFUSED, who, route), who, shortened(route, LONGEST), wanted)


def _note(house: House, key: tuple[str, ...], actor: str, subject: str, after: dict[str, JsonValue]) -> None:
    now = house.clock()
    times = house.sieve.let(key, now)
    if times is None:
        return
    entries = [AuditEntry(now, actor, "host", key[0], subject, None, {**after, "times": times})]
    if more := house.sieve.rest(now):
        entries.append(AuditEntry(now, ANONYMOUS, "host", key[0], "", None, {"times": more, "others": True}))
    try:
        with house.stores.host.writing() as session:
            for each in entries:
                add_audit(session, each)
    except Exception:  # nothing was changed, so there is nothing to undo: the answer stays a no
        logger.exception("that something was refused cannot be written down")
