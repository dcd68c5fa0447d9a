"""One person, opened beside the list of people: what they hold is changed in one go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import update
from unit.superoffice_tab.building import COLUMNS, person
from unit.superoffice_tab.people_page import (
    PEOPLE,
    banner,
    denied,
    held,
    refused,
    save,
    send,
    staffed,
    users,
)
from unit.superoffice_tab.pictures import picture
from unit.superoffice_tab.screen import Screen

from superoffice_tab.storage.models import Licence


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    made = staffed(tmp_path / "screen", database_url)
    yield made
    made.kit.close()


class TestOne:
    def test_the_panel_shows_all_that_can_be_given(self, screen: Screen):
        """Plans as one of many, with None; others to tick, each below what it needs; what is left of them."""
        text = screen.page("?person=KAAN", address=PEOPLE).text
        panel = text.partition('<aside class="th-panel" id="person"')[2]
        assert re.findall(r'type="radio" name="plan" value="(.*?)"', panel) == [
            "",
            "ten-sales",
            "ten-service",
        ]
        assert re.findall(r'type="radio" name="plan" value="(.*?)"[^>]* checked', panel) == ["ten-sales"]
        others = re.findall(r'type="checkbox" name="licence" value="(.*?)"', panel)
        assert others == ["spin", "visible-for", "windows", "travel"]
        assert re.findall(r'type="checkbox" name="licence" value="(.*?)"[^>]* checked', panel) == ["spin"]
        assert re.search(r'th-depth-1">\s*<input[^>]*value="travel"', panel)
        assert "2 free" in panel
        assert "Unrestricted" in panel

    def test_what_comes_along_with_the_plan_is_listed(self, screen: Screen):
        """It is hidden, and cannot be given by itself."""
        panel = screen.page("?person=KAAN", address=PEOPLE).text.partition("Comes along with Ten-Sales")[2]
        assert re.findall(r'th-tag">(.*?)<', panel) == ["User", "Web"]
        assert "Comes along" not in screen.page("?person=SIRA", address=PEOPLE).text

    def test_saving_gives_and_takes_back_in_one_go(self, screen: Screen):
        """In an order that works: what is needed comes first."""
        page = save(screen, "KAAN", had=["ten-sales", "spin"], licence=("travel", "windows"))
        assert banner(page) == ("ok", "KAAN: 2 assigned, 2 taken back")
        assert held(screen)["KAAN"] == {"windows": 1, "travel": 1}
        assert 'id="person"' in page.text

    def test_another_plan_takes_the_place_of_the_one_they_have(self, screen: Screen):
        """That is what radio buttons say; the number of another licence stays."""
        screen.people("MOBE,Bent Moe,employee,Sales,Level 1,,no,0,")
        page = save(screen, "KAAN", had=["ten-sales", "spin"], plan="ten-service", licence=("spin",))
        assert banner(page) == ("ok", "KAAN: 1 assigned")
        assert held(screen)["KAAN"] == {"ten-service": 1, "spin": 2}

    def test_what_cannot_be_done_is_told_and_the_rest_is_done(self, screen: Screen):
        """With the licence that was refused."""
        page = save(screen, "SIRA", had=[], plan="ten-service", licence=("spin",))
        assert banner(page) == ("warn", "SIRA: 1 assigned, 1 refused")
        assert refused(page) == {"No Ten-Service is free.": ["Ten-Service"]}
        assert held(screen)["SIRA"] == {"spin": 1}
        assert denied(screen, "ten-service") == 1

    def test_what_somebody_else_did_meanwhile_stays(self, screen: Screen):
        """Only what differs from what the form showed is changed: it may be minutes old."""
        send(screen, "assign", "windows", "SIRA")
        page = save(screen, "SIRA", had=[], licence=("spin",))
        assert banner(page) == ("ok", "SIRA: 1 assigned")
        assert held(screen)["SIRA"] == {"spin": 1, "windows": 1}

    def test_nothing_ticked_anew_changes_nothing(self, screen: Screen):
        """And the page says so."""
        page = save(screen, "KAAN", had=["ten-sales", "spin"], plan="ten-sales", licence=("spin",))
        assert banner(page) == ("info", "Nothing was changed")

    def test_who_is_retired_can_only_give_back(self, screen: Screen):
        """What they do not hold cannot be ticked."""
        panel = screen.page("?person=GONE", address=PEOPLE).text.partition('id="person"')[2]
        assert "Retired: nothing can be given" in panel
        assert re.findall(r'name="licence" value="(.*?)"(?![^>]* disabled)', panel) == ["spin"]
        assert banner(save(screen, "GONE", had=["spin"])) == ("ok", "GONE: 1 taken back")
        assert refused(save(screen, "GONE", had=[], licence=("spin",))) == {
            "The person is retired.": ["Spin"]
        }

    def test_names_with_odd_characters_are_opened_and_changed(self, screen: Screen):
        """Whatever associates are called."""
        screen.people(person("a/b ?&#<i>", ""), person("assign", ""))
        for name, code in (("a/b ?&#<i>", "spin"), ("assign", "windows")):
            text = screen.page(address=PEOPLE).text
            link = next(each for each in re.findall(r'hx-get="([^"]*person=a[^"]*)"', text) if each)
            assert screen.kit.client().get(unescape(link)).status == 200
            opened = (
                screen.kit.client().flask.get(PEOPLE, query_string={"person": name}).get_data(as_text=True)
            )
            action = re.search(r'id="licences-of-\d+" method="post" action="([^"]*)"', opened)
            assert action
            page = screen.kit.client().post(unescape(action[1]), {"licence": code})
            assert page.status == 200
            assert held(screen)[name] == {code: 1}

    @pytest.mark.parametrize("odd", ["nobody", "%00", "../x", "a" * 500])
    def test_an_unknown_name_opens_nobody(self, screen: Screen, odd: str):
        """The list is there all the same; nothing can be saved for them."""
        page = screen.page(f"?person={odd}", address=PEOPLE)
        assert (page.status, "th-panel" in page.text) == (200, False)
        assert screen.kit.client().post(f"{PEOPLE}{odd}/licences", {"licence": "spin"}).status == 404

    def test_who_has_gone_since_is_told_above_the_list(self, screen: Screen):
        """Which is as it was, with nobody beside it."""
        page = save(screen, "NICO", had=[], licence=("spin",))
        assert "“NICO” is not here any more." in page.text
        assert users(page) == ["MOBE", "SIRA", "TOVE", "KAAN"]
        assert 'id="person"' not in page.text

    def test_an_altered_licence_is_refused_with_what_to_do(self, screen: Screen):
        """It counts for nothing until it is restored."""
        change = update(Licence).where(Licence.name == "windows").values(altered=True)
        screen.change(lambda session: session.execute(change))
        page = send(screen, "assign", "windows", "SIRA")
        assert [reason[:20] for reason in refused(page)] == ["Windows was altered "]
        assert held(screen)["SIRA"] == {}


class TestEveryUserIdHasItsPages:
    IDS = (
        "DOMAIN\\user", "Åse Ærø", "karin.andersen", ".karin", "x..y", "a/b", "who?", "#1", "100%", "50%25",
        "a+b&c=d", "licences", "x/licences", "o'hara", '"quoted"', "<b>", "a;b", "用户",
    )  # fmt: skip

    def test_whatever_signs_stand_in_it(self, screen: Screen):
        """The list leads to the person, the person's form changes what they hold, the picture is shown."""
        (screen.folder / "face.png").write_bytes(picture())
        cells = ['"' + each.replace('"', '""') + '"' for each in self.IDS]
        rows = (f"{cell},Somebody,employee,,,,no,0,,face.png" for cell in cells)
        screen.people(*rows, columns=f"{COLUMNS},portrait")
        client = screen.kit.client()
        listed = client.get(PEOPLE).text
        opened = {unescape(each) for each in re.findall(r'class="th-rowlink" href="(.*?)#person"', listed)}
        reached = set()
        for address in opened:
            panel = client.get(address).text.partition('<aside class="th-panel" id="person"')[2]
            action = unescape(re.search(r'<form[^>]* action="(.*?)"', panel)[1])
            if client.post(action, {"licence": ["visible-for"]}).status == 200:
                reached |= {user for user, what in held(screen).items() if "visible-for" in what}
        assert reached >= {*self.IDS}
        faces = {unescape(each) for each in re.findall(r'<img class="th-portrait" src="(.*?)"', listed)}
        assert len(faces) == len(self.IDS)
        assert {client.flask.get(each).mimetype for each in faces} == {"image/png"}
