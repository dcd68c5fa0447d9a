"""The JSON API of the SUPEROFFICE tab: every module registers its own addresses."""

from . import activation, assignments, licences, owners, planning, putting_back
from .blueprint import rest

__all__ = ["activation", "assignments", "licences", "owners", "planning", "putting_back", "rest"]
