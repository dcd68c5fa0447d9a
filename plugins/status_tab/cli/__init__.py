"""``tabhost status``: every module adds its commands."""

from . import events, facts, installation, tariff, usage, wrapping
from .group import status

__all__ = ["events", "facts", "installation", "status", "tariff", "usage", "wrapping"]
