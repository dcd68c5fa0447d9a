"""The page of a module owner: who it belongs to, what is new, and the list, on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import update
from unit.superoffice_tab.building import NOW, claims, module, person, plan
from unit.superoffice_tab.list_page import names
from unit.superoffice_tab.screen import ADDRESS, PLUGIN, Screen, make_screen

from status_tab.services.installation import load_installation
from superoffice_tab.storage.changing import Alteration, Check
from superoffice_tab.storage.models import Licence, Owner


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """A host with both built-in tabs, and nothing loaded."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    yield made
    made.kit.close()


@pytest.fixture
def loaded(screen: Screen) -> Screen:
    """The same with set 1 of SUPEROFFICE, and three people."""
    screen.load()
    screen.people(
        person("KAAN", "superoffice.spin*2;superoffice.ten-sales"),
        person("MOBE", "superoffice.ten-sales"),
        person("SIRA", "superoffice.ten-sales"),
    )
    return screen


def check(**values: object) -> Check:
    """How asking the licence server went an hour ago."""
    known = {"message": "", "url": "", "etag": "", "checked_at": NOW - timedelta(minutes=30), "failures": 0}
    return Check(owner="SUPEROFFICE", **{**known, **values})


def banners(text: str) -> list[tuple[str, str]]:
    """Kind and title of each banner."""
    return re.findall(r'th-banner--(\w+)".*?th-banner__title">(.*?)</p>', text, re.DOTALL)


class TestWithoutASet:
    def test_who_may_manage_is_told_what_can_be_done(self, screen: Screen):
        """Fetch and load are offered at once."""
        text = screen.page().text
        assert "No licence is loaded yet" in text
        for offered in (f'action="{ADDRESS}fetch"', f'href="{ADDRESS}load"', "load-licence FILE"):
            assert offered in text

    def test_who_may_not_is_told_who_can(self, screen: Screen):
        """Nothing is offered that would be refused."""
        text = screen.page(role="viewer").text
        assert "Whoever may manage licences can load them" in text
        assert f"{ADDRESS}fetch" not in text

    def test_the_first_set_can_be_activated(self, screen: Screen):
        """It waits like any other."""
        screen.receive(claims())
        text = screen.page().text
        assert banners(text) == [("info", "New licence available")]
        assert "It is the first one of this owner" in text
        assert f'href="{ADDRESS}activate"' in text

    def test_an_unknown_tab_is_not_here(self, screen: Screen):
        """404, with the host's card."""
        assert screen.page(address=f"/tabs/{PLUGIN}/nobody/").status == 404


class TestActions:
    def test_only_who_may_manage_licences_has_them(self, loaded: Screen):
        """A viewer sees the list, and no button that would answer 403."""
        manager, viewer = loaded.page().text, loaded.page(role="viewer").text
        for text in ("Fetch from the web", "Load licence from file"):
            assert text in manager
            assert text not in viewer
        assert 'name="csrf_token"' in manager

    def test_without_an_address_of_the_shop_there_is_no_button(self, loaded: Screen):
        """Nothing is bought at an empty address."""
        assert "Purchase new licences" not in loaded.page().text


class TestOwnerInformation:
    def at(self, loaded: Screen, day: str, *, role: str = "administrator") -> str:
        """The page on another day."""
        loaded.kit.clock.now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        return loaded.page(role=role).text

    def test_far_from_expiry_it_is_only_told(self, loaded: Screen):
        """Days left, the day of reminders, and no banner."""
        text = loaded.page().text
        for part in (
            "Example Trading AS",
            "1801001239",
            "30 Jun 2027",
            "218 days left",
            "reminders start that day",
        ):
            assert part in text
        assert banners(text) == []

    def test_from_the_warning_date_administrators_are_warned(self, loaded: Screen):
        """Viewers are not: they could do nothing about it."""
        assert banners(self.at(loaded, "2027-06-02")) == [("warn", "The licence expires in 28 days")]
        assert banners(self.at(loaded, "2027-06-02", role="viewer")) == []
        assert banners(self.at(loaded, "2027-06-30")) == [("warn", "The licence expires today")]

    def test_after_expiry_everybody_is_told_strongly(self, loaded: Screen):
        """Days left are negative, with the call to renew; upgrades are not covered any more."""
        text = self.at(loaded, "2027-07-02", role="viewer")
        assert banners(text) == [("stop", "The licence expired 2 days ago")]
        assert "−2 days left. <strong>Renew the licence.</strong>" in text
        assert "upgrades are no longer covered" in text

    def test_after_the_grace_date_the_state_is_read_only_and_nobody_is_locked_out(self, loaded: Screen):
        """The page says what that means, and the list is there as ever."""
        text = self.at(loaded, "2027-07-13", role="viewer")
        assert banners(text) == [("stop", "Licence state: read-only")]
        assert "Nobody is locked out here" in text
        assert "ten-sales" in names(text)

    def test_a_licence_without_dates_says_nothing_of_them(self, screen: Screen):
        """What never ends has no days left."""
        never = {"ExpiryDate": None, "GraceDate": None, "MaintenanceDate": None, "AdminWarningDate": None}
        screen.load(claims(**never))
        text = screen.page().text
        assert "Expires" not in text
        assert "Upgrades covered" not in text
        assert "Last checked" not in text


