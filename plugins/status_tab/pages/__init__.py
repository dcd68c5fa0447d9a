"""The pages of the Status tab."""

from .status import pages

__all__ = ["pages"]
