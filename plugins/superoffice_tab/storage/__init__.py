"""Tables of the SUPEROFFICE tab."""

from __future__ import annotations

from . import changing as changing  # its tables belong to the metadata
from .models import metadata

__all__ = ["changing", "metadata"]
