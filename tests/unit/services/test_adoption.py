"""Which third parties are asked what they declare, and when: a running host goes by what it was told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from host.api.values import Plain, Tab
from host.engine.declarations import Declarations, packed
from host.engine.discovery import Found
from host.engine.runner.forked import ChildError
from host.services.adoption import NOT_ASKED, Adoption
from host.services.house import prepare_host
from host.storage.database import Database

ACME = Found(id="acme", distribution="acme", version="1.0", builtin=False, load=lambda: None)
NEWER, OTHER = replace(ACME, version="1.1"), replace(ACME, id="other")


class Asked:
    """Asks plugins: each has a tab named after its version, or fails; who was asked is in ``names``."""

    def __init__(self, *fails: str) -> None:
        self.names, self._fails = [], fails

    def __call__(self, found: Iterable[Found]) -> dict[str, bytes | ChildError]:
        return {each.id: self._answer(each) for each in found}

    def _answer(self, found: Found) -> bytes | ChildError:
        self.names.append(found.id)
        if found.id in self._fails:
            return ChildError("RuntimeError: kaput")
        tab = Tab(id="main", title=Plain(found.version), view="acme.view")
        return json.dumps(packed(Declarations(tabs=(tab,)))).encode()


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'tabhost.db'}")
    prepare_host(database)
    yield database
    database.close()


@pytest.fixture
def told(database):
    """What is told of the plugins that are found: the title of the tab, or the reason."""

    def tell(*found: Found, ask: Asked | None = None, anew: bool = False) -> dict[str, str]:
        adopt = Adoption(
            database, "0.1", ask=ask, clock=lambda: datetime(2026, 11, 24, tzinfo=UTC), anew=anew
        )
        answers = adopt(list(found))
        return {
            name: each if isinstance(each, str) else each.tabs[0].title.text for name, each in answers.items()
        }

    return tell


class TestACommand:
    def test_asks_who_never_was(self, told):
        """So that a vendor's commands are there right after it is installed; once."""
        asked = Asked()
        assert told(ACME, ask=asked) == {"acme": "1.0"}
        assert told(ACME, OTHER, ask=asked) == {"acme": "1.0", "other": "1.0"}
        assert asked.names == ["acme", "other"]

    def test_asks_nobody_again_whatever_is_installed_by_now(self, told):
        """A server may be running: its tabs must not become those of code that it has not loaded."""
        asked = Asked("other")
        told(ACME, OTHER, ask=asked)
        assert told(NEWER, OTHER, ask=asked) == {"acme": "1.0", "other": "RuntimeError: kaput"}
        assert asked.names == ["acme", "other"]


class TestAStart:
    def test_asks_who_has_changed_and_who_was_rejected(self, told):
        """What a plugin lacked may be there by now; who is as before is not asked."""
        asked, same = Asked("other"), replace(ACME, id="same")
        told(ACME, OTHER, same, ask=asked)
        again = Asked()
        assert told(NEWER, OTHER, same, ask=again, anew=True) == {
            "acme": "1.1", "other": "1.0", "same": "1.0",
        }  # fmt: skip
        assert again.names == ["acme", "other"]


class TestAWorker:
    def test_goes_by_what_is_kept_whatever_is_installed_by_now(self, told):
        """One that is started again must not reject what the others serve."""
        told(ACME, ask=Asked())
        assert told(NEWER, OTHER) == {"acme": "1.0", "other": NOT_ASKED}
        assert told(NEWER, anew=True) == {"acme": "1.0"}
