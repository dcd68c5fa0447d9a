"""What a plugin did to the host's screen in one request: sentences, badges, other tabs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from host.api.schemas import BadgeSchema, TabSchema
from host.api.values import Badge, Tab

LONGEST_TOAST = 500
MOST = 50

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
    """

    toasts: list[str] = field(default_factory=list)
    badges: dict[tuple[str, str], Badge | None] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    tabs: list[Tab] | None = None


class _EffectsSchema(Schema):
    class Meta:
        unknown = RAISE

    toasts = fields.List(fields.String(), validate=validate.Length(max=MOST))
    badges = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(BadgeSchema, allow_none=True),
        validate=validate.Length(max=MOST),
    )
    tabs = fields.List(fields.Nested(TabSchema), allow_none=True, validate=validate.Length(max=500))


_SCHEMA = _EffectsSchema()


def packed(effects: Effects, plugin: str) -> str:
    """The effects of *plugin*, as a line of ASCII; "" where there are none."""
    badges = {tab: badge for (owner, tab), badge in effects.badges.items() if owner == plugin}
    if not (effects.toasts or badges or effects.tabs is not None):
        return ""
    toasts = [each[:LONGEST_TOAST] for each in effects.toasts[:MOST]]
    return _dumps(_SCHEMA.dump({"toasts": toasts, "badges": badges, "tabs": effects.tabs}))


def unpacked(line: str, plugin: str) -> Effects:
    """Effects that a runner of *plugin* reported: none of any other plugin.

    Raises:
        ValueError: It is not what `packed` writes.
    """
    if not line:
        return Effects()
    try:
        found: Mapping[str, Any] = _SCHEMA.load(_loads(line))
    except (ValidationError, ValueError, RecursionError) as error:
        raise ValueError(f"what the runner says it did cannot be read: {error}") from None
    badges = {(plugin, tab): badge for tab, badge in found.get("badges", {}).items()}
    tabs = found.get("tabs")
    return Effects(
        toasts=found.get("toasts", []),
        badges=badges,
        tabs=tabs,
        changed=set() if tabs is None else {plugin},
    )
