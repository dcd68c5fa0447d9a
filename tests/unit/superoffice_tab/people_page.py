"""The page of people as somebody sees and uses it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from unit.superoffice_tab.building import NOW
from unit.superoffice_tab.screen import ADDRESS, Screen, make_screen

from host.testing.kit import Page
from superoffice_tab.services import denials, reading
from superoffice_tab.storage.models import Licence

PEOPLE = f"{ADDRESS}people/"


def staffed(folder: Path, database_url: str) -> Screen:
    """Four people and one who is retired; three plans of Sales are bought and one is held."""
    made = make_screen(folder, database_url=database_url, now=NOW)
    made.load()
    made.people(
        "KAAN,Åse Andersen,employee,Sales,Level 0,2026-11-20T08:30:00Z,no,0,"
        "superoffice.ten-sales;superoffice.spin*2",
        "MOBE,Bent Moe,employee,Sales,Level 1,,no,0,superoffice.ten-service",
        "SIRA,Sira Holm,employee,Service,Level 0,2026-01-02T08:30:00Z,no,0,",
        "TOVE,Anna Tove,employee,Service,Level 0,2026-06-01T08:30:00Z,no,3,superoffice.ten-service",
        "GONE,Gone Away,employee,Sales,Level 0,2020-01-01T08:30:00Z,yes,0,superoffice.spin",
    )
    return made


def users(page: Page) -> list[str]:
    """Who is listed, from top to bottom."""
    return re.findall(r'th-person__id">(.*?)<', page.text)


def banner(page: Page) -> tuple[str, str]:
    """Kind and title of what became of a change."""
    found = re.search(r'th-banner--(\w+)".*?th-banner__title">(.*?)</p>', page.text, re.DOTALL)
    assert found, page.text
    return found[1], unescape(found[2])


def refused(page: Page) -> dict[str, list[str]]:
    """Each reason, and whom or what it kept."""
    part = page.text.partition('aria-label="Refused">')[2]
    rows = re.findall(r"</svg> (.*?)</span>\s*<ul class=\"th-tags\">(.*?)</ul>", part, re.DOTALL)
    return {
        unescape(reason).replace("\xad", ""): re.findall(r'th-tag">(.*?)<', whom) for reason, whom in rows
    }


def ticked(page: Page) -> list[str]:
    """Who is ticked in the list."""
    return re.findall(r'name="user_id" value="(.*?)"[^>]* checked', page.text)


def held(screen: Screen) -> dict[str, dict[str, int]]:
    """Who holds what: user id → code name → how many."""
    found: dict[str, dict[str, int]] = {}

    def read(session) -> None:
        for row in reading.associates(session):
            found[row["user_id"]] = {
                name.removeprefix("superoffice."): n for name, n in row["licences"].items()
            }

    screen.change(read)
    return found


def denied(screen: Screen, code: str) -> int:
    """How often somebody was denied a licence today."""
    found: list[int] = []

    def read(session) -> None:
        number = session.query(Licence.id).filter_by(name=code).scalar()
        found.append(denials.denied(number, session, NOW.date()))

    screen.change(read)
    return found[0]


def send(screen: Screen, do: str, licence: str, *who: str, role: str = "administrator", **more: str) -> Page:
    """Press a button of those below which everybody is listed."""
    form = {"licence": licence, "user_id": list(who), **more}
    return screen.kit.client(role).post(f"{PEOPLE}{do}", form)


def save(
    screen: Screen, user_id: str, *, had: list[str], plan: str = "", licence: tuple[str, ...] = ()
) -> Page:
    """Save what is ticked for one person."""
    form = {"plan": plan, "licence": list(licence), "had": had}
    return screen.kit.client().post(f"{PEOPLE}{user_id}/licences?person={user_id}", form)
