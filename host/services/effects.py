"""What a plugin did to the host's screen in one request: sentences, badges, other tabs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from host.api.schemas import BadgeSchema, TabSchema
from host.api.values import Badge, Tab

LONGEST_TOAST, MOST_TOASTS = 300, 10
MOST_BADGES, MOST_TABS = 50, 500

# Bound now: the plugin, which is imported later, may put something else in their place.
_dumps, _loads = json.dumps, json.loads


@dataclass(slots=True, kw_only=True)
class Effects:
    """What is done on the host's side once a plugin's request has succeeded.

    Args:
        toasts: Sentences to say once, in the person's language.
        badges: By (plugin, tab) the new badge, or None to take it away.
        changed: Plugins whose `host_tabs` is to be asked again.
        tabs: What a runner said when it was asked again; None if it was not.
        trouble: Why a runner could not be asked again: its traceback; "" if it could.
    """

    toasts: list[str] = field(default_factory=list)
    badges: dict[tuple[str, str], Badge | None] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    tabs: list[Tab] | None = None
    trouble: str = ""

    def say(self, sentence: str) -> None:
        """Say *sentence* once; what comes after the tenth is not heard.

        What a page cannot carry of it, such as half a character, is a question mark.
        """
        if len(self.toasts) < MOST_TOASTS:
            self.toasts.append(sentence[:LONGEST_TOAST].encode("utf-8", "replace").decode())

    def mark(self, plugin: str, tab: str, badge: Badge | None) -> None:
        """Put *badge* on a tab.

        Raises:
            ValueError: More than fifty tabs are marked in one request.
        """
        if len(self.badges) >= MOST_BADGES and (plugin, tab) not in self.badges:
            raise ValueError(f"more than {MOST_BADGES} badges are set in one request")
        self.badges[plugin, tab] = badge


class _EffectsSchema(Schema):
    class Meta:
        unknown = RAISE

    toasts = fields.List(
        fields.String(validate=validate.Length(max=LONGEST_TOAST)), validate=validate.Length(max=MOST_TOASTS)
    )
    badges = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(BadgeSchema, allow_none=True),
        validate=validate.Length(max=MOST_BADGES),
    )
    tabs = fields.List(fields.Nested(TabSchema), allow_none=True, validate=validate.Length(max=MOST_TABS))
    trouble = fields.String()


_SCHEMA = _EffectsSchema()


def packed(effects: Effects, plugin: str) -> str:
    """The effects of *plugin*, as ASCII; "" where there are none."""
    badges = {tab: badge for (owner, tab), badge in effects.badges.items() if owner == plugin}
    if not (effects.toasts or badges or effects.tabs is not None or effects.trouble):
        return ""
    said = {
        "toasts": effects.toasts,
        "badges": badges,
        "tabs": effects.tabs,
        "trouble": effects.trouble,
    }
    return _dumps(_SCHEMA.dump(said))


def unpacked(text: str | bytes, plugin: str) -> Effects:
    """Effects that a runner of *plugin* reported: none of any other plugin.

    Raises:
        ValueError: It is not what `packed` writes.
    """
    if not text:
        return Effects()
    try:
        found: Mapping[str, Any] = _SCHEMA.load(_loads(text))
    except (ValidationError, ValueError, RecursionError) as error:
        raise ValueError(f"what the runner says it did cannot be read: {error}") from None
    badges = {(plugin, tab): badge for tab, badge in found.get("badges", {}).items()}
    tabs, trouble = found.get("tabs"), found.get("trouble", "")
    effects = Effects(
        badges=badges,
        tabs=tabs,
        changed={plugin} if trouble or tabs is not None else set(),
        trouble=trouble,
    )
    for each in found.get("toasts", []):
        effects.say(each)
    return effects
