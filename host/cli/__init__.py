"""The command ``tabhost``."""

from .main import main

__all__ = ["main"]
