"""``tabhost superoffice``: every module adds its commands."""

from . import activation, assignments, listings, loading, planning, upkeep
from .group import superoffice

__all__ = ["activation", "assignments", "listings", "loading", "planning", "superoffice", "upkeep"]
