"""The test kit: a whole host with just the plugins you name, in a folder of its own."""

from .kit import HostKit, Page, make_host

__all__ = ["HostKit", "Page", "make_host"]
