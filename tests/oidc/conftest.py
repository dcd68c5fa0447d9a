"""One provider for all tests of a module, and hosts that trust it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from builders.identity_provider import Person, real_provider

from host.testing import HostKit
from host.testing.kit import Client


@pytest.fixture(scope="session")
def provider():
    """npm's oidc-provider; hosts under test are at ``http://localhost``."""
    with real_provider("http://localhost") as running:
        yield running


@dataclass
class Visit:
    """Somebody with one browser, between a host and the provider."""

    kit: HostKit
    client: Client = field(init=False)
    person: Person = field(default_factory=Person)

    def __post_init__(self) -> None:
        self.client = self.kit.anonymous()

    def set_out(self, target: str = "/") -> str:
        """Go to the provider; its address."""
        answer = self.client.flask.get("/login/openid", query_string={"next": target})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"]

    def come_back(self, address: str):
        """Follow the provider's way back to the host."""
        parts = urlsplit(address)
        return self.client.flask.get(f"{parts.path}?{parts.query}")

    def sign_in(self, subject: str, target: str = "/"):
        """All of it; the host's answer."""
        return self.come_back(self.person.sign_in(self.set_out(target), subject))

    @property
    def is_in(self) -> bool:
        """Whether the host knows who this is."""
        return self.client.flask.get("/plugins").status_code in {200, 403}


@pytest.fixture
def visit():
    """Make visits; their browsers are closed at the end."""
    made: list[Visit] = []

    def make(kit: HostKit) -> Visit:
        made.append(Visit(kit))
        return made[-1]

    yield make
    for each in made:
        each.person.close()


@pytest.fixture
def trusting(host_with, provider):
    """Make hosts that trust the provider, at the true time: what it signs is of now."""

    def make(database_url: str | None = None, **settings: str) -> HostKit:
        now = datetime.now(UTC).replace(microsecond=0)
        return host_with(environment=provider.settings(**settings), now=now, database_url=database_url)

    return make
