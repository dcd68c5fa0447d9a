"""Tabhost. This package imports nothing, so that ``import host.api`` stays a leaf."""
