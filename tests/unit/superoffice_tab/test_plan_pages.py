"""Who has to lose a licence: page by page in the service, on the pages and over JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from unit.superoffice_tab.building import NOW, claims, module, person
from unit.superoffice_tab.desk import Desk, modules_with
from unit.superoffice_tab.screen import ADDRESS, PLUGIN, Screen, make_screen

from host.testing.kit import Page
from superoffice_tab.domain.wording import english
from superoffice_tab.services import holder_pages, planning
from superoffice_tab.services.planning import PlanRefusedError, Turn

PEOPLE = 130
PLAN = f"/api/v1/{PLUGIN}/owners/SUPEROFFICE/pending/plan"


def holder(number: int, licences: str = "superoffice.spin") -> str:
    """A person: every tenth never signed in, and three at a time did at the same minute."""
    day = "" if number % 10 == 0 else f"2026-{number // 30 + 1:02}-{number // 3 % 28 + 1:02}T08:30:00Z"
    return person(f"P{number:03}", licences).replace("2026-11-20T08:30:00Z", day)


@pytest.fixture
def crowded(desk: Desk) -> Desk:
    """130 hold spin; the set that waits has 5 of it, and 7 of windows."""
    desk.load(claims(5, modules=modules_with(module("spin", 200))))
    desk.people(*(holder(number) for number in range(PEOPLE)))
    desk.next_set(module("spin", 5), module("windows", 7), seq=6)
    return desk


def page(desk: Desk, **options) -> planning.HolderPage:
    return planning.holders("SUPEROFFICE", "spin", session=desk.session, **options)


class TestTurning:
    @pytest.mark.parametrize("crowd", [1, 20_000], ids=["many", "few"])
    @pytest.mark.parametrize("search", ["", "p0"])
    def test_every_page_follows_the_one_before(self, crowded: Desk, monkeypatch, crowd: int, search: str):
        """By who stands last there, and back again by who stands first: nobody is left out or told twice."""
        monkeypatch.setattr(holder_pages, "CROWD", crowd)
        everybody = [row.user_id for row in page(crowded, limit=500, search=search).rows]
        assert len(everybody) == (100 if search else PEOPLE)
        found, turn = [], Turn()
        while rows := page(crowded, limit=7, turn=turn, search=search).rows:
            found.append([row.user_id for row in rows])
            turn = Turn(after=rows[-1].user_id)
        assert [each for rows in found for each in rows] == everybody
        turn, back = Turn(before=found[-1][0]), [found[-1]]
        while rows := page(crowded, limit=7, turn=turn, search=search).rows:
            back.insert(0, [row.user_id for row in rows])
            turn = Turn(before=rows[0].user_id)
        assert [each for rows in back for each in rows] == everybody

    @pytest.mark.parametrize("crowd", [1, 20_000], ids=["many", "few"])
    def test_it_can_be_turned_by_number_too(self, crowded: Desk, monkeypatch, crowd: int):
        """That is also what is done where the person is gone meanwhile."""
        monkeypatch.setattr(holder_pages, "CROWD", crowd)
        everybody = [row.user_id for row in page(crowded, limit=500).rows]
        for turn in (Turn(offset=120), Turn(offset=120, after="nobody"), Turn(offset=120, before="nobody")):
            found = page(crowded, limit=50, turn=turn)
            assert ([row.user_id for row in found.rows], found.total) == (everybody[120:], PEOPLE)

    def test_how_many_there_are_is_told_on_every_page(self, crowded: Desk):
        turns = (Turn(), Turn(offset=125), Turn(after="P001"), Turn(before="P001"))
        assert [page(crowded, limit=50, turn=turn).total for turn in turns] == [PEOPLE] * 4
        assert page(crowded, search="p00").total == 10


class TestNobodyHasToGo:
    def test_nothing_is_planned_then(self, desk: Desk):
        """Neither taking it back nor giving something else."""
        desk.people(person("KAAN", "superoffice.spin;superoffice.windows"))
        desk.next_set(module("spin", 0), module("windows", 9))
        for to in (None, "visible-for"):
            with pytest.raises(PlanRefusedError) as caught:
                desk.plan("windows", "KAAN", to)
            reason = "Nobody has to lose Windows: there is room for everybody who has it."
            assert english(caught.value.text) == reason
        assert desk.left_over()[1] == 0
        windows = planning.holders("SUPEROFFICE", "windows", session=desk.session)
        assert (windows.may_go, page(desk).may_go) == (False, True)

    def test_somebody_may_go_who_is_planned_for_already(self, desk: Desk):
        """One has to go, and who that is can still be thought over."""
        desk.people(person("KAAN", "superoffice.spin"), person("MOBE", "superoffice.spin"))
        desk.next_set(module("spin", 1))
        desk.plan("spin", "KAAN")
        desk.plan("spin", "KAAN", "windows")
        desk.plan("spin", "MOBE")

    def test_what_has_to_go_first_may(self, desk: Desk):
        """There is room for travel, but whoever loses windows cannot keep it; and the plan stays."""
        desk.people(person("KAAN", "superoffice.windows;superoffice.travel"))
        desk.next_set(module("windows", 0))
        desk.plan("travel", "KAAN")
        desk.plan("windows", "KAAN")
        desk.next_set(module("windows", 0), module("spin", 6), seq=3)
        assert (desk.left_over()[1], desk.view.can_activate) == (2, True)

    def test_so_may_what_needs_something_that_a_plan_brings(self, desk: Desk):
        """Extra needs web, which comes with ten-sales only."""
        extra = module("extra", 5, PrerequisiteModuleName="web")
        desk.load(claims(2, modules=modules_with(extra)))
        desk.people(person("KAAN", "superoffice.ten-sales;superoffice.extra"))
        desk.next_set(extra, module("user", 0, IsHidden=True), seq=3)
        desk.plan("extra", "KAAN")
        desk.plan("user", "KAAN")
        assert desk.view.can_activate

    def test_something_has_to_be_chosen(self, desk: Desk):
        desk.people(person("KAAN", "superoffice.spin"))
        desk.next_set(module("spin", 0))
        with pytest.raises(PlanRefusedError, match="Choose first which licence they get instead"):
            desk.plan("spin", "KAAN", "")


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """130 hold spin, and the set that waits has 5 of it; somebody has windows, of which there are more."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    made.load(claims(modules=modules_with(module("spin", 200))))
    made.people(*(holder(number) for number in range(PEOPLE)), person("MOBE", "superoffice.windows"))
    made.receive(claims(2, modules=modules_with(module("spin", 5), module("windows", 9))))
    yield made
    made.kit.close()


