"""What the tests of faults share: a host with a bad plugin and a good one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders.plugins import neighbour, the_neighbour_serves

from host.engine.discovery import Found
from host.testing import HostKit

Rejects = Callable[..., str]


@pytest.fixture
def beside_a_neighbour(host_with):
    """Make a host with the given plugins and a neighbour behind them."""

    def make(*found: Found, **options) -> HostKit:
        return host_with(*found, neighbour(), **options)

    return make


@pytest.fixture
def rejects(beside_a_neighbour) -> Rejects:
    """Load a plugin that cannot be admitted; check that the host is up and the neighbour serves."""

    def load(*found: Found, plugin: str = "acme") -> str:
        kit = beside_a_neighbour(*found)
        client = the_neighbour_serves(kit, "administrator")
        listed = {each["id"]: each for each in client.get("/api/v1/plugins").response.json}
        assert listed[plugin]["state"] == "rejected", listed[plugin]
        assert listed[plugin]["reason"] == kit.reason(plugin)
        assert client.flask.head(f"/tabs/{plugin}/main/").status_code == 404
        return kit.reason(plugin)

    return load
