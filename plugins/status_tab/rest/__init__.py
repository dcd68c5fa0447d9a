"""The JSON API of the Status tab: every module registers its own addresses."""

from . import events, ingest, usage
from .blueprint import rest

__all__ = ["events", "ingest", "rest", "usage"]
