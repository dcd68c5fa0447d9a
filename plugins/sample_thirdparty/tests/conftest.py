"""A host with just this plugin, and a store for tests that need no host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import acme_requests
from acme_requests.storage import Base
from host.api import Actor
from host.testing import HostKit, make_host
from host.testing.kit import plugin


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
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield FakeWork(session)
    engine.dispose()


@pytest.fixture
def actor() -> Actor:
    """Who acts."""
    return Actor(user_id="KAAN")


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[HostKit]:
    """A whole host with just this plugin; its clock stands at 24 November 2026."""
    kit = make_host(tmp_path, [plugin("acme_requests", acme_requests)])
    yield kit
    kit.close()
