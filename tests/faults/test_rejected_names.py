"""A plugin whose names are taken, or whose permissions nobody declared, is rejected; the others serve."""

from __future__ import annotations

import pytest
from builders.plugins import (
    NEIGHBOUR,
    drawing,
    neighbour,
    permissions,
    seen_by_all,
    tab,
    tabbed,
    the_neighbour_serves,
    vendor,
)
from flask import Blueprint
from flask.views import MethodView

from host.api import N_, Permission, Plain, Setting, Text, requires
from host.api.texts import folded
from host.engine.checks import OWN_TITLES
from host.web.row import OWN_PAGES

ACME = {"host_permissions": permissions("acme")}


class TestNames:
    def test_two_tabs_of_one_id_are_refused(self, rejects):
        """They would have one address."""
        tabs = [tab("acme"), tab("acme", title=Plain("Another"))]
        assert "'main'" in rejects(vendor("acme", host_tabs=tabs, **ACME))

    def test_two_tabs_of_one_title_are_refused(self, rejects):
        """Nobody could tell them apart."""
        tabs = [tab("acme", "a", title=N_("Notes")), tab("acme", "b", title=N_("notes"))]
        assert "'notes'" in rejects(vendor("acme", host_tabs=tabs, **ACME))

    def test_a_tab_named_like_somebody_elses_is_refused(self, beside_a_neighbour):
        """Whoever came first keeps the name; case and blanks make no difference."""
        copy = vendor(
            "acme",
            host_tabs=[tab("acme", title=Plain(f" TAB {NEIGHBOUR.upper()}  \N{NO-BREAK SPACE}main"))],
            **ACME,
        )
        kit = beside_a_neighbour(neighbour_first := neighbour(), copy)
        assert neighbour_first.id in kit.reason("acme")
        assert "there already" in kit.reason("acme")
        the_neighbour_serves(kit)

    @pytest.mark.parametrize(
        "title",
        [
            Plain("Plugins"),
            Plain(" pLUGINS"),
            Plain("\uff30lugins"),
            Plain("Plugins\ufe0f"),
            N_("%(x)s", x="Audit"),
            Text(id="One", plural="Settings", n=2),
            N_("People"),
            N_("Health"),
        ],
        ids=ascii,
    )
    @pytest.mark.parametrize("builtin", [False, True], ids=["third party", "built in"])
    def test_a_tab_that_would_pass_for_a_page_of_the_host_is_refused(self, rejects, title, builtin):
        """However it is written: people would do there what they are used to do here."""
        bad = vendor("acme", builtin=builtin, host_tabs=[tab("acme", title=title)], **ACME)
        assert "would pass for a page of the host" in rejects(bad)

    def test_every_page_of_the_host_has_a_name_that_no_tab_can_have(self):
        """A new page is forgotten here otherwise."""
        assert {folded(each.title.id) for each in OWN_PAGES} <= OWN_TITLES

    @pytest.mark.parametrize("owner", ["host.plugins", "neighbour", "status_tab", "acmes"])
    def test_a_third_party_declares_permissions_below_its_own_name_only(self, rejects, owner):
        """Else it could hand out somebody else's."""
        bad = Permission(id=f"{owner}.view", title=Plain("x"), default_roles=("viewer",))
        assert f"'{owner}.view'" in rejects(vendor("acme", host_permissions=[bad]))

    def test_a_permission_that_another_built_in_plugin_announced_is_refused(self, beside_a_neighbour):
        """Built-in plugins choose their names, but each name has one owner."""
        one = vendor("acme", builtin=True, host_permissions=permissions("shared"))
        two = vendor("other", builtin=True, host_permissions=permissions("shared"))
        kit = beside_a_neighbour(one, two)
        assert kit.reason("acme") == ""
        assert "belongs to acme" in kit.reason("other")
        the_neighbour_serves(kit)

    def test_not_even_a_built_in_plugin_declares_a_permission_of_the_host(self, rejects):
        """The host's own are below ``host.``."""
        bad = Permission(id="host.plugins.manage", title=Plain("x"), default_roles=("viewer",))
        assert "host.plugins.manage" in rejects(vendor("acme", builtin=True, host_permissions=[bad]))

    def test_a_variable_that_somebody_elses_setting_reads_is_refused(self, beside_a_neighbour):
        """Environment names are unique in the installation."""
        setting = Setting(id="key", title=Plain("Key"), env="SHARED_KEY")
        kit = beside_a_neighbour(
            vendor("acme", host_settings=[setting]), vendor("other", host_settings=[setting])
        )
        assert kit.reason("acme") == ""
        assert "SHARED_KEY belongs to acme" in kit.reason("other")
        the_neighbour_serves(kit)

    def test_one_variable_for_two_settings_of_one_plugin_is_refused(self, rejects):
        """Environment names are unique in the installation, and a plugin is part of it."""
        settings = [Setting(id=each, title=Plain(each), env="ACME_KEY") for each in ("one", "two")]
        assert "ACME_KEY" in rejects(vendor("acme", host_settings=settings))

    @pytest.mark.parametrize("variable", ["TABHOST_DATABASE_URL", "TABHOST_DATA"])
    def test_a_variable_of_the_host_is_not_read_by_a_plugin(self, rejects, variable):
        """The address of the host's database is not a plugin's business."""
        setting = Setting(id="url", title=Plain("Address"), env=variable)
        assert variable in rejects(vendor("acme", host_settings=[setting]))

    def test_a_default_that_is_not_of_the_settings_kind_is_refused(self, rejects):
        """Else every page that reads the settings would fail."""
        setting = Setting(id="limit", title=Plain("Limit"), kind="integer", default="many")
        assert "limit" in rejects(vendor("acme", host_settings=[setting]))

    def test_the_second_of_two_plugins_of_one_id_is_refused(self, beside_a_neighbour):
        """The first one keeps its pages; nobody is shadowed."""
        kit = beside_a_neighbour(drawing("acme", lambda: "<p>The first.</p>"), vendor("acme"))
        reasons = [each.reason for each in kit.house.registry.plugins if each.id == "acme"]
        assert reasons[0] == ""
        assert "acme" in reasons[1]
        assert "The first." in kit.client().get("/tabs/acme/main/").text
        the_neighbour_serves(kit)


