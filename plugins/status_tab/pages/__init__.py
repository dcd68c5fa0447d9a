"""The pages of the Status tab: every module registers its own addresses."""

from . import events, installation, metered, metered_closed, metered_csv, metered_month, status
from .blueprint import pages

__all__ = [
    "events",
    "installation",
    "metered",
    "metered_closed",
    "metered_csv",
    "metered_month",
    "pages",
    "status",
]
