"""What a runner may use, as the operator set it: for all plugins, and for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from host.api.settings import Setting
from host.api.values import N_, Text
from host.engine.runner.limits import Limits

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One bound of runners.

    Args:
        field: Its name in `Limits`.
        title: What stands beside it.
        most: The largest value that can be set.
        least: The smallest with which a runner can live.
        unit: What one of it is, in the unit of `Limits`.
        at_once: Whether a change is in force from the next visit on; else from the next start of the host.
    """

    field: str
    title: Text
    most: int
    least: int = 1
    unit: int = 1
    at_once: bool = False

    @property
    def setting(self) -> Setting:
        """The setting of each plugin; its id has a dot, which no plugin's own has."""
        return Setting(id=f"runner.{self.field}", title=self.title, kind="integer")

    @property
    def variable(self) -> str:
        """The environment variable for all plugins."""
        suffix = "_MB" if self.unit == MEGABYTE else ""
        return f"TABHOST_RUNNER_{self.field.upper()}{suffix}"

    def parse(self, text: str) -> Any:
        """The value in the unit of `Limits`.

        Raises:
            ValueError: It is no whole number, or out of bounds.
        """
        if not (
            text.isascii() and text.isdigit() and len(text) <= 9 and self.least <= int(text) <= self.most
        ):
            raise ValueError(f"expected a whole number from {self.least} to {self.most}, got {text!r}")
        return int(text) * self.unit

    def checked(self, text: str) -> str:
        """*text* as it is kept when somebody sets it.

        Raises:
            ValueError: It is no whole number, or out of bounds.
        """
        self.parse(text)
        return text


LIMITS = (
    Limit(field="deadline", title=N_("Seconds in which an answer must be there"), most=30, at_once=True),
    Limit(field="memory", title=N_("Megabytes of memory"), least=32, most=16_000, unit=MEGABYTE),
    Limit(field="descriptors", title=N_("Open files and sockets"), least=64, most=100_000),
    Limit(field="answer", title=N_("Megabytes of an answer"), most=1_000, unit=MEGABYTE, at_once=True),
    Limit(field="in_flight", title=N_("Calls under way at once, in each worker"), most=8, at_once=True),
    Limit(field="idle", title=N_("Seconds without a visit after which it stops"), most=86_400),
    Limit(field="start", title=N_("Seconds in which it must be ready"), most=120),
)
BY_SETTING = {each.setting.id: each for each in LIMITS}


def limits_from(base: Limits, texts: Mapping[str, str]) -> Limits:
    """*base*, with what is set for one plugin.

    Args:
        base: The bounds of all plugins.
        texts: Stored settings of the plugin, by id; others than limits are passed over.
    """
    changes = {each.field: each.parse(texts[name]) for name, each in BY_SETTING.items() if name in texts}
    return replace(base, **changes)
