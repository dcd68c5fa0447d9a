"""What marks a hook: its specification, and its implementation in a plugin."""

from __future__ import annotations

import pluggy

PROJECT = "tabhost"
ENTRY_POINT_GROUP = "tabhost.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
