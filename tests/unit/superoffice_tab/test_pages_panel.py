"""One licence, opened beside the list; pictures of its holders; the list as a file."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from unit.superoffice_tab.building import COLUMNS, MODULES, NOW, claims, module, person
from unit.superoffice_tab.screen import ADDRESS, Screen, make_screen

from superoffice_tab.services.portraits import redrawn
from superoffice_tab.storage.changing import Denial, Sample
from superoffice_tab.storage.models import Licence

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """A host with set 1 of SUPEROFFICE in force, and nobody who holds anything."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    made.load()
    yield made
    made.kit.close()


@pytest.fixture
def crowded(screen: Screen) -> Screen:
    """A licence that 120 people hold, most of them."""
    screen.load(claims(seq=2, modules=(*MODULES, module("crowd", 200))))
    screen.people(*(person(f"P{number:03}", "superoffice.crowd") for number in range(120)))
    return screen


def named(session, name: str) -> dict[str, int | str]:
    """How figures of a licence are told from those of others."""
    return {"owner_id": session.scalar(select(Licence.owner_id).where(Licence.name == name)), "name": name}


def people(text: str) -> list[str]:
    """User ids of the holders that are shown."""
    return re.findall(r'th-person__id">(.*?)<', text)


class TestPanel:
    def test_it_says_what_the_licence_is(self, screen: Screen):
        """Tooltip, full name, version, who may hold it, and how long it is valid."""
        more = {
            "ModuleTooltip": "Turns things",
            "ModuleVersion": "12.1",
            "AllowedUserType": "ExternalAssociate",
        }
        screen.load(
            claims(
                seq=2,
                modules=(module("windows", 4), module("spin", 5, PrerequisiteModuleName="windows", **more)),
            )
        )
        text = screen.page("?licence=spin").text
        for part in (
            "superoffice.spin",
            "Turns things",
            "12.1",
            "External people",
            "until 30 Jun 2027",
            "with grace until 12 Jul 2027",
        ):
            assert part in text
        assert f'href="{ADDRESS}?licence=windows#licence"' in text

    def test_the_row_is_marked_and_the_panel_can_be_closed(self, screen: Screen):
        """Closing keeps the rest of the choice."""
        text = screen.page("?q=s&licence=spin").text
        assert re.search(
            r'<tr class="is-selected"><th scope="row"><a [^>]*licence=spin[^>]* aria-current="true">', text
        )
        assert f'href="{ADDRESS}?q=s" hx-get="{ADDRESS}?q=s" data-closes-panel' in text
        assert 'id="licence-title" tabindex="-1"' in text

    @pytest.mark.parametrize("odd", ["nobody", "%00", "../x", "a" * 500])
    def test_an_unknown_name_opens_nothing(self, screen: Screen, odd: str):
        """The list is there all the same."""
        page = screen.page(f"?licence={odd}")
        assert page.status == 200
        assert "th-panel" not in page.text

    def test_figures_tell_use_and_what_was_denied_of_late(self, screen: Screen):
        """Refusals of the last 30 days."""
        screen.people(person("KAAN", "superoffice.spin*2"))

        def deny(session):
            today, spin = NOW.date(), named(session, "spin")
            for days, count in ((0, 2), (29, 4), (60, 100)):
                session.add(Denial(**spin, day=today - timedelta(days=days), count=count))

        screen.change(deny)
        text = screen.page("?licence=spin").text
        found = dict(re.findall(r"<dt>([\w ,]+)</dt><dd>([\w−]+)</dd>", text))
        assert [found[each] for each in ("in use", "total", "free", "denied, last 30 days")] == [
            "2",
            "5",
            "3",
            "6",
        ]

    def test_use_over_months_is_a_picture_with_its_table(self, screen: Screen):
        """Of the daily samples."""

        def sample(session):
            spin = named(session, "spin")
            for day, in_use in ((NOW.date().replace(day=1), 4), (NOW.date().replace(month=10, day=9), 2)):
                session.merge(Sample(**spin, day=day, in_use=in_use, bought=5))

        screen.change(sample)
        text = screen.page("?licence=spin").text
        assert re.search(
            r'<svg height="150" role="img" aria-label="Highest use of Spin each month, [^"]*4 of 5', text
        )
        assert re.search(r'<th scope="row">Nov 2026</th><td class="th-r">4</td><td class="th-r">5</td>', text)
        assert re.search(r'<th scope="row">Oct 2026</th><td class="th-r">2</td>', text)

    def test_what_a_plan_brings_is_listed_and_leads_back(self, screen: Screen):
        """A hidden licence tells which plans it comes with."""
        text = screen.page("?licence=ten-sales").text
        assert re.findall(r'<li class="th-tag"[^>]*>([\w-]+)</li>', text) == ["user", "web"]
        hidden = screen.page("?licence=user").text
        for plan in ("ten-sales", "ten-service"):
            assert f'<a href="{ADDRESS}?licence={plan}#licence"' in hidden

    def test_what_is_on_or_off_has_no_holders(self, screen: Screen):
        """And what satellites occupy has none either."""
        for name in ("aiplatform", "satellite"):
            text = screen.page(f"?licence={name}").text
            assert "th-panel" in text
            assert "Who holds it" not in text

    def test_its_history_tells_what_activations_did(self, screen: Screen):
        """The newest first."""
        screen.load(claims(seq=2, modules=(module("spin", 9),)))
        text = screen.page("?licence=spin").text
        assert "Total 5 → 9, activated by cli" in text
        assert "New, total 5, activated by cli" in text
        assert text.index("Total 5 → 9") < text.index("New, total 5")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"ExpiryDate": "2028-06-30T00:00:00", "GraceDate": None}, "Renewed to 30 Jun 2028, "),
            ({"ExpiryDate": "2027-05-31T00:00:00"}, "Valid until 31 May 2027, "),
            ({"ExpiryDate": None, "GraceDate": None}, "No longer expires, "),
            ({"MaintenanceDate": "2029-01-31T00:00:00"}, "Upgrades covered until 31 Jan 2029, "),
        ],
    )
    def test_its_history_tells_of_a_renewal_that_left_it_as_it_was(self, screen: Screen, changes, said):
        screen.load(claims(seq=2, **changes))
        assert f"<span>{said}activated by cli</span>" in screen.page("?licence=spin").text