def press(screen: Screen, place: str = "plan/spin", **form: object) -> Page:
    return screen.kit.client().post(ADDRESS + place, form)


def shown(found: Page) -> list[str]:
    """User ids in the dialog, in order."""
    dialog = found.text[found.text.index('<dialog class="th-dialog th-dialog--wide" id="remove"') :]
    return re.findall(r'<span class="th-person__id">(P\d+|MOBE)</span>', dialog)


def follow(screen: Screen, found: Page, text: str) -> Page:
    """Press a link of the foot of the table."""
    href = re.findall(rf'<a[^>]* href="([^"]+)"[^>]*>{text}', found.text)[-1]
    return screen.kit.client().get(unescape(href))


class TestPages:
    def test_everybody_can_be_reached(self, screen: Screen):
        """Show all, and from there page after page and back."""
        first = screen.page("activate/spin")
        assert (len(shown(first)), "10 of 130 shown" in first.text) == (10, True)
        found = follow(screen, first, "Show all 130")
        people = shown(found)
        assert (len(people), people[:10], "1–50 of 130" in found.text) == (50, shown(first), True)
        found = follow(screen, found, "Next")
        people += shown(found)
        found = follow(screen, found, "Next")
        people += shown(found)
        assert ("101–130 of 130" in found.text, ">Next<" in found.text) == (True, False)
        assert sorted(people) == [f"P{number:03}" for number in range(PEOPLE)]
        back = follow(screen, follow(screen, found, "Previous"), "Previous")
        assert (shown(back), ">Previous<" in back.text) == (people[:50], False)

    def test_far_away_it_is_turned_by_who_stands_there(self, screen: Screen, monkeypatch):
        monkeypatch.setattr("superoffice_tab.pages.look.FAR", 20)
        found = follow(screen, follow(screen, screen.page("activate/spin"), "Show all 130"), "Next")
        last = follow(screen, found, "Next")
        assert "after=" in last.text
        assert shown(last) == [row.user_id for row in _all(screen)[100:]]
        assert shown(follow(screen, last, "Previous")) == shown(found)

    def test_a_search_is_kept_when_pages_are_turned(self, screen: Screen):
        found = follow(screen, screen.page("activate/spin?holder=p0"), "Show all 100")
        found = follow(screen, found, "Next")
        assert ("51–100 of 100" in found.text, len(shown(found))) == (True, 50)
        assert all(user_id.startswith("P0") for user_id in shown(found))

    @pytest.mark.parametrize("rows", ["all", "7", "x", "-1", "9999999999", "٣"])
    def test_whatever_stands_in_the_address_is_understood(self, screen: Screen, rows: str):
        assert screen.page(f"activate/spin?rows={rows}&after=%00&before=x").status == 200

    def test_a_page_that_is_no_longer_there_is_the_first(self, screen: Screen):
        assert len(shown(screen.page("activate/spin?rows=5000"))) == 50


