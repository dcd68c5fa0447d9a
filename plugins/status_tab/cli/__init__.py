"""``tabhost status``: every module adds its commands."""

from . import events, installation, tariff, usage, wrapping
from .group import status

__all__ = ["events", "installation", "status", "tariff", "usage", "wrapping"]
