"""What is refused is said in the language of whoever reads it, and a set that waits is compared once."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, update
from unit.superoffice_tab.building import NOW, claims, module, person, plan
from unit.superoffice_tab.screen import ADDRESS, PLUGIN, Screen, make_screen

from host.api import N_
from host.testing.kit import Page
from superoffice_tab.domain.wording import packed
from superoffice_tab.storage.changing import Check
from superoffice_tab.storage.models import StoredSet

FEWER = claims(seq=2, modules=(plan("ten-sales", 1, "user,web"), module("spin", 7)))
COMPANY = "Other Trading AS"


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """Set 1 of SUPEROFFICE is in force, and two people hold what comes in ones."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    made.load()
    made.people(person("MOBE", "superoffice.ten-sales"), person("SIRA", "superoffice.ten-sales"))
    yield made
    made.kit.close()


def press(screen: Screen, place: str, language: str = "da", **form: object) -> Page:
    """Send a form of the tab."""
    return screen.kit.client(language=language).post(ADDRESS + place, form)


class TestLanguage:
    def test_too_many_holders_are_told_in_danish(self, screen: Screen):
        """With each licence, and in English to whoever reads that."""
        screen.receive(FEWER)
        danish = press(screen, "activate", seq=2)
        assert danish.status == 409
        told = "Ten-Sales (ten-sales): 2 i brug, 1 i alt efter, 1 skal fjernes."
        assert told in unescape(danish.text)
        assert "more people hold licences" not in danish.text
        english = unescape(press(screen, "activate", "en", seq=2).text)
        assert (
            "Take licences back first: Ten-Sales (ten-sales): 2 in use, new total 1, 1 to remove." in english
        )

    def test_a_new_company_is_to_be_typed_and_no_option_is_named(self, screen: Screen):
        """The command line has options, a page has a field."""
        screen.receive(claims(seq=2, CompanyName=COMPANY))
        danish = unescape(press(screen, "activate", seq=2).text)
        assert f"Denne fil nævner firmaet »{COMPANY}«" in danish
        for language in ("da", "en"):
            assert "--confirm-company" not in press(screen, "activate", language, seq=2).text

    @pytest.mark.parametrize(
        ("form", "told"),
        [
            ({"seq": 3}, "Nu venter licenssæt 2 fra SUPEROFFICE og ikke længere licenssæt 3."),
            ({"seq": 1}, "Nu venter licenssæt 2 fra SUPEROFFICE og ikke længere licenssæt 1."),
        ],
    )
    def test_another_set_that_waits_is_told_beside_it(self, screen: Screen, form, told):
        screen.receive(FEWER)
        assert told in unescape(press(screen, "activate", **form).text)

    @pytest.mark.parametrize(
        ("place", "told"),
        [
            ("activate", "Licenssæt 7 fra SUPEROFFICE venter ikke længere"),
            ("put-back", "Nu gælder licenssæt 1 fra SUPEROFFICE og ikke længere licenssæt 7"),
        ],
    )
    def test_where_no_dialog_is_left_the_card_is_in_danish_too(self, screen: Screen, place, told):
        """Somebody else was faster."""
        page = press(screen, place, seq=7)
        assert page.status == 409
        assert told in unescape(page.text)

    def test_a_plan_that_is_refused_names_the_person(self, screen: Screen):
        """And says why in their reader's language."""
        screen.receive(FEWER)
        page = press(screen, "plan/ten-sales", action="reassign", user_id="MOBE", to="visible-for")
        assert page.status == 409
        assert "MOBE: " in page.text
        assert "Nothing was changed" not in page.text

    def test_a_file_that_cannot_be_restored_from_is_told_in_danish(self, screen: Screen):
        screen.change(lambda session: session.execute(update(StoredSet).values(content=b"{}")))
        page = press(screen, "restore")
        assert page.status == 409
        assert "Filen fra SUPEROFFICE kan ikke længere bekræftes" in unescape(page.text)

    def test_how_a_check_went_is_kept_for_every_language(self, screen: Screen):
        """Each reader sees their own; the JSON API says it in English."""
        text = N_("The licence server at %(host)s cannot be reached. Try again later.", host="lic.example")
        row = {"owner": "SUPEROFFICE", "status": "ProblemWithLicense", "url": "", "etag": "", "failures": 1}
        screen.add(Check(**row, message=packed(text), checked_at=NOW))
        assert "Der er ingen forbindelse til licensserveren på lic.example." in unescape(
            screen.kit.client(language="da").get(ADDRESS).text
        )
        said = "The licence server at lic.example cannot be reached. Try again later."
        assert said in screen.page().text
        told = screen.kit.client().call("GET", f"/api/v1/{PLUGIN}/owners/SUPEROFFICE").response.json
        assert told["check"]["message"] == said


class TestOnce:
    @pytest.mark.parametrize("place", ["", "activate", "activate/ten-sales"])
    def test_a_set_that_waits_is_judged_once_for_each_page(self, screen: Screen, place: str):
        """The list and the dialog over it speak of one and the same comparison."""
        screen.receive(FEWER)
        asked: list[str] = []

        def note(_1, _2, statement: str, *_more: object) -> None:
            if "superoffice_tab_clock.seen_at" in statement:  # as judging a set does, and nothing else here
                asked.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert screen.page(place).status == 200
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        assert len(asked) == 1
