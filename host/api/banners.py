"""What stands above every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .values import Plain, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """One sentence above every page.

    Args:
        kind: ``motd`` for a message of the day, or ``info``, ``warn``, ``stop``.
        title: What it is, up to 60 characters.
        more: The sentence, up to 1000 characters; None where the title says it all.
        until: When it is over, aware; None if nobody knows. Shown as such, and not shown after that.
        tab: Id of a tab of the plugin where more stands, linked for those who may see it; "" for none.
            Above that tab itself it is not shown, unless it is a message of the day: there the page says it.
        path: Where in that tab.

    .. versionadded:: 0.1
    """

    kind: str
    title: Text | Plain
    more: Text | Plain | None = None
    until: datetime | None = None
    tab: str = ""
    path: str = ""