class TestHolders:
    def test_who_holds_it_through_a_plan_has_as_many_of_it(self, screen: Screen):
        screen.people(person("KAAN", "superoffice.ten-sales*2"), person("MOBE", "superoffice.ten-sales"))
        text = screen.page("?licence=user").text
        assert sorted(people(text)) == ["KAAN", "MOBE"]
        assert re.findall(r'class="th-count">×(\d)', text) == ["2"]

    def test_a_few_are_shown_with_the_way_to_all(self, crowded: Screen):
        """Then fifty on a page."""
        first = crowded.page("?licence=crowd").text
        assert len(people(first)) == 6
        assert "Show all 120" in first
        begun = crowded.page("?licence=crowd&holders=0").text
        assert len(people(begun)) == 50
        assert "1–50 of 120" in begun
        assert "holders=50" in begun
        last = crowded.page("?licence=crowd&holders=100").text
        assert len(people(last)) == 20
        assert "101–120 of 120" in last
        assert "Next</a>" not in last
        everybody = {
            each
            for page in (0, 50, 100)
            for each in people(crowded.page(f"?licence=crowd&holders={page}").text)
        }
        assert len(everybody) == 120

    @pytest.mark.parametrize("odd", ["x", "-1", "9" * 30, "1000"])
    def test_an_odd_page_does_no_harm(self, crowded: Screen, odd: str):
        """At worst it is empty."""
        assert crowded.page(f"?licence=crowd&holders={odd}").status == 200

    def test_each_is_told_with_name_last_sign_in_and_weight(self, screen: Screen):
        """Retired people hold nothing."""
        screen.people(
            person("KAAN", "superoffice.spin*3"),
            person("MOBE", "superoffice.spin"),
            person("OLD", "superoffice.spin", retired="yes"),
        )
        text = screen.page("?licence=spin").text
        assert sorted(people(text)) == ["KAAN", "MOBE"]
        assert "Full KAAN" in text
        assert "×3" in text
        assert "20 Nov" in text

    def test_only_who_may_manage_is_led_to_assigning(self, screen: Screen):
        """Viewers see who holds it."""
        assert "Assign or take back" in screen.page("?licence=spin").text
        assert "Assign or take back" not in screen.page("?licence=spin", role="viewer").text


