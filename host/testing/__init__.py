"""The test kit: a whole host with just the plugins you name, in a folder of its own."""

from .kit import HostKit, Page, installed, make_host, plugin

__all__ = ["HostKit", "Page", "installed", "make_host", "plugin"]