class TestStatusLine:
    def test_an_ok_is_told_with_the_time_and_the_next_check(self, screen: Screen):
        """The next check is the owner's date."""
        screen.load(claims(NextCheckDate="2026-12-01T00:00:00"))
        screen.add(check(status="Ok"))
        text = screen.page().text
        assert "Your licence is up to date" in text
        assert "Today, 12:30" in text
        assert "next check 1 Dec" in text
        assert banners(text) == []

    def test_what_activated_itself_leads_to_what_changed(self, loaded: Screen):
        """Beside the list, with how to put it back."""
        loaded.load(claims(seq=2, modules=(module("spin", 9), plan("ten-sales", 3))))
        loaded.add(check(status="NewLicenseActivated"))
        text = loaded.page().text
        assert banners(text) == [("ok", "New licence activated")]
        assert f'href="{ADDRESS}?changes=last#licence"' in text
        changed = loaded.page("?changes=last").text
        assert "What changed" in changed
        assert "Total 5 → 9" in changed
        assert "Gone, total was 5" in changed
        assert f'href="{ADDRESS}put-back"' in changed
        assert f'href="{ADDRESS}put-back"' not in loaded.page("?changes=last", role="viewer").text

    def test_the_owners_own_words_are_shown_with_their_address(self, loaded: Screen):
        """As text, and only an address of the web is a link."""
        loaded.add(check(status="UseCustomMessageAndUrl", message="Call <us>", url="https://example.com/a"))
        text = loaded.page().text
        assert banners(text) == [("info", "The owner of the licences says")]
        assert "Call &lt;us&gt;" in text
        assert 'href="https://example.com/a" target="_blank" rel="noopener"' in text
        loaded.change(lambda session: session.execute(update(Check).values(url="javascript:alert(1)")))
        assert "javascript:" not in loaded.page().text

    def test_a_problem_says_what_stays_and_what_to_do(self, loaded: Screen):
        """With the time of the next try."""
        loaded.add(
            check(
                status="ProblemWithLicense",
                message="It did not answer.",
                next_try=NOW + timedelta(hours=1),
                failures=1,
            )
        )
        text = loaded.page().text
        assert banners(text) == [("warn", "The licence server gave no new licence")]
        for part in (
            "It did not answer.",
            "What is in force stays as it is.",
            "Next try: Today, 14:00",
            "from a file",
        ):
            assert part in text

    def test_a_problem_is_told_beside_a_set_that_waits(self, loaded: Screen):
        """What went wrong, when, and when it is tried again: a newer set than this one may be due."""
        loaded.receive(claims(seq=2, modules=(module("spin", 7),)))
        loaded.add(
            check(
                status="UnknownError", message="It broke off.", next_try=NOW + timedelta(hours=1), failures=1
            )
        )
        text = loaded.page().text
        assert banners(text) == [
            ("info", "New licence available"),
            ("warn", "The licence server gave no new licence"),
        ]
        for part in ("It broke off.", "Asked: Today, 12:30.", "Next try: Today, 14:00."):
            assert part in text

    def test_a_set_that_was_put_aside_can_be_fetched_again(self, loaded: Screen):
        """But not where what is in force is newer than the check."""
        loaded.add(check(status="NewLicenseAvailable", checked_at=NOW + timedelta(hours=1)))
        assert banners(loaded.page().text) == [("info", "New licence available")]
        loaded.change(
            lambda session: session.execute(update(Check).values(checked_at=NOW - timedelta(hours=1)))
        )
        text = loaded.page().text
        assert banners(text) == []
        assert "Your licence is up to date" in text


class TestWaiting:
    def test_it_says_what_changes_and_what_needs_somebody_first(self, loaded: Screen):
        """The primary button leads to the dialog; the list tells the new totals."""
        loaded.receive(claims(seq=2, modules=(plan("ten-sales", 1, "user,web"), module("spin", 7))))
        text = loaded.page().text
        assert banners(text) == [("info", "New licence available")]
        assert "<strong>Ten-Sales</strong> has 2 users more than the new total" in text
        assert "New total will be 1<" in text
        assert "New total will be 7<" in text
        assert f'class="btn btn-primary" href="{ADDRESS}activate"' in text

    def test_a_viewer_is_told_who_can_activate_it(self, loaded: Screen):
        """Without a button."""
        loaded.receive(claims(seq=2, modules=(module("spin", 7),)))
        text = loaded.page(role="viewer").text
        assert "Whoever may manage licences can activate it" in text
        assert f"{ADDRESS}activate" not in text

    def test_a_set_that_can_no_longer_be_activated_says_why(self, loaded: Screen):
        """With the words of its verdict."""
        loaded.receive(claims(seq=2))
        loaded.kit.clock.advance(timedelta(days=300))
        assert "The grace period of this file is over" in loaded.page().text

    def test_missing_root_keys_do_not_take_the_list_away(self, loaded: Screen):
        """The banner says what is wrong with them."""
        loaded.receive(claims(seq=2))
        (loaded.folder / "roots.jwk").unlink()
        page = loaded.page()
        assert page.status == 200
        assert "roots.jwk" in page.text
        assert "spin" in names(page.text)


