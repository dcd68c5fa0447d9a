"""What the templates of the Status tab are drawn from."""

from __future__ import annotations

from datetime import date

from status_tab.api import LicenceSummary


def days_left(summary: LicenceSummary | None, today: date) -> int | None:
    """Days from *today* to the next expiry date, negative once it has passed; None where there is none."""
    if summary is None or summary.next_expiry is None:
        return None
    return (summary.next_expiry - today).days
