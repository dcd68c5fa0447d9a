"""Looking at plugins, switching them, and setting what they can be set to."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from builders.plugins import drawing, neighbour, vendor, with_settings

from host.api import InputError, NotFoundError, Plain, Setting
from host.api.settings import KINDS
from host.app import limits_of
from host.domain.errors import ConfigurationError
from host.domain.people import command_line
from host.services.limits import LIMITS
from host.services.plugins import change_setting, list_plugins, off, switch_plugin

CLI = command_line([])


def settings_in(kit, plugin: str = "acme") -> dict:
    with kit.serving(plugin) as host:
        return dict(host.settings)


LIMIT = Setting(id="limit", title=Plain("Limit"), kind="integer", default="5", env="ACME_LIMIT")


class TestSettings:
    def test_the_environment_comes_before_what_is_stored_and_that_before_the_default(self, host_on):
        """Each by itself, and all together."""
        kit = host_on(with_settings("acme", LIMIT))
        assert settings_in(kit) == {"limit": 5}
        change_setting(kit.house, "acme", "limit", "7", CLI)
        assert settings_in(kit) == {"limit": 7}
        again = host_on(with_settings("acme", LIMIT), environment={"ACME_LIMIT": "9"})
        assert settings_in(again) == {"limit": 9}
        change_setting(again.house, "acme", "limit", None, CLI)
        assert settings_in(again) == {"limit": 9}
        assert settings_in(kit) == {"limit": 5}

    def test_an_empty_variable_is_none(self, host_with):
        """As in a file of variables with the value left out."""
        kit = host_with(with_settings("acme", LIMIT), environment={"ACME_LIMIT": ""})
        assert settings_in(kit) == {"limit": 5}

    def test_without_any_value_it_is_none(self, host_with):
        """Whatever its kind."""
        declared = [Setting(id=kind, title=Plain(kind), kind=kind) for kind in KINDS]
        assert settings_in(host_with(with_settings("acme", *declared))) == dict.fromkeys(KINDS)

    @pytest.mark.parametrize(
        ("kind", "text", "value"),
        [
            ("text", "a b", "a b"),
            ("text", "", ""),
            ("integer", "-12", -12),
            ("integer", "0", 0),
            ("boolean", "yes", True),
            ("boolean", "TRUE", True),
            ("boolean", "1", True),
            ("boolean", " No ", False),
            ("boolean", "false", False),
            ("boolean", "0", False),
            ("path", "/srv/licences", Path("/srv/licences")),
            ("existing_path", "/etc", Path("/etc")),
            ("existing_path", ".", Path.cwd()),
            ("url", " https://in_here:8080/a?b=@ ", "https://in_here:8080/a?b=@"),
            ("url", "http://[::1]/", "http://[::1]/"),
            ("url", "", ""),
        ],
    )
    def test_a_value_comes_as_its_kind(self, host_with, kind, text, value):
        """Not as the text that was stored."""
        kit = host_with(with_settings("acme", Setting(id="it", title=Plain("It"), kind=kind)))
        change_setting(kit.house, "acme", "it", text, CLI)
        assert settings_in(kit) == {"it": value}

    @pytest.mark.parametrize(
        ("kind", "text", "expected"),
        [
            ("integer", "many", "whole number"),
            ("integer", "1.5", "whole number"),
            ("integer", "", "whole number"),
            ("boolean", "maybe", "yes or no"),
            ("existing_path", "/nope", "file or folder that is there"),
            ("existing_path", "", "file or folder that is there"),
            ("url", "file:///etc/passwd", "web address"),
            ("url", "javascript:void", "web address"),
            ("url", "server.example", "web address"),
            ("url", "http://server.example:99999", "web address"),
            ("url", "https://server.example/a b", "web address"),
        ],
    )
    def test_a_value_of_another_kind_is_refused_and_nothing_is_stored(self, host_with, kind, text, expected):
        """The message names plugin, setting, value and what was expected."""
        kit = host_with(with_settings("acme", Setting(id="it", title=Plain("It"), kind=kind)))
        with pytest.raises(InputError, match=rf"acme it.*{expected}.*{text!r}"):
            change_setting(kit.house, "acme", "it", text, CLI)
        assert settings_in(kit) == {"it": None}
        assert kit.audit() == []

    def test_a_bad_value_in_the_environment_names_the_variable(self, host_with):
        """Whoever started the host can mend it; the page is a card, the host is up."""
        kit = host_with(with_settings("acme", LIMIT), environment={"ACME_LIMIT": "many"})
        with pytest.raises(ConfigurationError, match=r"ACME_LIMIT.*whole number.*'many'"):
            settings_in(kit)
        page = kit.client().get("/tabs/acme/main/")
        assert page.status == 502
        assert "ACME_LIMIT" in page.text

    def test_a_change_is_written_down_with_before_and_after(self, host_on):
        """In the same transaction."""
        kit = host_on(with_settings("acme", LIMIT))
        change_setting(kit.house, "acme", "limit", "7", CLI)
        change_setting(kit.house, "acme", "limit", None, CLI)
        found = [(each.action, each.subject, each.before, each.after) for each in kit.audit()]
        assert found == [
            ("plugin.setting_changed", "acme.limit", "7", None),
            ("plugin.setting_changed", "acme.limit", None, "7"),
        ]

    def test_a_secret_is_not_written_down(self, host_with):
        """That it was changed, is."""
        secret = Setting(id="key", title=Plain("Key"), secret=True)
        kit = host_with(with_settings("acme", secret))
        change_setting(kit.house, "acme", "key", "hunter2", CLI)
        assert settings_in(kit) == {"key": "hunter2"}
        assert len(kit.audit()) == 1
        assert "hunter2" not in repr(kit.audit())

    def test_a_url_is_written_down_without_the_password_in_it(self, host_with):
        """It is read by more people than may sign in there; a slip in it shows nothing either."""
        kit = host_with(with_settings("acme", Setting(id="server", title=Plain("Server"), kind="url")))
        for address in ("https://me:hunter2@a.example/x", "https://me:hunter2@b.example/x"):
            change_setting(kit.house, "acme", "server", address, CLI)
        assert settings_in(kit) == {"server": address}
        assert [(each.before, each.after) for each in kit.audit()] == [
            ("https://a.example/x", "https://b.example/x"),
            (None, "https://a.example/x"),
        ]
        with pytest.raises(InputError, match="web address") as caught:
            change_setting(kit.house, "acme", "server", "https://me:hunter2/x@b.example", CLI)
        assert "hunter2" not in str(caught.value)

    def test_a_path_that_has_gone_since_it_was_set_is_still_what_is_set(self, host_with, tmp_path):
        """Whoever reads it says what is missing; the rest of the plugin works."""
        kit = host_with(with_settings("acme", Setting(id="keys", title=Plain("Keys"), kind="existing_path")))
        (tmp_path / "keys").mkdir()
        change_setting(kit.house, "acme", "keys", str(tmp_path / "keys"), CLI)
        (tmp_path / "keys").rmdir()
        assert settings_in(kit) == {"keys": tmp_path / "keys"}

    def test_a_secret_is_not_repeated_in_a_message_either(self, host_with):
        """A wrong value may be the right one with a slip in it."""
        secret = Setting(id="key", title=Plain("Key"), kind="integer", secret=True)
        kit = host_with(with_settings("acme", secret))
        with pytest.raises(InputError) as caught:
            change_setting(kit.house, "acme", "key", "hunter2", CLI)
        assert "hunter2" not in str(caught.value)

    def test_what_is_not_there_is_named_with_what_is(self, host_with):
        """Plugin and setting."""
        kit = host_with(with_settings("acme", LIMIT), vendor("bad", host_tabs=lambda: "x"))
        for plugin in ("nobody", "bad"):
            with pytest.raises(NotFoundError, match=plugin):
                change_setting(kit.house, plugin, "limit", "7", CLI)
        with pytest.raises(NotFoundError, match=r"'limits'.*limit"):
            change_setting(kit.house, "acme", "limits", "7", CLI)
        assert kit.audit() == []

    def test_a_plugin_sees_its_own_settings_only(self, host_with):
        """One id may stand in two plugins."""
        kit = host_with(
            with_settings("acme", Setting(id="limit", title=Plain("Limit"))),
            with_settings("other", Setting(id="limit", title=Plain("Limit"))),
        )
        change_setting(kit.house, "acme", "limit", "7", CLI)
        assert settings_in(kit, "other") == {"limit": None}


class TestLimits:
    """What the runner of a third party may use is set like its own settings."""

    def test_a_limit_is_stored_and_forgotten_with_its_audit(self, host_on):
        """Before and after, as the operator wrote them."""
        kit = host_on(neighbour())
        change_setting(kit.house, "neighbour", "runner.deadline", "5", CLI)
        assert kit.house.decisions.now().settings["neighbour"] == {"runner.deadline": "5"}
        change_setting(kit.house, "neighbour", "runner.deadline", None, CLI)
        assert kit.house.decisions.now().settings.get("neighbour", {}) == {}
        found = [(each.action, each.subject, each.before, each.after) for each in kit.audit()]
        assert found == [
            ("plugin.setting_changed", "neighbour.runner.deadline", "5", None),
            ("plugin.setting_changed", "neighbour.runner.deadline", None, "5"),
        ]

    def test_it_comes_before_what_is_set_for_all_in_their_own_unit(self, host_with):
        """From the next call on, for the limits that a web worker looks at."""
        kit = host_with(neighbour(), environment={"TABHOST_RUNNER_DEADLINE": "4"})
        change_setting(kit.house, "neighbour", "runner.answer", "3", CLI)
        bounds = limits_of(kit.settings, kit.house, "neighbour")
        assert (bounds.deadline, bounds.answer) == (4, 3_000_000)
        change_setting(kit.house, "neighbour", "runner.deadline", "1", CLI)
        assert limits_of(kit.settings, kit.house, "neighbour").deadline == 1

    @pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.field)
    @pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "many", "999999999999", "one more"])
    def test_a_value_out_of_bounds_says_which_are_good(self, host_with, limit, text):
        """Plugin, setting, bounds and the value; nothing is stored."""
        kit, name = host_with(neighbour()), f"runner.{limit.field}"
        value = str(limit.most + 1) if text == "one more" else text
        told = rf"neighbour {name}.*from {limit.least} to {limit.most}.*'{value}'"
        with pytest.raises(InputError, match=told):
            change_setting(kit.house, "neighbour", name, value, CLI)
        change_setting(kit.house, "neighbour", name, str(limit.most), CLI)
        assert [each.after for each in kit.audit()] == [str(limit.most)]

    def test_a_built_in_plugin_has_none_for_it_has_no_runner(self, host_with):
        """And a limit that there is not is answered with those there are."""
        kit = host_with(drawing("house", lambda: "x", builtin=True), neighbour())
        with pytest.raises(NotFoundError, match=r"house.*'runner.deadline'.*none"):
            change_setting(kit.house, "house", "runner.deadline", "5", CLI)
        with pytest.raises(NotFoundError, match=r"'runner.speed'.*runner.deadline"):
            change_setting(kit.house, "neighbour", "runner.speed", "5", CLI)
        assert kit.audit() == []

    def test_they_are_set_of_a_rejected_plugin_too(self, host_with):
        """One of them may be what it is rejected for; what it would declare beside them is not known."""
        kit = host_with(vendor("bad", host_tabs=lambda: "x"))
        change_setting(kit.house, "bad", "runner.start", "60", CLI)
        assert limits_of(kit.settings, kit.house, "bad").start == 60
        with pytest.raises(NotFoundError, match=r"bad is rejected and has no setting 'keys'.*runner\.start"):
            change_setting(kit.house, "bad", "keys", "x", CLI)

    def test_a_plugin_is_not_told_its_limits(self, host_with):
        """They are the operator's word on it."""
        kit = host_with(with_settings("acme", LIMIT))
        change_setting(kit.house, "acme", "runner.deadline", "5", CLI)
        assert settings_in(kit) == {"limit": 5}


