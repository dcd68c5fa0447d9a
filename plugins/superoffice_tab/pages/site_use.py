"""How many satellite databases occupy each site licence: the Status tab knows (formats.md 5)."""

from __future__ import annotations

from host.api import NotFoundError
from status_tab.api import satellite_licences


def site_use() -> dict[str, int] | None:
    """The number of satellites by full name of the licence; None where the Status tab is switched off."""
    try:
        return satellite_licences()
    except NotFoundError:
        return None
