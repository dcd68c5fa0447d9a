"""What stands in the audit log, in words: what was done, and what it was before and after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from host.api.values import N_, JsonValue, Plain, Text
from host.domain.audit import AuditEntry

HOST = "host"
LONGEST = 300
DONE: dict[str, Text] = {
    "access.refused": N_("Access was refused"),
    "account.added": N_("Account added"),
    "account.changed": N_("Account changed"),
    "account.choices_changed": N_("Own choices changed"),
    "account.disabled": N_("Account disabled"),
    "account.enabled": N_("Account enabled"),
    "account.language_chosen": N_("Language chosen"),
    "account.link_made": N_("Sign-in link made"),
    "account.password_changed": N_("Password changed"),
    "account.password_reset": N_("Password reset"),
    "account.portrait_removed": N_("Portrait removed"),
    "account.portrait_set": N_("Portrait set"),
    "account.reset": N_("Password taken away"),
    "account.roles_changed": N_("Roles changed"),
    "account.sessions_ended": N_("Sessions ended"),
    "audit.accepted": N_("Break in the log explained"),
    "audit.begun": N_("Log became a chain"),
    "audit.continued": N_("Log went on after a break"),
    "audit.exported": N_("Log exported"),
    "identity.expected": N_("Identity expected"),
    "identity.linked": N_("Identity linked"),
    "identity.removed": N_("Identity removed"),
    "plugin.disabled": N_("Plugin disabled"),
    "plugin.enabled": N_("Plugin enabled"),
    "plugin.setting_changed": N_("Setting changed"),
    "role.added": N_("Role added"),
    "role.changed": N_("Role changed"),
    "role.removed": N_("Role removed"),
    "second_factor.begun": N_("Second factor begun"),
    "second_factor.recovery_renewed": N_("New recovery codes made"),
    "second_factor.removed": N_("Second factor removed"),
    "second_factor.set_up": N_("Second factor set up"),
    "session.ended": N_("Signed out"),
    "session.proved": N_("Identity proved again"),
    "session.started": N_("Signed in"),
    "session.started_by_link": N_("Signed in with a link"),
    "signin.failed": N_("Signing in failed"),
    "token.added": N_("API token added"),
    "token.revoked": N_("API token revoked"),
}
"""The host's own actions that have words; all others stand as they are."""
YES, NO, NOTHING = N_("Yes"), N_("No"), N_("Nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing before and after.

    Args:
        name: What it is called; "" where the state is one value.
        before: What it was; None where it was not there.
        after: What it is; None where it is not there.
    """

    name: str
    before: Text | Plain | None
    after: Text | Plain | None

    @property
    def differs(self) -> bool:
        """Whether it changed."""
        return self.before != self.after


def done(entry: AuditEntry) -> Text | Plain:
    """What was done."""
    words = DONE.get(entry.action) if entry.plugin == HOST else None
    return words or Plain(entry.action)


def changes(entry: AuditEntry) -> list[Change]:
    """What was before and after, thing by thing."""
    before, after = entry.before, entry.after
    if before is None and after is None:
        return []
    if isinstance(before, dict | None) and isinstance(after, dict | None):
        old, new = before or {}, after or {}
        names = [*new, *(each for each in old if each not in new)]
        return [Change(name=each, before=_there(old, each), after=_there(new, each)) for each in names]
    return [Change(name="", before=_words(before), after=_words(after))]


def _there(state: dict[str, Any], name: str) -> Text | Plain | None:
    return _words(state[name]) if name in state else None


def _words(value: JsonValue) -> Text | Plain:
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return Plain(_short(", ".join(str(each) for each in value)))
    return Plain(_short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
