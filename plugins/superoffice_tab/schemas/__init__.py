"""Checks of what comes in, loading straight into values."""
