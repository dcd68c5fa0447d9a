"""The list of associates: sorted, searched, page by page, each with what they hold."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select
from unit.superoffice_tab.building import COLUMNS
from unit.superoffice_tab.desk import Desk
from unit.superoffice_tab.pictures import picture

from host.api import NotFoundError
from superoffice_tab.services import people_list
from superoffice_tab.services.portraits import redrawn
from superoffice_tab.storage.counts import recount
from superoffice_tab.storage.models import Assignment, Associate, Licence

PNG = picture()


@pytest.fixture
def staff(desk: Desk) -> Desk:
    """Five people, one of whom never signed in and one is retired."""
    desk.people(
        "KAAN,Åse Andersen,employee,Sales,Level 0,2026-11-20T08:30:00Z,no,2,"
        "superoffice.ten-sales;superoffice.spin*2",
        "MOBE,bent 100%,resource,Sales,Level 1,,no,0,superoffice.spin",
        "sira,Sira Holm,external,Service,Level 0,2026-01-02T08:30:00Z,no,0,superoffice.ten-service",
        "TOVE,Anna Tove,employee,Service,Level 0,2026-06-01T08:30:00Z,no,0,",
        "GONE,Gone Away,employee,Sales,Level 0,2020-01-01T08:30:00Z,yes,0,superoffice.spin",
    )
    return desk


def listed(staff: Desk, **options) -> list[str]:
    return [row.user_id for row in people_list.people(staff.session, **options).rows]


def test_who_has_not_signed_in_for_longest_stands_first(staff: Desk):
    """Whoever never did stands before all; retired people are left out unless asked for."""
    assert listed(staff) == ["MOBE", "sira", "TOVE", "KAAN"]
    assert listed(staff, retired=True) == ["MOBE", "GONE", "sira", "TOVE", "KAAN"]
    assert listed(staff, backwards=True) == ["KAAN", "TOVE", "sira", "MOBE"]


def test_the_list_can_be_sorted_by_user_id_and_by_name_in_any_case(staff: Desk):
    assert listed(staff, sort="user_id") == ["KAAN", "MOBE", "sira", "TOVE"]
    assert listed(staff, sort="full_name")[:3] == ["TOVE", "MOBE", "sira"]
    assert listed(staff, sort="user_id", backwards=True) == ["TOVE", "sira", "MOBE", "KAAN"]


@pytest.mark.parametrize(
    ("search", "found"),
    [("SIR", ["sira"]), ("tove", ["TOVE"]), ("holm", ["sira"]), ("0%", ["MOBE"]), ("%", ["MOBE"]), ("_", [])],
)
def test_a_search_looks_at_user_id_and_name(staff: Desk, search: str, found: list[str]):
    assert listed(staff, search=search) == found


def test_pages_say_how_many_there_are_in_all(staff: Desk):
    page = people_list.people(staff.session, sort="user_id", limit=2, offset=1)
    assert ([row.user_id for row in page.rows], page.total) == (["MOBE", "sira"], 4)
    beyond = people_list.people(staff.session, offset=100)
    assert (beyond.rows, beyond.total) == ([], 4)


def test_holders_of_one_licence(staff: Desk):
    page = people_list.people(staff.session, owner="superoffice", code="SPIN", sort="user_id")
    assert ([row.user_id for row in page.rows], page.total) == (["KAAN", "MOBE"], 2)
    assert listed(staff, owner="SUPEROFFICE", code="spin", retired=True, sort="user_id")[0] == "GONE"
    assert listed(staff, owner="ACME", code="spin") == []


def test_everybody_comes_with_what_they_hold_plans_first(staff: Desk):
    first = people_list.people(staff.session, sort="user_id").rows[0]
    assert (first.full_name, first.type, first.group, first.role) == (
        "Åse Andersen", "employee", "Sales", "Level 0",
    )  # fmt: skip
    assert (first.open_requests, first.retired, first.portrait_digest) == (2, False, None)
    assert [(held.name, held.title, held.weight, held.is_plan) for held in first.licences] == [
        ("superoffice.ten-sales", "Ten-Sales", 1, True),
        ("superoffice.spin", "Spin", 2, False),
    ]
    other = people_list.people(staff.session, owner="ACME", sort="user_id").rows[0]
    assert other.licences == []


def test_one_person_is_found_in_any_case_retired_or_not(staff: Desk):
    assert people_list.person("gone", staff.session).retired
    assert people_list.person("Sira", staff.session).user_id == "sira"
    with pytest.raises(NotFoundError, match="NOBODY"):
        people_list.person("NOBODY", staff.session)


def test_a_portrait_is_what_came_with_the_file(staff: Desk):
    (staff.folder / "kaan.png").write_bytes(PNG)
    staff.people("KAAN,Karin,employee,,,,no,0,,kaan.png", columns=f"{COLUMNS},portrait")
    assert people_list.portrait("kaan", staff.session) == (redrawn(PNG), "image/png")
    assert people_list.portrait("MOBE", staff.session) is None
    assert people_list.portrait("NOBODY", staff.session) is None
    assert people_list.person("KAAN", staff.session).portrait_digest is not None


@pytest.mark.parametrize("crowd", [1, 20_000], ids=["many", "few"])
@pytest.mark.parametrize(("sort", "order"), [
    ("last_login", ["MOBE", "GONE", "sira", "KAAN"]),
    ("user_id", ["GONE", "KAAN", "MOBE", "sira"]),
    ("full_name", ["MOBE", "GONE", "sira", "KAAN"]),
])  # fmt: skip
def test_holders_are_listed_alike_however_many_there_are(
    staff: Desk, monkeypatch, crowd: int, sort: str, order: list[str]
):
    """Each once, who was given it and gets it with a plan too; page by page, and those of a search."""
    monkeypatch.setattr(people_list, "CROWD", crowd)
    licence = select(Licence.id).where(Licence.name == "user").scalar_subquery()
    for name in ("KAAN", "MOBE", "GONE"):
        who = select(Associate.id).where(Associate.user_id == name).scalar_subquery()
        staff.session.execute(insert(Assignment).values(licence_id=licence, associate_id=who, weight=1))
    recount(staff.session)
    asked = {"owner": "SUPEROFFICE", "code": "user", "sort": sort, "retired": True}
    assert listed(staff, **asked) == order
    pages = [people_list.people(staff.session, **asked, limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [row.user_id for page in pages for row in page.rows] == order
    assert [page.total for page in pages] == [4, 4, 4]
    for code, number in (("user", 3), ("spin", 2)):
        some = {**asked, "code": code, "retired": False, "limit": 1}
        assert people_list.people(staff.session, **some).total == number
    assert listed(staff, **asked, backwards=True, search="a") == [
        each for each in reversed(order) if each != "MOBE"
    ]
    assert listed(staff, **{**asked, "code": "nothing"}) == []
