"""What the dialog Activate new licence says before anything is activated, and of what was refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from unit.superoffice_tab.building import NOW, SERIAL, Issuer, claims, module, person
from unit.superoffice_tab.desk import Desk, modules_with
from unit.superoffice_tab.screen import ADDRESS, PLUGIN, Screen, make_screen

from host.testing.kit import Page
from superoffice_tab.domain.envelope import read
from superoffice_tab.domain.verdicts import Verdict, VerdictError
from superoffice_tab.domain.wording import english

OTHER_SERIAL, OTHER_COMPANY = "1600007775", "Other Trading AS"
ENDED = {"ExpiryDate": "2026-11-20T00:00:00", "GraceDate": "2026-12-02T00:00:00"}


@pytest.fixture
def screen(tmp_path: Path, database_url: str) -> Iterator[Screen]:
    """Set 1 of SUPEROFFICE is in force."""
    made = make_screen(tmp_path / "screen", database_url=database_url, now=NOW)
    made.load()
    yield made
    made.kit.close()


def press(screen: Screen, place: str = "activate", language: str = "en", **form: object) -> Page:
    return screen.kit.client(language=language).post(ADDRESS + place, form)


def choose(screen: Screen, content: bytes, language: str = "da") -> Page:
    """Choose a licence file."""
    form = {"file": (BytesIO(content), "set.lic")}
    return screen.kit.client(language=language).post(ADDRESS + "load", form)


def test_putting_back_tells_how_long_the_former_set_is_good(screen: Screen):
    """A day and how far off it is; that it has passed and grace runs; or that there is none."""
    told = {}
    for seq, dates in ((2, ENDED), (3, {"ExpiryDate": None, "GraceDate": None}), (4, {})):
        screen.load(claims(seq, **dates))
        told[seq - 1] = screen.page(address=f"{ADDRESS}put-back").text
    assert "It expires on 30 Jun 2027, in 218 days." in told[1]
    assert "This set expired on 20 Nov 2026." in told[2]
    assert "It is in its grace period until 2 Dec 2026." in told[2]
    assert "It never expires." in told[3]


def test_what_is_in_the_way_has_another_icon_than_what_will_be_done(screen: Screen):
    screen.people(*(person(f"P{number}", "superoffice.spin") for number in range(3)))
    screen.receive(claims(2, modules=modules_with(module("spin", 1))))
    found = screen.page("activate").text.split('class="th-effects"')[1].split("</ul>")[0]
    said = found.split("<li>")[1:]
    icons = {re.sub("<[^>]*>", "", each).strip(): re.findall(r"#i-(\w+)", each) for each in said}
    assert icons["2 too many of Spin are in use: they have to go first."] == ["stop"]
    assert icons["The present set is kept, so it can be put back."] == ["check"]


class TestNothingForPeople:
    """A set without a change of licences changes something all the same."""

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({}, "No licence changes. Only dates or descriptions do."),
            ({"serial": OTHER_SERIAL}, "No licence changes. The serial number does."),
            ({"CompanyName": OTHER_COMPANY}, "No licence changes. The company name does."),
            (
                {"serial": OTHER_SERIAL, "CompanyName": OTHER_COMPANY},
                "No licence changes. The serial number and the company name do.",
            ),
        ],
    )
    def test_it_is_said_which(self, desk: Desk, given, told):
        desk.receive(claims(2, **given))
        assert desk.view.unchanged is not None
        assert english(desk.view.unchanged) == told

    def test_it_is_not_said_where_licences_change(self, desk: Desk):
        desk.next_set(module("spin", 9))
        assert desk.view.unchanged is None

    def test_nor_where_nobody_knows(self, desk: Desk):
        """The file can no longer be verified."""
        desk.next_set()
        desk.trusted = Issuer().roots
        assert desk.view.unchanged is None

    def test_the_dialog_says_it(self, screen: Screen):
        screen.receive(claims(2, serial=OTHER_SERIAL))
        found = screen.page("activate").text
        assert "No licence changes. The serial number does." in found
        assert f"The serial number is {OTHER_SERIAL} from then on." in found


class TestGrace:
    def test_a_set_that_expired_says_so_in_words(self, screen: Screen):
        """With both days, and an icon beside them."""
        screen.receive(claims(2, **ENDED))
        found = unescape(screen.page("activate").text)
        banner = re.search(r'<div class="th-banner th-banner--warn">.*?</div></div>', found.replace("\n", ""))
        assert banner is not None
        assert "This set expired on 20 Nov 2026." in banner[0]
        assert "It is in its grace period until 2 Dec 2026." in banner[0]
        assert "#i-warn" in banner[0]

    @pytest.mark.parametrize("day", ["2026-11-24T00:00:00", "2027-06-30T00:00:00"])
    def test_one_that_has_not_does_not(self, screen: Screen, day: str):
        screen.receive(claims(2, ExpiryDate=day))
        assert "This set expired on" not in screen.page("activate").text

    def test_its_last_day_of_grace_counts(self, desk: Desk):
        """The day after, it is not accepted at all."""
        desk.receive(claims(2, **ENDED))
        desk.now = NOW + timedelta(days=8)
        assert str(desk.view.grace_until) == "2026-12-02"
        desk.now = NOW + timedelta(days=9)
        assert desk.view.grace_until is None
        assert desk.view.verdict is not None


class TestWhatHasToBeTyped:
    def test_a_serial_number_that_was_not_typed_is_asked_for_where_it_is_typed(self, screen: Screen):
        """The field says so, and the foot tells the way to it and not to the owner of the licences."""
        screen.receive(claims(2, serial=OTHER_SERIAL))
        found = press(screen, seq=2, serial="1234567890")
        assert found.status == 422
        assert field(found, "serial") == {
            "aria-invalid": "true",
            "aria-describedby": "new-serial-error new-serial-help",
            "value": "1234567890",
        }
        assert said(found, "new-serial-error") == "Type the new serial number below."
        assert found.text.index('id="new-serial-error"') < found.text.index('id="new-serial"')
        foot = said(found, "why")
        assert f"This file is for the serial number {OTHER_SERIAL}" in foot
        assert foot.endswith("Type the new serial number")
        assert '<a href="#new-serial">' in found.text
        assert "--confirm-serial" not in found.text
        assert "Ask the owner" not in found.text

    def test_so_is_a_company_name(self, screen: Screen):
        screen.receive(claims(2, CompanyName=OTHER_COMPANY))
        found = press(screen, seq=2, company="Other")
        assert field(found, "company")["aria-invalid"] == "true"
        assert said(found, "new-company-error") == "Type the new company name below."
        assert '<a href="#new-company">' in found.text

    def test_only_what_is_wrong_is_marked(self, screen: Screen):
        screen.receive(claims(2, serial=OTHER_SERIAL, CompanyName=OTHER_COMPANY))
        found = press(screen, seq=2, serial=OTHER_SERIAL)
        assert "aria-invalid" not in field(found, "serial")
        assert field(found, "serial")["value"] == OTHER_SERIAL
        assert field(found, "company")["aria-invalid"] == "true"
        both = press(screen, seq=2)
        assert [field(both, name)["aria-invalid"] for name in ("serial", "company")] == ["true", "true"]

    def test_nothing_is_marked_before(self, screen: Screen):
        screen.receive(claims(2, serial=OTHER_SERIAL))
        found = screen.page("activate")
        assert "aria-invalid" not in field(found, "serial")
        assert field(found, "serial")["aria-describedby"] == "new-serial-help"

    def test_another_refusal_marks_nothing(self, screen: Screen):
        screen.receive(claims(2, serial=OTHER_SERIAL))
        assert "aria-invalid" not in field(press(screen, seq=7), "serial")

    def test_what_is_typed_right_is_activated(self, screen: Screen):
        screen.receive(claims(2, serial=OTHER_SERIAL, CompanyName=OTHER_COMPANY))
        assert press(screen, seq=2, serial=OTHER_SERIAL, company=OTHER_COMPANY).status < 400
        assert OTHER_SERIAL in screen.page().text


class TestDetails:
    @pytest.mark.parametrize(
        ("given", "detail"),
        [
            (claims(1, ExtraInfo="x"), "its number is 1, the one in force has 1"),
            (claims(2, **{**ENDED, "GraceDate": "2026-11-21T00:00:00"}), "its last day was 2026-11-21"),
            (claims(2, SerialNr="1600007775"), f"it is for {SERIAL}, and its licences are for 1600007775"),
            (claims(2) | {"nbf": 1_900_000_000}, "it is valid from 2030-03-17 17:46 UTC"),
            (claims(2) | {"iss": "ACME"}, "issued by ACME, but it also names SUPEROFFICE"),
        ],
    )
    def test_a_detail_for_people_is_a_text(self, desk: Desk, given, detail):
        """So that a page can say it in the language of its reader; programs read it in English."""
        with pytest.raises(VerdictError) as caught:
            desk.receive(given)
        assert caught.value.told is not None
        assert english(caught.value.told) == detail
        assert (caught.value.detail, caught.value.technical) == (detail, "")
        assert f"({detail})" in str(caught.value)

    def test_a_technical_detail_is_not_part_of_the_sentence(self, screen: Screen):
        """It is marked as the English that it is."""
        bad = claims(2)
        bad["licence"]["ModuleLicenses"][0]["NumberOfLicenses"] = "many"
        found = choose(screen, screen.issuer.file(bad))
        assert found.status == 422
        assert re.search(
            r'<code lang="en">licence\.ModuleLicenses\[0\]\.NumberOfLicenses: [^<]+</code>', found.text
        )
        error = said(found, "file-error")
        assert "(fields)" in error
        assert "This file is signed" not in error

    def test_the_command_line_alone_is_told_of_its_options(self, desk: Desk):
        desk.receive(claims(2, serial=OTHER_SERIAL))
        with pytest.raises(VerdictError) as caught:
            desk.activate()
        assert caught.value.told is not None
        assert "--confirm-serial" in caught.value.detail
        assert "--confirm-serial" not in english(caught.value.told)
        assert caught.value.of("a.lic").detail == caught.value.detail

    @pytest.mark.parametrize("content", [b"no", b"{"])
    def test_what_is_no_licence_file_is_said_in_danish(self, screen: Screen, content: bytes):
        """Nothing English but what is marked so."""
        error = said(choose(screen, content), "file-error")
        assert "(malformed)" in error
        for word in (" the ", " must ", " it ", " is "):
            assert word not in f" {error.split('(malformed)')[0]} "

    def test_every_refusal_of_the_envelope_for_people_is_a_text(self):
        with pytest.raises(VerdictError) as caught:
            read(b"\xff")
        assert caught.value.verdict is Verdict.MALFORMED
        assert caught.value.told is not None

    def test_a_root_that_is_not_trusted_is_named(self, desk: Desk):
        """Which one, and which ones are."""
        stranger = Issuer()
        with pytest.raises(VerdictError) as caught:
            desk.receive(stranger.file(claims(2)))
        assert caught.value.told is not None
        assert str(caught.value.told.args["root"]) == stranger.root.thumbprint()

    def test_programs_read_what_they_read_before(self, screen: Screen):
        """The detail in English, apart from the sentence."""
        file = screen.issuer.file(claims(1, ExtraInfo="x"))
        place = f"/api/v1/{PLUGIN}/owners/SUPEROFFICE/pending"
        options = {"data": file, "content_type": "application/octet-stream"}
        answer = screen.kit.client(language="da").call("POST", place, **options).response
        assert answer.status_code == 422
        assert answer.json["errors"] == {
            "verdict": "replayed",
            "detail": "its number is 1, the one in force has 1",
        }


def field(found: Page, name: str) -> dict[str, str]:
    """What is said of a field in its tag."""
    tag = re.search(rf'<input [^>]*id="new-{name}"[^>]*>', found.text)
    assert tag is not None
    known = ("aria-invalid", "aria-describedby", "value")
    return {key: value for key, value in re.findall(r'([\w-]+)="([^"]*)"', tag[0]) if key in known}


def said(found: Page, place: str) -> str:
    """The words of an element, without its tags."""
    text = re.search(rf'<p [^>]*id="{place}"[^>]*>(.*?)</p>', found.text, re.DOTALL)
    assert text is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text[1])).split())
