"""How many requests are open, on the tab and on the Status tab.

Everybody sees it, so whatever opens or closes a request brings it up to date.
"""

from __future__ import annotations

from host.api import N_, Badge, current_host

from .on_status import tell_facts
from .services import count_open


def show_open() -> None:
    """Show how many requests are open. The host keeps the badge if the request succeeds."""
    number = count_open(current_host.session)
    title = N_("Open requests: %(number)s", number=number)
    current_host.set_badge("requests", Badge(text=str(number), title=title) if number else None)
    tell_facts()