class TestList:
    def test_every_name_is_a_link_that_opens_it(self, loaded: Screen):
        """Without script, too."""
        assert set(names(loaded.page().text)) == {
            "ten-sales", "ten-service", "visible-for", "spin", "windows", "travel", "aiplatform", "satellite",
        }  # fmt: skip
        assert f'href="{ADDRESS}?licence=spin#licence" hx-get="{ADDRESS}?licence=spin"' in loaded.page().text

    def test_a_search_finds_display_names_and_full_names(self, loaded: Screen):
        """What is not found can be looked for wider."""
        assert names(loaded.page("?q=superoffice.SPIN").text) == ["spin"]
        assert names(loaded.page("?q=ten-").text) == ["ten-sales", "ten-service"]
        nothing = loaded.page("?q=%3Cb%3E").text
        assert "No licence has “&lt;b&gt;” in its name" in nothing

    def test_hidden_ones_are_shown_when_asked_for(self, loaded: Screen):
        """With their full names."""
        text = loaded.page("?hidden=yes&show=user").text
        assert {"user", "web", "ej-client"} <= set(names(text))
        assert "superoffice.ej-client, hidden" in text
        assert "ej-client" not in loaded.page().text

    @pytest.mark.parametrize(
        ("query", "first", "last"),
        [
            ("", "spin", "visible-for"),
            ("?dir=desc", "windows", "visible-for"),
            ("?sort=in-use&dir=desc", "ten-sales", "visible-for"),
            ("?sort=in-use", "ten-service", "ten-sales"),
            ("?sort=total", "ten-service", "visible-for"),
            ("?sort=free&dir=desc", "travel", "visible-for"),
            ("?sort=free", "ten-sales", "visible-for"),
            ("?sort=nonsense&dir=odd", "spin", "visible-for"),
        ],
    )
    def test_it_can_be_sorted_both_ways(self, loaded: Screen, query: str, first: str, last: str):
        """What has no such figure stands last; equals stay in the order of names."""
        found = names(loaded.page(f"{query}{'&' if query else '?'}show=user").text)
        assert (found[0], found[-1]) == (first, last)

    def test_the_head_says_how_it_is_sorted_and_turns_it(self, loaded: Screen):
        """The rest of the choice is kept, and what is opened stays open."""
        text = unescape(loaded.page("?q=e&sort=total&dir=desc&licence=spin").text)
        now = f'aria-sort="descending"><a class="th-sort" href="{ADDRESS}?q=e&sort=total&licence=spin"'
        assert now in text
        assert f'href="{ADDRESS}?q=e&sort=free&dir=desc&licence=spin"' in text
        assert f'href="{ADDRESS}?q=e&licence=spin"' in text

    def test_site_licences_are_used_by_satellites(self, loaded: Screen):
        """As the installation's file says (formats.md 5)."""
        file = loaded.folder / "installation.json"
        database = {"type": "MSSQL 16", "name": "CRM10392", "level": "central"}
        satellites = [{"name": "Bergen", "licences": ["superoffice.satellite"]}]
        file.write_text(json.dumps({"database": database, "satellites": satellites}), "utf-8")
        with loaded.kit.serving("status_tab") as served:
            load_installation(file, work=served.work, clock=served.clock)
        text = re.sub(r"\s+", " ", loaded.page("?show=site").text)
        assert re.search(
            r'Satellite</a> ?</th> <td class="th-r">1</td> <td class="th-r">4</td> <td class="th-r">3<', text
        )

    def test_an_altered_licence_counts_for_nothing_and_says_so(self, loaded: Screen):
        """Its total is 0, whatever its row says; whoever may manage licences can put it right."""

        def alter(session):
            session.execute(update(Licence).where(Licence.name == "spin").values(quantity=900, altered=True))
            session.add(
                Alteration(
                    owner_id=session.query(Owner.id).scalar(), name="spin", kind="changed", found_at=NOW
                )
            )

        loaded.change(alter)
        text = re.sub(r"\s+", " ", loaded.page("?q=spin").text)
        assert banners(text) == [("stop", "1 row no longer says what the signed file says")]
        assert "altered: counts for nothing" in text
        assert re.search(
            r'<td class="th-r">2</td> <td class="th-r">0</td> <td class="th-r"><span class="th-muted">0<',
            text,
        )
        assert f'action="{ADDRESS}restore"' in text
        assert f"{ADDRESS}restore" not in loaded.page(role="viewer").text

    def test_names_are_text(self, screen: Screen):
        """Whatever a file calls its licences."""
        screen.load(claims(modules=(module("odd", 1, ModuleDescription="<script>alert(1)</script>"),)))
        assert "<script>alert" not in screen.page("?licence=odd").text
