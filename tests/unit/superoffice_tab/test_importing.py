"""Loading associates: everything in the file, or nothing (formats.md 2)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from unit.superoffice_tab.building import COLUMNS, MODULES, Installation, claims, module, person, plan
from unit.superoffice_tab.pictures import of_a_camera, picture, unfolding

from host.api import InputError
from superoffice_tab.services import reading
from superoffice_tab.services.portraits import redrawn
from superoffice_tab.storage.models import Associate

PNG = picture("PNG")


def refused(installation: Installation, *rows: str, **options: Any) -> InputError:
    """Why a file is refused; not one row may change."""
    before = installation.everything()
    with pytest.raises(InputError) as caught:
        installation.people(*rows, **options)
    assert installation.everything() == before
    assert caught.value.source.endswith("associates.csv")
    return caught.value


def held(installation: Installation) -> dict[str, dict[str, int]]:
    return {row["user_id"]: row["licences"] for row in reading.associates(installation.session)}


class TestAGoodFile:
    def test_every_column_is_kept(self, installation: Installation):
        done = installation.people(
            'KAAN,"Andersen, Karin",employee,Sales,User level 0,2026-11-20T09:30:00+01:00,no,2,'
            "SuperOffice.Ten-Sales; superoffice.spin*3 ;"
        )
        (row,) = reading.associates(installation.session)
        assert done.created == ["KAAN"]
        assert row == {
            "user_id": "KAAN",
            "full_name": "Andersen, Karin",
            "type": "employee",
            "group": "Sales",
            "role": "User level 0",
            "last_login": datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
            "retired": False,
            "open_requests": 2,
            "licences": {"superoffice.ten-sales": 1, "superoffice.spin": 3},
        }

    def test_what_is_empty_has_its_usual_value(self, installation: Installation):
        installation.people("KAAN,Karin,external,,,,,,")
        (row,) = reading.associates(installation.session)
        assert (row["last_login"], row["retired"], row["open_requests"], row["licences"]) == (
            None,
            False,
            0,
            {},
        )

    def test_a_byte_order_mark_and_windows_lines_are_fine(self, installation: Installation):
        path = installation.folder / "associates.csv"
        path.write_bytes(b"\xef\xbb\xbf" + f"{COLUMNS}\r\n{person('KAAN')}\r\n\r\n".encode())
        assert installation.people_file(path).created == ["KAAN"]

    def test_it_is_audited(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.spin"))
        installation.people(person("KAAN", "superoffice.spin*2"), person("MOBE"))
        action, subject, before, after = installation.work.audits[-1]
        assert (action, subject) == ("associates.imported", "associates.csv")
        assert before["licences"] == {"KAAN": {"superoffice.spin": 1}}
        assert after["licences"] == {"KAAN": {"superoffice.spin": 2}}
        assert (after["created"], after["updated"]) == (["MOBE"], ["KAAN"])


class TestLoadingAgain:
    def test_the_same_file_changes_nothing(self, installation: Installation):
        rows = [person("KAAN", "superoffice.ten-sales"), person("MOBE")]
        installation.people(*rows)
        before = installation.everything()
        done = installation.people(*rows)
        assert (done.created, done.updated, done.unchanged) == ([], [], 2)
        assert installation.everything() == before

    def test_a_person_is_updated_whatever_the_case_of_the_user_id(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.ten-sales"))
        done = installation.people(person("kaan", "superoffice.ten-service"))
        assert done.updated == ["kaan"]
        assert held(installation) == {"kaan": {"superoffice.ten-service": 1}}

    def test_absence_deletes_nobody_unless_asked(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.ten-sales"), person("MOBE", "superoffice.spin"))
        installation.people(person("KAAN", "superoffice.ten-sales"))
        assert held(installation)["MOBE"] == {"superoffice.spin": 1}
        done = installation.people(person("KAAN", "superoffice.ten-sales"), prune=True)
        assert done.removed == ["MOBE"]
        assert held(installation) == {"KAAN": {"superoffice.ten-sales": 1}}

    def test_those_who_stay_keep_their_places(self, installation: Installation):
        installation.people(
            person("KAAN", "superoffice.ten-service"), person("MOBE", "superoffice.ten-service")
        )
        error = refused(installation, person("SIRA", "superoffice.ten-service"))
        assert error.place == "line 2, column licences"
        assert error.problem.startswith("“superoffice.ten-service”: all 2 that were bought are taken")
        installation.people(person("SIRA", "superoffice.ten-service"), prune=True)

    def test_who_comes_back_is_told_what_is_full_and_what_to_do(self, installation: Installation):
        """What they are given is named first; what comes along only where there is too little of that."""
        fewer = (plan("ten-sales", 2, "web"), plan("ten-service", 2, "web"), module("web", 1, IsHidden=True))
        installation.load(claims(2, modules=fewer))
        installation.people(person("KAAN", "superoffice.ten-sales"))
        error = refused(installation, person("MOBE", "superoffice.ten-service"))
        assert "“superoffice.ten-service” cannot be given, because “superoffice.web” comes" in error.problem
        assert "take a plan back" in error.problem
        installation.people(person("KAAN"))
        installation.load(claims(3, modules=(module("web", 1, IsHidden=True),)))
        assert "leave it out" in refused(installation, person("MOBE", "superoffice.web")).problem

    def test_two_people_can_change_places_in_one_file(self, installation: Installation):
        installation.people(
            person("KAAN", "superoffice.ten-service"), person("MOBE", "superoffice.ten-service")
        )
        installation.people(
            person("SIRA", "superoffice.ten-service"), person("LENN", "superoffice.ten-service"),
            person("KAAN"), person("MOBE"),
        )  # fmt: skip
        assert held(installation)["SIRA"] == {"superoffice.ten-service": 1}


class TestBadFiles:
    @pytest.mark.parametrize(("row", "place", "says"), [
        (",Karin,employee,,,,no,0,", "user_id", "expected 1 to 239"),
        ("../x,Karin,employee,,,,no,0,", "user_id", "no page can have such an address"),
        ("..,Karin,employee,,,,no,0,", "user_id", "no page can have such an address"),
        ("ACME\\.\\x,Karin,employee,,,,no,0,", "user_id", "no page can have such an address"),
        ("a//b,Karin,employee,,,,no,0,", "user_id", "no page can have such an address"),
        ("/a,Karin,employee,,,,no,0,", "user_id", "no page can have such an address"),
        ("KA\x07AN,Karin,employee,,,,no,0,", "user_id", "control character (U+0007)"),
        ('"KA\nAN",Karin,employee,,,,no,0,', "user_id", "control character (U+000A)"),
        ("KA\u2028AN,Karin,employee,,,,no,0,", "user_id", "control character (U+2028)"),
        ("KAAN,,employee,,,,no,0,", "full_name", "expected 1 to 254"),
        ("KAAN,Karin,boss,,,,no,0,", "type", "employee, resource, external"),
        ("KAAN,Karin,employee,,,yesterday,no,0,", "last_login", "2026-06-11T08:30:00Z"),
        ("KAAN,Karin,employee,,,2026-06-11T08:30:00,no,0,", "last_login", "with its zone"),
        ("KAAN,Karin,employee,,,2026-13-11T08:30:00Z,no,0,", "last_login", "with its zone"),
        ("KAAN,Karin,employee,,,,maybe,0,", "retired", "yes or no"),
        ("KAAN,Karin,employee,,,,no,-1,", "open_requests", "whole number"),
        ("KAAN,Karin,employee,,,,no,one,", "open_requests", "whole number"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.nothing", "licences", "superoffice.nothing"),
        ("KAAN,Karin,employee,,,,no,0,spin", "licences", "full module name"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.spin*0", "licences", "at least"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.spin*x", "licences", "full module name"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.spin*6", "licences", "all 5 that were bought"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.spin;SuperOffice.Spin", "licences", "twice"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.user", "licences", "it comes with “superoffice.ten-"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.aiplatform", "licences", "system licence"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.satellite", "licences", "satellite licence"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.travel", "licences", "needs “superoffice.windows” first"),
        ("KAAN,Karin,employee,,,,no,0,superoffice.ten-sales;superoffice.ten-service", "licences", "most one"),
    ])  # fmt: skip
    def test_a_field_is_named_with_its_line_column_and_what_was_expected(
        self, installation: Installation, row: str, place: str, says: str
    ):
        error = refused(installation, person("MOBE", "superoffice.ten-sales"), row)
        assert error.place == f"line 3, column {place}"
        assert says in error.problem

    def test_a_user_id_stands_once_in_any_case(self, installation: Installation):
        error = refused(installation, person("KAAN"), person("MOBE"), person("kaan"))
        assert (error.place, "line 2" in error.problem) == ("line 4, column user_id", True)

    def test_the_line_is_where_the_row_starts(self, installation: Installation):
        error = refused(installation, 'KAAN,"Karin\nAndersen",employee,,,,no,0,', person("MOBE", "a.b"))
        assert error.place == "line 4, column licences"

    @pytest.mark.parametrize("row", ["KAAN,Karin", person("KAAN") + ",,", 'KAAN,"Karin'])
    def test_a_row_has_a_field_for_each_column(self, installation: Installation, row: str):
        assert refused(installation, row).place.startswith("line 2") or row.endswith('"Karin')

    @pytest.mark.parametrize(("columns", "says"), [
        (COLUMNS.replace(",licences", ""), "lacks licences"),
        (COLUMNS + ",salary", "“salary”"),
        (COLUMNS + ",role", "twice"),
        ("", "lacks"),
    ])  # fmt: skip
    def test_the_header_row_is_the_expected_one(self, installation: Installation, columns: str, says: str):
        assert says in refused(installation, person("KAAN"), columns=columns).problem

    @pytest.mark.parametrize(
        "content", [b"", b"\n\n", b"\xff\xfe\x00", COLUMNS.encode() + b"\nK\x00,x,employee,,,,no,0,\n"]
    )
    def test_what_is_no_csv_in_utf8_is_refused(self, installation: Installation, content: bytes):
        path = installation.folder / "associates.csv"
        path.write_bytes(content)
        before = installation.everything()
        with pytest.raises(InputError):
            installation.people_file(path)
        assert installation.everything() == before

    def test_a_missing_file_is_named(self, installation: Installation):
        with pytest.raises(InputError, match=r"nowhere\.csv"):
            installation.people_file(Path("nowhere.csv"))

    def test_without_licences_nobody_can_hold_one(self, empty: Installation):
        assert "superoffice.spin" in refused(empty, person("KAAN", "superoffice.spin")).problem
        empty.people(person("KAAN"))


class TestMoreThanBought:
    def test_the_first_row_that_is_one_too_many_is_named(self, installation: Installation):
        rows = [person(name, "superoffice.ten-service") for name in ("KAAN", "MOBE", "SIRA", "LENN")]
        error = refused(installation, *rows)
        assert error.place == "line 4, column licences"
        assert "all 2 that were bought are taken" in error.problem

    def test_retired_people_take_no_place(self, installation: Installation):
        installation.people(
            *(person(name, "superoffice.ten-service") for name in ("KAAN", "MOBE")),
            person("SIRA", "superoffice.ten-service", retired="yes"),
        )
        assert held(installation)["SIRA"] == {"superoffice.ten-service": 1}

    def test_retired_people_who_stay_take_none_either(self, installation: Installation):
        installation.people(person("SIRA", "superoffice.ten-service", retired="yes"))
        installation.people(*(person(name, "superoffice.ten-service") for name in ("KAAN", "MOBE")))

    def test_an_unrestricted_licence_never_runs_out(self, installation: Installation):
        installation.people(*(person(f"P{number}", "superoffice.visible-for") for number in range(50)))

    def test_what_a_plan_brings_can_run_out_too(self, installation: Installation):
        """Three of ten-sales and two of ten-service are the five of user; a sixth does not exist."""
        more = tuple(each for each in MODULES if each["ModuleName"] != "ten-sales")
        installation.load(claims(2, modules=(*more, plan("ten-sales", 9, "user"))))
        rows = [person(f"S{number}", "superoffice.ten-sales") for number in range(6)]
        error = refused(installation, *rows)
        assert error.place == "line 7, column licences"
        assert error.problem.startswith(
            "“superoffice.ten-sales” cannot be given, because “superoffice.user” comes along with it: "
            "all 5 that were bought are taken"
        )


class TestPrerequisites:
    def test_what_is_needed_first_may_stand_in_any_order(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.travel;superoffice.windows"))
        assert set(held(installation)["KAAN"]) == {"superoffice.travel", "superoffice.windows"}


class TestOpenRequests:
    @pytest.mark.parametrize("after", ["", "superoffice.ten-sales"])
    def test_whoever_has_open_requests_keeps_the_service_licence(
        self, installation: Installation, after: str
    ):
        installation.people(person("KAAN", "superoffice.ten-service", open_requests=3))
        error = refused(installation, person("KAAN", after, open_requests=3))
        assert "3 open requests" in error.problem
        installation.people(person("KAAN", after, open_requests=0))

    def test_pruning_takes_it_from_nobody_either(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.ten-service", open_requests=1), person("MOBE"))
        assert "“KAAN”" in refused(installation, person("MOBE"), prune=True).problem

    def test_other_licences_can_be_taken_away(self, installation: Installation):
        installation.people(person("KAAN", "superoffice.ten-service;superoffice.spin", open_requests=1))
        installation.people(person("KAAN", "superoffice.ten-service", open_requests=1))


class TestPortraits:
    columns = COLUMNS + ",portrait"

    def portrait(self, installation: Installation) -> tuple[bytes | None, str | None]:
        row = installation.session.execute(select(Associate.portrait, Associate.portrait_type)).one()
        return row.portrait, row.portrait_type

    def test_a_picture_beside_the_file_is_redrawn_changed_and_taken_away(self, installation: Installation):
        file = installation.folder / "faces" / "kaan.png"
        file.parent.mkdir()
        file.write_bytes(PNG)
        row = person("KAAN") + ",faces/kaan.png"
        installation.people(row, columns=self.columns)
        assert self.portrait(installation) == (redrawn(PNG), "image/png")
        file.write_bytes(of_a_camera())
        assert installation.people(row, columns=self.columns).updated == ["KAAN"]
        assert self.portrait(installation) == (redrawn(of_a_camera()), "image/jpeg")
        assert installation.people(row, columns=self.columns).unchanged == 1
        installation.people(person("KAAN"))
        assert self.portrait(installation)[1] == "image/jpeg"
        installation.people(person("KAAN") + ",", columns=self.columns)
        assert self.portrait(installation) == (None, None)

    @pytest.mark.parametrize(("name", "content", "says"), [
        ("face.gif", b"GIF89a", "neither a PNG nor a JPEG"),
        ("face.png", b"", "neither"),
        ("face.jpg", b"\xff\xd8\xff", "“face.jpg” cannot be read as a picture"),
        ("face.png", unfolding(30_000, 30_000), "“face.png” has more than 24 million pixels"),
        ("face.png", PNG + b"\0" * 200_000, "larger than 200 kB"),
        ("missing.png", None, "cannot be read"),
        ("../secret.png", PNG, "not beside the file"),
        ("/etc/hostname", None, "not beside the file"),
        (".", None, "cannot be read"),
    ])  # fmt: skip
    def test_anything_else_is_refused(
        self, installation: Installation, name: str, content: bytes | None, says: str
    ):
        if content is not None:
            (installation.folder / name).write_bytes(content)
        error = refused(installation, f"{person('KAAN')},{name}", columns=self.columns)
        assert (error.place, says in error.problem) == ("line 2, column portrait", True)