class TestWhatIsShownStays:
    @pytest.mark.parametrize("action", ["longest", "clear", "remove", "undo"])
    def test_after_whatever_was_pressed(self, screen: Screen, action: str):
        """The search and the page are those of before."""
        user_id = {"user_id": "P091"} if action in ("remove", "undo") else {}
        form = {"action": action, "holder": "p0", "rows": "50", **user_id}
        found = press(screen, **form)
        assert 'name="holder" maxlength="100" value="p0"' in found.text
        assert "51–100 of 100" in found.text

    def test_the_forms_of_the_foot_say_what_is_shown(self, screen: Screen):
        """Choose the unused for longest, and Clear this plan."""
        for pressed in ("Choose the 125 unused for longest", "Clear this plan"):
            found = screen.page("activate/spin?holder=p0&rows=50")
            foot = found.text[found.text.rindex("th-dialog__foot") :]
            assert pressed in foot
            assert '<input type="hidden" name="holder" value="p0">' in foot
            assert '<input type="hidden" name="rows" value="50">' in foot
            press(screen, action="longest")

    def test_a_search_among_all_shows_all_that_are_found(self, screen: Screen):
        form = screen.page("activate/spin?rows=50").text
        assert '<input type="hidden" name="rows" value="0"></form>' in form


class TestNobodyHasToGoOnThePage:
    def test_it_is_refused_beside_the_holders(self, screen: Screen):
        found = press(screen, "plan/windows", action="remove", user_id="MOBE")
        assert found.status == 409
        assert "MOBE: Nobody has to lose Windows: there is room for everybody who has it." in found.text
        assert shown(found) == ["MOBE"]

    def test_where_nothing_changes_there_is_no_dialog(self, screen: Screen):
        screen.people(person("SIRA", "superoffice.travel;superoffice.windows"))
        found = press(screen, "plan/travel", action="remove", user_id="SIRA")
        assert found.status == 409
        assert "Nobody has to lose Travel" in found.text

    def test_nothing_is_offered_there(self, screen: Screen):
        found = screen.page("activate/windows").text
        dialog = found[found.index('id="remove"') :]
        assert ("Keeps it" in dialog, "Nobody has to lose it." in dialog) == (True, True)
        assert ("Reassign" in dialog, "Remove from" in dialog, "0 of 0" in dialog) == (False, False, False)

    def test_programs_are_told_too(self, screen: Screen):
        answer = screen.kit.client().call("PUT", f"{PLAN}/windows/MOBE", {"to": None}).response
        assert answer.status_code == 409
        (refused,) = answer.json["errors"]["refused"]
        reason = "Nobody has to lose Windows: there is room for everybody who has it."
        assert refused == {"user_id": "MOBE", "reason": reason}


class TestReassigning:
    def test_nothing_is_chosen_for_the_reader(self, screen: Screen):
        found = screen.page("activate/spin?reassign=P000").text
        assert '<option value="">Choose a licence</option>' in found

    def test_whoever_chooses_nothing_is_asked_to(self, screen: Screen):
        """And the choice stays open."""
        found = press(screen, action="reassign", user_id="P000", rows="0")
        assert found.status == 409
        assert "P000: Choose first which licence they get instead." in found.text
        assert '<select class="form-select" id="to-P000"' in found.text

    def test_where_there_is_none_it_is_said(self, screen: Screen):
        """The set has nothing else to give."""
        none = [each for each in modules_with(module("spin", 5)) if each["ModuleName"] in ("spin", "user")]
        screen.receive(claims(3, modules=none))
        found = screen.page("activate/spin?reassign=P000").text
        assert "No other licence has room for P000, or may be given to them." in found
        assert '<select class="form-select" id="to-P000"' not in found


def _all(screen: Screen) -> list[planning.HolderRow]:
    found: list[planning.HolderRow] = []
    screen.change(
        lambda session: found.extend(planning.holders("SUPEROFFICE", "spin", session=session, limit=500).rows)
    )
    assert found
    return found