class TestPermissionsOfTabsAndRoutes:
    @pytest.mark.parametrize("field", ["view", "manage"])
    def test_a_tab_that_asks_for_an_undeclared_permission_is_refused(self, rejects, field):
        """Nobody could ever hold it. It does not matter whether the plugin has pages."""
        reason = rejects(vendor("acme", host_tabs=[tab("acme", **{field: "acme.secret"})], **ACME))
        assert "acme.secret" in reason

    def test_a_route_that_asks_for_an_undeclared_permission_is_refused(self, rejects):
        """The reason names the route."""
        reason = rejects(tabbed("acme", ("GET /main/", requires("acme.secret")(lambda: "x"))))
        assert "/tabs/acme/main/" in reason
        assert "acme.secret" in reason

    def test_a_route_without_a_permission_is_refused_and_the_whole_plugin_with_it(self, rejects):
        """Default deny: not even the routes that do declare one are mounted."""
        good, bad = seen_by_all("acme", lambda: "x"), lambda: "y"
        reason = rejects(tabbed("acme", ("GET /main/", good), ("POST /main/forgotten", bad)))
        assert "POST /tabs/acme/main/forgotten" in reason
        assert "@requires" in reason

    def test_a_method_of_a_view_class_without_a_permission_is_refused(self, rejects):
        """Each method declares its own."""

        class View(MethodView):
            @requires("acme.view")
            def get(self) -> str:
                return "x"

            def delete(self) -> str:
                return "y"

        blueprint = Blueprint("pages", __name__)
        blueprint.add_url_rule("/main/", view_func=View.as_view("view"))
        reason = rejects(vendor("acme", host_tabs=[tab("acme")], host_pages=blueprint, **ACME))
        assert "DELETE /tabs/acme/main/" in reason

    def test_a_route_outside_the_plugins_prefix_is_refused(self, rejects):
        """A plugin cannot put its own page where people sign in."""
        blueprint = Blueprint("pages", __name__)
        view = requires("acme.view")(lambda: "Your password, please")
        blueprint.record(lambda state: state.app.add_url_rule("/login", "login", view))
        reason = rejects(vendor("acme", host_tabs=[tab("acme")], host_pages=blueprint, **ACME))
        assert "/login" in reason

    def test_a_blueprint_that_serves_a_folder_is_refused(self, rejects, tmp_path):
        """Static files are the host's to serve: such a route asks for no permission."""
        blueprint = Blueprint("pages", __name__, static_folder=str(tmp_path), static_url_path="/files")
        reason = rejects(vendor("acme", host_tabs=[tab("acme")], host_pages=blueprint, **ACME))
        assert "/tabs/acme/files/" in reason