class TestSwitching:
    def test_off_and_on_are_rows_with_their_audit(self, host_on):
        """Asked anew by every request of every worker."""
        kit = host_on(neighbour())
        switch_plugin(kit.house, "neighbour", on=False, actor=CLI)
        assert off(kit.house) == {"neighbour"}
        switch_plugin(kit.house, "neighbour", on=True, actor=CLI)
        assert off(kit.house) == frozenset()
        found = [(each.action, each.subject, each.before, each.after) for each in kit.audit()]
        assert found == [
            ("plugin.enabled", "neighbour", {"enabled": False}, {"enabled": True}),
            ("plugin.disabled", "neighbour", {"enabled": True}, {"enabled": False}),
        ]

    def test_another_worker_on_the_same_database_sees_it_at_once(self, host_on):
        """State is in the database, never in a worker."""
        one, two = host_on(neighbour()), host_on(neighbour())
        client = two.client()
        assert client.get("/tabs/neighbour/main/").status == 200
        switch_plugin(one.house, "neighbour", on=False, actor=CLI)
        assert client.get("/tabs/neighbour/main/").status == 404

    def test_a_plugin_that_is_not_installed_is_named(self, host_with):
        """And nothing is written."""
        kit = host_with(neighbour())
        with pytest.raises(NotFoundError, match="'nobody'"):
            switch_plugin(kit.house, "nobody", on=False, actor=CLI)
        assert kit.audit() == []
        with kit.house.stores.host.reading() as session:
            assert session.scalar(sa.text("select count(*) from host_plugin_state")) == 0

    def test_what_is_rejected_stays_rejected_however_it_is_switched(self, host_with):
        """The reason is still shown."""
        kit = host_with(vendor("bad", host_tabs=lambda: "x"))
        for on in (False, True):
            switch_plugin(kit.house, "bad", on=on, actor=CLI)
            (view,) = list_plugins(kit.house, CLI)
            assert (view.state, bool(view.reason)) == ("rejected", True)


class TestListing:
    def test_built_in_ones_come_in_the_order_of_admission_with_their_state(self, host_with):
        """Every plugin that is installed is there, whatever became of it."""
        kit = host_with(
            drawing("house", lambda: "x", builtin=True), vendor("bad", host_tabs=lambda: "x"), neighbour()
        )
        switch_plugin(kit.house, "house", on=False, actor=CLI)
        found = [(each.id, each.builtin, each.state, each.tabs) for each in list_plugins(kit.house, CLI)]
        assert found == [
            ("house", True, "disabled", ["main"]),
            ("bad", False, "rejected", []),
            ("neighbour", False, "serving", ["main"]),
        ]

    def test_nothing_installed_is_an_empty_list(self, host_with):
        """Not an error."""
        assert list_plugins(host_with().house, CLI) == []
