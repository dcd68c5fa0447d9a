"""A host with just this plugin, which must be installed (``pip install -e .``), and a store by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import create_engine, delete
from sqlalchemy.orm import Session

from acme_requests.storage import metadata, requests
from host.api import Actor
from host.testing import HostKit, make_host
from host.testing.kit import installed


@dataclass
class FakeWork:
    """A unit of work that remembers what was audited."""

    session: Session
    audited: list[str] = field(default_factory=list)

    def audit(self, action: str, subject: str, before: Any = None, after: Any = None) -> None:
        """Remember it."""
        self.audited.append(f"{action} {subject}")


@pytest.fixture
def work() -> Iterator[FakeWork]:
    """A unit of work over an empty store in memory."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with Session(engine) as session:
        yield FakeWork(session)
    engine.dispose()


@pytest.fixture
def actor() -> Actor:
    """Who acts."""
    return Actor(user_id="KAAN")


@pytest.fixture(scope="session", params=[False, True], ids=["in process", "in a runner"])
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostKit]:
    """A host with this plugin beside the built-in ones: in its process, and in a runner as in production."""
    kit = make_host(
        tmp_path_factory.mktemp("host"),
        installed("status_tab", "superoffice_tab", "acme_requests"),
        runners=request.param,
    )
    yield kit
    kit.close()


@pytest.fixture
def kit(host: HostKit) -> HostKit:
    """The same with no request in it; its clock stands at 24 November 2026."""
    with host.serving("acme_requests") as served:
        served.session.execute(delete(requests))
        served.set_badge("requests", None)
    return host
