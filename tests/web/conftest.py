"""A host that the tests of one module share."""

from __future__ import annotations

import pytest
from builders.accounts import add_person
from builders.plugins import drawing, neighbour, notes, raising

from host.testing import make_host


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """A host with a plugin that writes, a neighbour and one that fails, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("doors")
    bad = drawing("bad", raising(RuntimeError("x")))
    kit = make_host(folder / "host", [notes(folder / "m"), neighbour(), bad])
    add_person(kit)
    yield kit
    kit.close()
