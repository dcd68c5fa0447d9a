"""The page of people: who holds what, giving licences to many, and taking them back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import event
from unit.superoffice_tab.building import MODULES, NOW, Issuer, claims, module, person
from unit.superoffice_tab.people_page import (
    PEOPLE,
    banner,
    denied,
    held,
    refused,
    send,
    staffed,
    ticked,
    users,
)
from unit.superoffice_tab.screen import HX, PLUGIN, Screen, make_screen

from superoffice_tab.storage.changing import ModuleOwner


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    made = staffed(tmp_path / "screen", database_url)
    yield made
    made.kit.close()


class TestList:
    def test_everybody_is_told_with_what_they_hold(self, screen: Screen):
        """With role, group, last sign-in, and how many; who never signed in stands first."""
        page = screen.page(address=PEOPLE)
        assert users(page) == ["MOBE", "SIRA", "TOVE", "KAAN"]
        for part in ("Åse Andersen", "Level 1", "20 Nov", "Never", ">Spin ×2<", ">Ten-Sales<", "1–4 of 4"):
            assert part in page.text

    def test_retired_people_are_listed_when_they_are_asked_for(self, screen: Screen):
        """And told as such."""
        page = screen.page("?retired=yes", address=PEOPLE)
        assert "GONE" in users(page)
        assert '<span class="th-sub">Retired</span>' in page.text

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?q=ANNA", ["TOVE"]),
            ("?licence=spin", ["KAAN"]),
            ("?licence=spin&retired=yes", ["GONE", "KAAN"]),
            ("?q=o&sort=user_id", ["MOBE", "SIRA", "TOVE"]),
            ("?sort=full_name", ["TOVE", "MOBE", "SIRA", "KAAN"]),
            ("?dir=down", ["KAAN", "TOVE", "SIRA", "MOBE"]),
            ("?sort=odd&from=-1&licence=&retired=maybe", ["MOBE", "SIRA", "TOVE", "KAAN"]),
            ("?from=99999999999999999999", ["MOBE", "SIRA", "TOVE", "KAAN"]),
            ("?q=%00&licence=%00&person=%00", ["MOBE", "SIRA", "TOVE", "KAAN"]),
        ],
    )
    def test_the_address_says_who_and_in_which_order(self, screen: Screen, query: str, found: list[str]):
        """What makes no sense in it is as always."""
        page = screen.page(query, address=PEOPLE)
        assert (page.status, users(page)) == (200, found)

    def test_sorting_and_searching_keep_the_rest_of_the_choice(self, screen: Screen):
        """The same order again turns it."""
        text = unescape(screen.page("?q=o&sort=user_id&person=KAAN", address=PEOPLE).text)
        assert f'href="{PEOPLE}?q=o&sort=user_id&dir=down&person=KAAN"' in text
        assert f'href="{PEOPLE}?q=o&sort=full_name&person=KAAN"' in text
        assert re.search(r'aria-sort="ascending">\s*<a class="th-sort"[^>]*>User ID', text)
        assert '<input type="hidden" name="sort" value="user_id">' in text

    def test_fifty_stand_on_a_page(self, screen: Screen):
        """With the way to the others, who are not ticked by what is pressed here."""
        screen.people(*(person(f"P{number:03}", "") for number in range(116)))
        first = screen.page("?sort=user_id", address=PEOPLE)
        assert len(users(first)) == 50
        assert "1–50 of 120" in first.text
        last = screen.page("?sort=user_id&from=100", address=PEOPLE)
        assert len(users(last)) == 20
        assert "101–120 of 120" in last.text
        assert ">Next</a>" not in last.text
        assert len(ticked(screen.page("?choose=all", address=PEOPLE))) == 50

    def test_nobody_found_offers_everybody(self, screen: Screen):
        """And a page behind the last one does, too."""
        for query in ("?q=zzz", "?from=500", "?licence=unheard-of"):
            page = screen.page(query, address=PEOPLE)
            assert "Nobody was found" in page.text
            assert f'href="{PEOPLE}"' in page.text

    def test_where_nobody_is_known_it_says_how_they_come_here(self, tmp_path: Path):
        """By the command that imports them."""
        empty = make_screen(tmp_path / "empty", now=NOW)
        empty.load()
        assert "tabhost superoffice import-associates FILE" in empty.page(address=PEOPLE).text
        empty.kit.close()

    def test_without_a_set_in_force_there_is_no_list(self, tmp_path: Path):
        """404, with what to do."""
        empty = make_screen(tmp_path / "empty", now=NOW)
        page = empty.page(address=PEOPLE)
        assert page.status == 404
        assert "Load one first" in page.text
        empty.kit.close()

    def test_a_page_asks_the_database_as_often_for_many_as_for_few(self, screen: Screen):
        """Not once for each person."""
        asked: list[str] = []
        client = screen.kit.client()

        @event.listens_for(screen.kit.house.stores.host.engine, "before_cursor_execute")
        def note(_connection, _cursor, statement, *_) -> None:
            asked.append(statement)

        def often(query: str) -> int:
            client.get(f"{PEOPLE}{query}")
            asked.clear()
            client.get(f"{PEOPLE}{query}")
            return len(asked)

        few = often("?q=KAAN&person=KAAN")
        screen.people(*(person(f"P{number:03}", "superoffice.visible-for") for number in range(100)))
        many = often("?q=P0&person=KAAN")
        assert 3 < many <= few


class TestWhoMay:
    def test_a_viewer_reads_and_changes_nothing(self, screen: Screen):
        """No box to tick, no button, and no way past them."""
        text = screen.page("?person=KAAN", address=PEOPLE, role="viewer").text
        assert "KAAN" in text
        for absent in ('name="user_id"', "Assign<", "Take back<", "Save licences", "Select all"):
            assert absent not in text
        before = held(screen)
        for path in ("assign", "release", "KAAN/licences"):
            form = {"licence": "spin", "user_id": "SIRA"}
            assert screen.kit.client("viewer").post(f"{PEOPLE}{path}", form).status == 403
        assert held(screen) == before

    @pytest.mark.parametrize("path", ["assign", "release", "KAAN/licences"])
    def test_a_form_without_its_token_does_nothing(self, screen: Screen, path: str):
        """As everywhere."""
        form = {"licence": "spin", "user_id": "SIRA", "csrf_token": "x"}
        assert screen.kit.client().flask.post(f"{PEOPLE}{path}", data=form).status_code in (400, 403)
        assert held(screen)["SIRA"] == {}

    def test_the_panel_of_a_licence_leads_here(self, screen: Screen):
        """To its holders, with it chosen for both buttons."""
        assert f'href="{PEOPLE}?licence=spin"' in screen.page("?licence=spin").text
        text = screen.page("?licence=spin", address=PEOPLE).text
        assert len(re.findall(r'<option value="spin" selected>', text)) == 2


class TestMany:
    def test_a_licence_is_given_to_everybody_who_is_ticked(self, screen: Screen):
        """The answer is the same page, with how many have it now; who has it already is unchanged."""
        page = send(screen, "assign", "windows", "KAAN", "SIRA", "MOBE")
        assert (page.status, banner(page)) == (200, ("ok", "Windows: 3 assigned"))
        assert users(page) == ["MOBE", "SIRA", "TOVE", "KAAN"]
        assert ticked(page) == []
        again = send(screen, "assign", "windows", "TOVE", "SIRA", "MOBE")
        assert banner(again) == ("ok", "Windows: 1 assigned, 2 unchanged")
        assert [each for each, has in held(screen).items() if "windows" in has] == [
            "KAAN", "MOBE", "SIRA", "TOVE",
        ]  # fmt: skip

    def test_it_is_taken_back_from_everybody_who_is_ticked(self, screen: Screen):
        """Whoever does not have it is unchanged. What is only for the other button is in the form as well."""
        page = send(screen, "release", "spin", "KAAN", "SIRA", instead="yes")
        assert banner(page) == ("ok", "Spin: 1 taken back, 1 unchanged")
        assert held(screen)["KAAN"] == {"ten-sales": 1}

    def test_each_refusal_is_told_with_its_reason(self, screen: Screen):
        """Those who were refused stay ticked, so that the next step is one press away."""
        page = send(screen, "assign", "travel", "KAAN", "SIRA")
        assert banner(page) == ("warn", "Travel: 2 refused")
        assert refused(page) == {"Travel needs Windows first.": ["KAAN", "SIRA"]}
        assert sorted(ticked(page)) == ["KAAN", "SIRA"]
        kept = send(screen, "release", "ten-service", "TOVE", "MOBE")
        assert banner(kept) == ("warn", "Ten-Service: 1 taken back, 1 refused")
        assert [(reason[:16], who) for reason, who in refused(kept).items()] == [
            ("The person keeps", ["TOVE"])
        ]

    def test_another_plan_takes_the_place_of_theirs_only_when_that_is_said(self, screen: Screen):
        """A person has one plan at most."""
        page = send(screen, "assign", "ten-sales", "MOBE", "SIRA")
        assert banner(page) == ("warn", "Ten-Sales: 1 assigned, 1 refused")
        assert ticked(page) == ["MOBE"]
        page = send(screen, "assign", "ten-sales", "MOBE", instead="yes")
        assert banner(page) == ("ok", "Ten-Sales: 1 assigned")
        assert held(screen)["MOBE"] == {"ten-sales": 1}

    def test_retired_people_get_nothing_and_can_give_back(self, screen: Screen):
        """What they hold does not count anyway."""
        assert refused(send(screen, "assign", "windows", "GONE")) == {"The person is retired.": ["GONE"]}
        assert banner(send(screen, "release", "spin", "GONE")) == ("ok", "Spin: 1 taken back")

    def test_want_of_a_licence_is_noted_as_such(self, screen: Screen):
        """The refusal is kept, though nothing was changed. Without an address no shop is offered."""
        page = send(screen, "assign", "ten-service", "SIRA")
        assert refused(page) == {"No Ten-Service is free.": ["SIRA"]}
        assert "this was noted as denied for want of a licence" in page.text
        assert "Purchase new licences" not in page.text
        assert denied(screen, "ten-service") == 1

    def test_with_nobody_ticked_nothing_happens(self, screen: Screen):
        """And the page says so."""
        for do in ("assign", "release"):
            page = send(screen, do, "spin")
            assert banner(page) == ("info", "Nobody was chosen")

    def test_the_rest_of_the_choice_stays(self, screen: Screen):
        """As the address of the form says."""
        form = {"licence": "spin", "user_id": ["SIRA"]}
        page = screen.kit.client().post(f"{PEOPLE}assign?q=holm&person=KAAN", form, headers=HX)
        assert users(page) == ["SIRA"]
        assert 'id="person"' in page.text

    @pytest.mark.parametrize(
        ("form", "status"),
        [
            ({"licence": "no-such", "user_id": "KAAN"}, 404),
            ({"licence": "spin", "user_id": "nobody"}, 404),
            ({"user_id": "KAAN"}, 422),
            ({"licence": "spin", "user_id": [f"P{number}" for number in range(501)]}, 422),
            ({"licence": "spi\x00n", "user_id": "KAAN"}, 422),
            ({"licence": "spin", "user_id": "KA\x00AN"}, 422),
        ],
    )
    @pytest.mark.parametrize("do", ["assign", "release"])
    def test_what_makes_no_sense_changes_nothing(self, screen: Screen, do: str, form: dict, status: int):
        """An unknown licence or person, none, too many, and what no database takes."""
        before = held(screen)
        assert screen.kit.client().post(f"{PEOPLE}{do}", form).status == status
        assert held(screen) == before

    @pytest.mark.parametrize("do", ["assign", "release"])
    def test_who_has_gone_since_is_named_and_everything_else_stays(self, screen: Screen, do: str):
        """Filter, ticks and the licence; nothing is half done. One press more, and it is."""
        before = held(screen)
        form = {"licence": "spin", "user_id": ["TOVE", "NICO", "KAAN"], "instead": "yes"}
        page = screen.kit.client().post(f"{PEOPLE}{do}?q=a&person=KAAN", form, headers=HX)
        assert (page.status, banner(page)) == (404, ("warn", "Nothing was changed"))
        assert "“NICO” is not here any more. Those who are here are still ticked." in page.text
        assert ('value="a"' in page.text, 'id="person"' in page.text) == (True, True)
        assert sorted(ticked(page)) == ["KAAN", "TOVE"]
        assert '<option value="spin" selected>' in page.text
        assert 'id="instead" checked' in page.text
        assert held(screen) == before

    def test_all_who_have_gone_are_named(self, screen: Screen):
        """And a licence that has, too."""
        page = send(screen, "assign", "spin", "NICO", "KAAN", "NINA")
        assert refused(page) == {"Not here any more:": ["NICO", "NINA"]}
        page = send(screen, "assign", "old", "KAAN")
        assert "“old” is not in force any more. Choose another licence." in page.text
        assert ticked(page) == ["KAAN"]

    def test_too_many_at_once_are_told_the_limit_and_what_to_do(self, screen: Screen):
        """The ticks stay."""
        page = send(screen, "release", "spin", "KAAN", *(f"P{number}" for number in range(500)))
        assert "501 people were chosen, and at most 500 can be changed at once." in page.text
        assert "in several steps" in page.text
        assert ticked(page) == ["KAAN"]

    @pytest.mark.parametrize("path", ["assign", "release"])
    def test_coming_back_to_the_address_of_a_form_shows_the_list(self, screen: Screen, path: str):
        """Nothing is sent again."""
        page = screen.kit.client().get(f"{PEOPLE}{path}?q=holm")
        assert (page.status, users(page)) == (200, ["SIRA"])


def test_another_owner_has_a_page_of_its_own_with_its_own_shop(screen: Screen):
    """Whoever is denied one of its licences can buy more there; nothing of SUPEROFFICE is on it."""
    issuer = Issuer("ACME")
    issuer.root = screen.issuer.root
    declared = {"title": "Acme", "licence_url": "", "plugin": "acme", "declared_at": NOW}
    screen.add(ModuleOwner(name="ACME", shop_url="https://shop.acme.example/?a=1&b=2", **declared))
    screen.load(claims(owner="ACME", modules=(module("spin", 1),)), issuer=issuer)
    with screen.kit.serving(PLUGIN) as served:
        served.tabs_changed()
    address = f"/tabs/{PLUGIN}/acme/people/"
    page = screen.kit.client().post(f"{address}assign", {"licence": "spin", "user_id": ["KAAN", "SIRA"]})
    assert banner(page) == ("warn", "Spin: 1 assigned, 1 refused")
    assert 'href="https://shop.acme.example/?a=1&amp;b=2" target="_blank" rel="noopener"' in page.text
    listed = screen.page(address=address)
    assert re.findall(r'class="th-tag" title="(.*?)"', listed.text) == ["acme.spin"]
    assert "Ten-Sales" not in listed.text


def test_an_owner_without_plans_has_no_choice_of_them(tmp_path: Path):
    """Neither radio buttons nor what they are for."""
    screen = make_screen(tmp_path / "screen", now=NOW)
    screen.load(claims(modules=[each for each in MODULES if not each.get("ExtraFlags")]))
    screen.people(person("KAAN", "superoffice.spin"))
    text = screen.page("?person=KAAN", address=PEOPLE).text
    assert 'type="radio"' not in text
    assert "Instead of the plan" not in text
    screen.kit.close()


def test_what_is_called_like_markup_stays_text(tmp_path: Path):
    """Licences, people and reasons."""
    screen = make_screen(tmp_path / "screen", now=NOW)
    screen.load(claims(modules=[module("odd", 0, ModuleDescription="<b>Odd</b>")]))
    screen.people("KAAN,<b>Name</b>,employee,<b>G</b>,<b>R</b>,,no,0,")
    page = send(screen, "assign", "odd", "KAAN")
    assert refused(page) == {"No <b>Odd</b> is free.": ["KAAN"]}
    assert "<b>" not in page.text
    screen.kit.close()
