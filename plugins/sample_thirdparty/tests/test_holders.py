"""Who holds our licences: asked of the tab that keeps them, from this process or over from the runner."""

from __future__ import annotations

ADDRESS = "/tabs/acme_requests/requests/holders"


def test_before_any_file_is_loaded_it_says_what_will_stand_here(kit):
    """An owner without licences is no error of the tab."""
    page = kit.client("viewer").get(ADDRESS)
    assert page.status == 200
    assert "No Acme licence is loaded" in page.text


def test_the_owner_is_announced(host):
    """The hook's answer is checked and kept when the plugin is admitted."""
    plugin = host.house.registry.get("acme_requests")
    assert plugin is not None
    assert plugin.implements("superoffice_module_owners")
