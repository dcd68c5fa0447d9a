"""What is installed is read from metadata, before anything is imported; broken metadata stops nobody."""

from __future__ import annotations

import sys

import pytest
from builders.packages import install

from host.engine.discovery import discover

VERSION = "0.1.0"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of the Python path, in front of the others."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def found(plugin: str, version: str = VERSION):
    """What discovery says of *plugin*, every time it was announced."""
    return [each for each in discover(version) if each.id == plugin]


class TestWhatIsFound:
    def test_a_plugin_is_known_before_any_of_its_code_runs(self, site):
        """Id, distribution and version come from metadata."""
        install(site, "acme_tab", code="raise SystemExit('imported')")
        (acme,) = found("acme")
        assert (acme.distribution, acme.version, acme.builtin) == ("acme_tab", "1.0", False)
        assert acme.problem == ""
        assert "acme_tab" not in sys.modules

    def test_the_products_own_plugins_come_first(self, site):
        """They publish hooks that others are checked against, and they keep their names."""
        install(site, "aaa", plugin="aaa")
        builtin = [each.builtin for each in discover(VERSION)]
        assert builtin == sorted(builtin, reverse=True)
        assert {each.id for each in discover(VERSION) if each.builtin} == {"status_tab", "superoffice_tab"}

    def test_what_is_found_can_be_loaded(self, site):
        """`load` imports the module that the entry point names."""
        install(site, "acme_loads")
        assert found("acme")[0].load().__name__ == "acme_loads"

    def test_a_package_without_plugins_is_none_of_our_business(self, site):
        """Whatever it requires."""
        install(site, "acme_tab", requires=(), entry_points="[console_scripts]\nacme = acme_tab\n")
        assert found("acme") == []


class TestVersionRange:
    @pytest.mark.parametrize("line", ["tabhost", "tabhost>=0.1", "Tabhost>=0.1,<1", "tabhost==0.1.*"])
    def test_a_range_with_this_version_in_it_is_admitted(self, site, line):
        """However it is written."""
        install(site, "acme_tab", requires=(line,))
        assert found("acme")[0].problem == ""

    @pytest.mark.parametrize("line", ["tabhost>=2", "tabhost<0.1", "tabhost==0.1.1"])
    def test_a_range_without_this_version_names_both(self, site, line):
        """What it is made for, and what this is."""
        install(site, "acme_tab", requires=(line,))
        problem = found("acme")[0].problem
        assert line.removeprefix("tabhost") in problem
        assert VERSION in problem

    def test_a_pre_release_of_the_host_counts(self, site):
        """Who tries one wants to see the plugins in it."""
        install(site, "acme_tab", requires=("tabhost>=0.1",))
        assert found("acme", "0.2.0rc1")[0].problem == ""

    def test_a_package_that_does_not_name_tabhost_is_refused(self, site):
        """Nobody could say which versions it works with."""
        install(site, "acme_tab", requires=("flask>=3",))
        assert "add tabhost to its dependencies" in found("acme")[0].problem

    def test_a_range_that_holds_for_an_extra_only_does_not_count(self, site):
        """``tabhost>=2 ; extra == "next"`` is no requirement of the plugin as it is installed."""
        install(site, "acme_tab", requires=('tabhost>=2 ; extra == "next"', "tabhost>=0.1"))
        assert found("acme")[0].problem == ""

    def test_a_requirement_that_cannot_be_read_is_named(self, site):
        """The line itself is shown."""
        install(site, "acme_tab", requires=("tab host ???",))
        assert "'tab host ???'" in found("acme")[0].problem


class TestNames:
    @pytest.mark.parametrize(
        "name", ["Acme", "a", "1acme", "acme-tab", "acme.tab", "a" * 41, "host", "tabhost"]
    )
    def test_a_name_that_is_no_plugin_id_is_refused(self, site, name):
        """It becomes part of addresses, tables and permissions."""
        install(site, "acme_tab", plugin=name)
        assert repr(name) in found(name)[0].problem

    def test_an_id_that_is_taken_names_its_owner(self, site):
        """Of two packages the first by name keeps it."""
        install(site, "acme_one")
        install(site, "acme_two")
        first, second = found("acme")
        assert (first.distribution, first.problem) == ("acme_one", "")
        assert second.distribution == "acme_two"
        assert "belongs to acme_one" in second.problem

    def test_nobody_takes_a_built_in_plugins_id(self, site):
        """However early the stranger's package stands on the path or in the alphabet."""
        install(site, "aaa", plugin="status_tab")
        builtin, stranger = found("status_tab")
        assert (builtin.builtin, builtin.problem) == (True, "")
        assert (stranger.builtin, "belongs to tabhost" in stranger.problem) == (False, True)

    def test_of_two_installations_of_one_package_the_one_that_python_imports_counts(self, site, tmp_path):
        """The first on the path; the other one is not there for anybody."""
        install(site, "acme_tab", requires=("tabhost>=0.1",))
        behind = tmp_path / "behind"
        install(behind, "acme_tab", requires=("tabhost>=2",))
        sys.path.append(str(behind))
        try:
            assert [each.problem for each in found("acme")] == [""]
        finally:
            sys.path.remove(str(behind))


class TestBrokenMetadata:
    def announced_beside(self, site, **parts):
        """A broken package, and a good one that must be found all the same."""
        install(site, "broken", plugin="broken", **parts)
        install(site, "acme_tab")
        assert [each.problem for each in found("acme")] == [""]
        return found("broken")

    def test_a_folder_that_an_installer_left_behind_stops_nobody(self, site):
        """``pip`` leaves such folders when it is interrupted."""
        (site / "left_over-1.0.dist-info").mkdir()
        install(site, "acme_tab")
        assert [each.problem for each in found("acme")] == [""]

    @pytest.mark.parametrize(
        "metadata",
        ["", "Metadata-Version: 2.1\nVersion: 1.0\n", b"Name: broken\xff\xfe\nVersion: 1.0\n"],
        ids=["empty", "without a name", "not UTF-8"],
    )
    def test_metadata_that_cannot_be_read_costs_its_own_package_only(self, site, metadata):
        """It is nobody's package: left out, or listed with the problem; never admitted."""
        assert all(each.problem for each in self.announced_beside(site, metadata=metadata))

    def test_a_package_without_a_version_is_refused(self, site):
        """The list of plugins could not say what is installed."""
        metadata = "Metadata-Version: 2.1\nName: broken\nRequires-Dist: tabhost\n"
        assert [bool(each.problem) for each in self.announced_beside(site, metadata=metadata)] == [True]

    @pytest.mark.parametrize(
        "entry_points",
        [b"[tabhost.plugins]\nbroken = \xff\xfe\n", "[tabhost.plugins]\nbroken\n"],
        ids=["not UTF-8", "without a value"],
    )
    def test_entry_points_that_cannot_be_read_cost_their_own_package_only(self, site, entry_points):
        """Who cannot be named is left out; never admitted."""
        assert all(each.problem for each in self.announced_beside(site, entry_points=entry_points))

    def test_an_entry_point_that_names_no_module_is_rejected_when_it_is_loaded(self, site, host_with):
        """The reason is shown; the host is up."""
        install(site, "acme_tab", entry_points="[tabhost.plugins]\nacme = not a module!\n")
        kit = host_with(*found("acme"))
        assert "mporting it failed" in kit.reason("acme")
        assert kit.client().get("/").status == 200
