"""Who gives licences to people and takes them back, outside any activation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from unit.superoffice_tab.desk import Desk

from superoffice_tab.services import assigning, denials
from superoffice_tab.services.assigning import Outcome
from superoffice_tab.storage.models import Licence


def assign(desk: Desk, code: str, *users: str, owner: str = "superoffice", **options: Any) -> list[Outcome]:
    """Give a licence, and keep what was done."""
    done = assigning.assign(
        owner, code, users, work=desk.work, clock=desk.clock, timezone=desk.timezone, **options
    )
    desk.session.commit()
    return done


def release(desk: Desk, code: str, *users: str, owner: str = "SUPEROFFICE") -> list[Outcome]:
    """Take a licence back, and keep what was done."""
    done = assigning.release(owner, code, users, work=desk.work, clock=desk.clock, timezone=desk.timezone)
    desk.session.commit()
    return done


def results(outcomes: list[Outcome]) -> dict[str, str]:
    """What became of each person."""
    return {each.user_id: each.result for each in outcomes}


def reason(outcomes: list[Outcome]) -> str:
    """Why the only one was refused, as it is said in English."""
    (only,) = outcomes
    assert only.result == "refused"
    assert only.reason is not None
    return only.reason.id % {**only.reason.args, "n": only.reason.n}


def licence_id(desk: Desk, code: str) -> int:
    """The row of a licence."""
    return desk.session.scalars(select(Licence.id).where(Licence.name == code)).one()


def denied(desk: Desk, code: str) -> int:
    """How often somebody did not get a licence today because none was free."""
    return denials.denied(licence_id(desk, code), desk.session, desk.now.date())


def alter(desk: Desk, code: str) -> None:
    """Mark a licence as one whose row no longer says what was signed."""
    desk.session.execute(update(Licence).where(Licence.name == code).values(altered=True))
    desk.session.commit()
