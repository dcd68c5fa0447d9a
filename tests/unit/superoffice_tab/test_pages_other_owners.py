"""The tab of an owner other than SUPEROFFICE: it comes, has its own list, and goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.superoffice_tab.building import NOW, Issuer, claims, module
from unit.superoffice_tab.list_page import names
from unit.superoffice_tab.screen import ADDRESS, PLUGIN, Screen, make_screen

from host.api import Actor, current_host
from superoffice_tab.services import receiving
from superoffice_tab.storage.changing import ModuleOwner


@pytest.fixture
def loaded(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """A host with both built-in tabs, and set 1 of SUPEROFFICE."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    made.load()
    yield made
    made.kit.close()


class TestAnotherOwner:
    @pytest.fixture
    def acme(self, loaded: Screen) -> Screen:
        """An add-on declares ACME, with a shop."""
        shop = "https://shop.acme.example/?a=1&b=2"
        declared = {
            "title": "Acme",
            "licence_url": "",
            "shop_url": shop,
            "plugin": "acme",
            "declared_at": NOW,
        }
        loaded.add(ModuleOwner(name="ACME", **declared))
        with loaded.kit.serving(PLUGIN) as served:
            served.tabs_changed()
        return loaded

    def test_it_has_a_tab_before_it_has_a_licence(self, acme: Screen):
        """The shop opens beside, and learns nothing of this window."""
        text = acme.page(address=f"/tabs/{PLUGIN}/acme/").text
        assert "<h1>Acme</h1>" in text
        assert "No licence is loaded yet" in text
        assert 'href="https://shop.acme.example/?a=1&amp;b=2" target="_blank" rel="noopener"' in text

    def test_it_has_the_same_page_with_its_own_list(self, acme: Screen):
        """And its own addresses."""
        issuer = Issuer("ACME")
        issuer.root = acme.issuer.root
        given = claims(owner="ACME", OwnerDescription="Acme Inc", modules=(module("spin", 7),))
        acme.load(given, issuer=issuer)
        text = acme.page(address=f"/tabs/{PLUGIN}/acme/").text
        assert "<h1>Acme Inc</h1>" in text
        assert names(text) == ["spin"]
        assert f'href="/tabs/{PLUGIN}/acme/?licence=spin#licence"' in text


def test_a_set_that_is_discarded_takes_the_tab_of_its_owner_along(loaded: Screen):
    """Of an owner of whom nothing else is known; one is led to the tab of SUPEROFFICE."""
    humbug = Issuer("HUMBUG")
    with loaded.kit.serving(PLUGIN):
        receiving.receive(
            humbug.file(claims(owner="HUMBUG", modules=(module("spin"),))),
            source="set.lic",
            roots=humbug.roots,
            automatic=False,
            timezone="Europe/Oslo",
            work=current_host.work,
            actor=Actor(user_id="KAAN"),
            clock=current_host.clock,
        )
        current_host.tabs_changed()
    client = loaded.kit.client()
    address = f"/tabs/{PLUGIN}/humbug/"
    assert client.get(ADDRESS).text.count(f'href="{address}"') == 1
    page = client.post(f"{address}discard", {"seq": 7})
    assert page.status == 409, "another set waits than the one that was seen"
    assert "no longer set 7" in page.text
    page = client.post(f"{address}discard", {"seq": 1})
    assert (page.status, page.response.request.path) == (200, ADDRESS)
    assert "The new licence was discarded" in page.text
    assert address not in page.text
    assert client.get(address).status == 404