class TestPortraits:
    @pytest.fixture
    def pictured(self, screen: Screen) -> Screen:
        """KAAN has a picture, MOBE has none."""
        (screen.folder / "kaan.png").write_bytes(PNG)
        rows = (f"{person('KAAN', 'superoffice.spin')},kaan.png", f"{person('MOBE', 'superoffice.spin')},")
        screen.people(*rows, columns=f"{COLUMNS},portrait")
        return screen

    def test_who_has_a_picture_is_shown_with_it(self, pictured: Screen):
        """Others with their initials."""
        text = pictured.page("?licence=spin").text
        assert re.search(rf'<img class="th-portrait" src="{ADDRESS}people/KAAN/portrait\?v=\w+"', text)
        assert re.search(r'th-portrait--\w" aria-hidden="true">MO<', text)

    def test_a_browser_may_keep_it_and_asks_with_its_tag(self, pictured: Screen):
        """For itself alone."""
        client = pictured.kit.client("viewer")
        address = re.search(r'src="([^"]*portrait[^"]*)"', client.get(ADDRESS + "?licence=spin").text)[1]
        first = client.flask.get(address)
        assert (first.mimetype, first.data) == ("image/png", redrawn(PNG))
        assert first.headers["Cache-Control"].startswith("private, max-age=")
        again = client.flask.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        plain = client.flask.get(address.partition("?")[0])
        assert plain.headers["Cache-Control"] == "private, no-cache"

    @pytest.mark.parametrize("who", ["MOBE", "nobody", "%00"])
    def test_who_has_none_is_not_found(self, pictured: Screen, who: str):
        """Known or not."""
        assert pictured.kit.client().get(f"{ADDRESS}people/{who}/portrait").status == 404


class TestCsv:
    def rows(self, screen: Screen, query: str = "") -> list[dict[str, str]]:
        """The file as rows by column."""
        response = screen.page(f"licences.csv{query}").response
        assert response.data.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))

    def test_it_has_what_the_list_shows_in_every_column(self, screen: Screen):
        """With the full name."""
        screen.people(person("KAAN", "superoffice.spin*2"))
        row = self.rows(screen, "?q=spin")[0]
        assert row["Full name"] == "superoffice.spin"
        assert [row[each] for each in ("In use", "Total", "Free", "Hidden")] == ["2", "5", "3", "no"]
        assert {"Owner", "Licence", "Type", "Version", "Prerequisite", "Quantity", "Altered"} <= row.keys()

    def test_it_follows_the_choice_and_the_order(self, screen: Screen):
        """The same address says the same."""
        found = [row["Full name"] for row in self.rows(screen, "?show=user&sort=total&dir=desc&hidden=yes")]
        assert "superoffice.user" in found
        assert "superoffice.aiplatform" not in found
        assert found[-1] == "superoffice.visible-for"

    def test_it_comes_as_a_file_with_a_name(self, screen: Screen):
        """The day is the installation's."""
        response = screen.page("licences.csv").response
        assert response.mimetype == "text/csv"
        name = "superoffice-licences-2026-11-24.csv"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'

    @pytest.mark.parametrize("formula", ["=1+1", "＝1", "\ufeff=1"])
    def test_nothing_in_it_is_a_formula(self, screen: Screen, formula: str):
        """Whatever a licence is called."""
        screen.load(
            claims(seq=2, modules=(module("odd", 1, ModuleDescription=formula, ModuleTooltip=formula),))
        )
        row = self.rows(screen)[0]
        assert row["Licence"] == f"'{formula}"
        assert row["Description"] == f"'{formula}"

    def test_the_link_in_the_page_leads_to_it(self, screen: Screen):
        """With the choice in its address."""
        assert 'href="licences.csv?q=spin" download' in screen.page("?q=spin").text

    def test_an_owner_without_a_set_has_no_list(self, screen: Screen):
        """404, and nothing breaks."""
        assert screen.kit.client().get("/tabs/superoffice_tab/nobody/licences.csv").status == 404
