"""One request or command: its transactions are opened when first used and end together."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from builders.plugins import notes

from host.api import current_host


def texts(kit, plugin: str) -> list[str]:
    with kit.serving(plugin, writes=False) as host:
        return list(host.session.scalars(sa.text(f"select text from {plugin}_note order by id")))


def write(host, text: str) -> None:
    host.session.execute(sa.text(f"insert into {host.plugin}_note (text) values (:text)"), {"text": text})


@pytest.fixture(params=["acme", "house"], ids=["third party", "built-in"])
def plugin(request) -> str:
    """A plugin of each kind."""
    return request.param


@pytest.fixture
def local(host_with, tmp_path):
    """The same, on SQLite only."""
    return host_with(notes(tmp_path / "m"), notes(tmp_path / "m", "house", builtin=True))


@pytest.fixture
def kit(host_on, tmp_path):
    """A third party and a built-in plugin."""
    return host_on(notes(tmp_path / "m"), notes(tmp_path / "m", "house", builtin=True))


class TestTransactions:
    def test_what_ends_well_is_kept_and_what_raises_is_not(self, kit, plugin):
        """Change and audit row alike."""
        with kit.serving(plugin) as host:
            write(host, "kept")
            host.audit("note.written", "kept")

        def failing() -> None:
            with kit.serving(plugin) as host:
                write(host, "gone")
                host.audit("note.written", "gone")
                raise RuntimeError("stop")

        with pytest.raises(RuntimeError, match="stop"):
            failing()
        assert texts(kit, plugin) == ["kept"]
        assert [each.subject for each in kit.audit()] == ["kept"]

    def test_one_session_serves_the_whole_request(self, local, plugin):
        """Both of its names are the same."""
        with local.serving(plugin) as host:
            assert host.session is host.work.session is current_host.session

    def test_nothing_is_opened_that_is_not_used(self, local, plugin):
        """A page without data does not wait for the writers' queue."""
        with local.serving(plugin), local.serving(plugin) as other:
            write(other, "not blocked")
        assert texts(local, plugin) == ["not blocked"]

    def test_a_reading_request_keeps_nothing(self, kit, plugin):
        """PostgreSQL refuses it at once; SQLite takes it back at the end."""
        try:
            with kit.serving(plugin, writes=False) as host:
                write(host, "gone")
        except sa.exc.DBAPIError:
            assert not kit.house.stores.host.is_sqlite
        assert texts(kit, plugin) == []


class TestCurrentHost:
    def test_outside_it_says_so(self):
        """By the name that was asked for."""
        with pytest.raises(RuntimeError, match=r"current_host\.session is only there while"):
            _ = current_host.session

    def test_the_command_line_may_everything_that_is_declared(self, local):
        """Of all plugins, and of the host."""
        with local.serving("acme") as host:
            assert host.actor.user_id == "cli"
            assert host.can("acme.manage")
            assert host.can("house.view")
            assert host.can("host.plugins.manage")
            assert not host.can("acme.unheard_of")

    def test_it_knows_time_place_and_language(self, host_with, tmp_path):
        """From the installation and the reader."""
        kit = host_with(notes(tmp_path / "m"), environment={"TABHOST_TIMEZONE": "Europe/Oslo"})
        with kit.serving("acme", locale="da") as host:
            assert (host.plugin, host.locale, host.timezone) == ("acme", "da", "Europe/Oslo")
            assert host.clock() == kit.clock.now
            assert host.version == kit.house.version
