"""The JSON API of the Status tab: every module registers its own addresses."""

from . import events, facts, ingest, usage
from .blueprint import rest

__all__ = ["events", "facts", "ingest", "rest", "usage"]
