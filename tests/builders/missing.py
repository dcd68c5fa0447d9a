"""A machine without a part that tests need: skipped there, a failure in CI."""

from __future__ import annotations

import os

import pytest


def not_here(part: str) -> None:
    """Skip with one plain line, or fail where ``CI=true`` says that everything must be there."""
    message = f"{part} is not on this machine; its tests did not run"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
