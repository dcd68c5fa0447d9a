"""Ask the licence server of an owner for news, and write down how it went (domain.md 1.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import N_, Actor, Text, Work, without_sign_in
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import SUPEROFFICE
from superoffice_tab.domain.status import LicenseStatus, next_try
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.domain.wording import packed
from superoffice_tab.storage.changing import Check, ModuleOwner, PendingSet
from superoffice_tab.storage.dialect import insert_into
from superoffice_tab.storage.models import Owner, StoredSet

from . import refused_files
from .fetching import Fetched, FetchError, address
from .owners import owner_names
from .receiving import Received, Reception, receive

Fetch = Callable[..., Fetched]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """How asking a licence server went.

    Args:
        text: The same for people, with what to do.
        next_try: When the server is asked again by itself after a failure; None where it went well, and where
            there was nobody to ask.
    """

    owner: str
    status: LicenseStatus
    text: Text
    next_try: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of whom.

    Args:
        base: Address of the licence server; "" where none is known.
        etag: Of the file in force, if that server sent it; "" else.
        failures: How many times in a row it went wrong.
    """

    owner: str
    base: str
    serial: str
    etag: str
    failures: int

    @property
    def can_be_asked(self) -> bool:
        """Whether there is somebody to ask, and something to ask for."""
        return bool(self.base and self.serial)


def check(
    owner: str,
    *,
    settings: Mapping[str, Any],
    roots: Roots,
    timezone: str,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
    get: Fetch,
) -> CheckResult:
    """Ask for the newest licence of *owner*, upper case, and take it in.

    Whatever the transaction held is given up before the server is asked, so that nobody waits for it.

    Args:
        settings: The plugin's: ``licence_url`` and ``automatic_updates``.
        roots: Pinned root keys.
        timezone: IANA name of the zone that days are counted in.
        get: Gets the file.
    """
    question = _question(owner, settings, work.session)
    work.session.rollback()
    fetched, trouble = _asked(question, get)
    status, text = LicenseStatus.PROBLEM, trouble
    if fetched is not None:
        status, text = _taken(fetched, question, settings, roots, timezone, work, actor, clock)
    return _noted(question, status, text, fetched.etag if fetched else "", clock(), work.session)


def note_unknown(owner: str, *, settings: Mapping[str, Any], session: Session, now: datetime) -> CheckResult:
    """Write down that asking for *owner*, upper case, failed as nobody foresaw, and when to try again."""
    text = N_("Asking the licence server of %(owner)s failed. The log of the server says why.", owner=owner)
    return _noted(_question(owner, settings, session), LicenseStatus.UNKNOWN, text, "", now, session)


def due(session: Session, now: datetime, timezone: str) -> list[str]:
    """Owners whose licence server should be asked now: their next check has come, or another try.

    One without a set in force names no day: it is asked when somebody presses the button, and from then on
    until it answers, as the page promises.
    """
    day = today(now, timezone)
    days = dict(session.execute(select(Owner.name, Owner.next_check)).all())
    columns = (Check.owner, Check.next_try, Check.checked_at)
    asked = {name: (again, checked) for name, again, checked in session.execute(select(*columns))}
    found = []
    for name in owner_names(session):
        again, checked = asked.get(name, (None, None))
        if again <= now if again else _has_come(days.get(name), checked, day, timezone):
            found.append(name)
    return found


def _has_come(next_check: date | None, checked: datetime | None, day: date, timezone: str) -> bool:
    """Whether the day has come: then once a day, until a newer set names another."""
    if next_check is None or day < next_check:
        return False
    return checked is None or today(checked, timezone) < day


def _question(owner: str, settings: Mapping[str, Any], session: Session) -> Question:
    row = session.execute(select(Owner.licence_url, Owner.serial).where(Owner.name == owner)).one_or_none()
    base = row.licence_url if row else ""
    declared = session.scalar(select(ModuleOwner.licence_url).where(ModuleOwner.name == owner))
    serial = row.serial if row else session.scalar(select(Owner.serial).where(Owner.name == SUPEROFFICE))
    before = session.execute(
        select(Check.etag, Check.failures, Check.checked_at).where(Check.owner == owner)
    ).one_or_none()
    since = session.scalar(
        select(StoredSet.activated_at).join(Owner).where(Owner.name == owner, StoredSet.in_force)
    )
    known = before is not None and since is not None and before.checked_at and since <= before.checked_at
    override = str(settings["licence_url"] or "") if owner == SUPEROFFICE else ""
    return Question(
        owner=owner,
        base=override or base or declared or "",
        serial=serial or "",
        etag=before.etag if before and known else "",
        failures=before.failures if before else 0,
    )


def _asked(question: Question, get: Fetch) -> tuple[Fetched | None, Text]:
    if not question.base:
        return None, N_(
            "No licence server of %(owner)s is known. Load a licence from a file.", owner=question.owner
        )
    if not question.serial:
        return None, N_(
            "The serial number is not known yet. Load the first licence of %(owner)s from a file.",
            owner=SUPEROFFICE,
        )
    try:
        url = address(question.base, question.owner, question.serial)
        return get(url, etag=question.etag), Text(id="")
    except FetchError as error:
        return None, error.text


def _taken(
    fetched: Fetched,
    question: Question,
    settings: Mapping[str, Any],
    roots: Roots,
    timezone: str,
    work: Work,
    actor: Actor,
    clock: Callable[[], datetime],
) -> tuple[LicenseStatus, Text]:
    if fetched.missing:
        return LicenseStatus.PROBLEM, N_(
            "The licence server has no licence of %(owner)s for serial number %(serial)s.",
            owner=question.owner,
            serial=question.serial,
        )
    if fetched.content is None:
        return _standing(question.owner, work.session), Text(id="")
    source = without_sign_in(address(question.base, question.owner, question.serial))
    try:
        received = receive(
            fetched.content,
            source=source,
            roots=roots,
            timezone=timezone,
            automatic=bool(settings["automatic_updates"]),
            work=work,
            actor=actor,
            clock=clock,
            owner=question.owner,
        )
    except VerdictError as error:
        refused_files.write_down(fetched.content, source, error, work=work)
        return LicenseStatus.PROBLEM, error.text
    return _status(received, work.session), Text(id="")


def _status(received: Received, session: Session) -> LicenseStatus:
    if received.outcome is Reception.ACTIVATED:
        return LicenseStatus.ACTIVATED
    return _standing(received.owner, session)


def _standing(owner: str, session: Session) -> LicenseStatus:
    """What there is to say of an owner of whom nothing new came."""
    waiting = session.execute(
        select(PendingSet.serial, PendingSet.company).where(PendingSet.owner == owner)
    ).one_or_none()
    if waiting is None:
        return LicenseStatus.OK
    present = session.execute(select(Owner.serial, Owner.company).where(Owner.name == owner)).one_or_none()
    if present is not None and waiting.serial != present.serial:
        return LicenseStatus.NEW_SERIAL
    if owner == SUPEROFFICE and present is not None and waiting.company != present.company:
        return LicenseStatus.NEW_COMPANY
    return LicenseStatus.NEW_LICENCE


def _noted(
    question: Question, status: LicenseStatus, text: Text, etag: str, now: datetime, session: Session
) -> CheckResult:
    failed = status in (LicenseStatus.PROBLEM, LicenseStatus.UNKNOWN)
    # Only the file in force is not asked for again: one that waits may be discarded, and is wanted then.
    settled = status in (LicenseStatus.OK, LicenseStatus.ACTIVATED)
    # Where there is nobody to ask, another try would end the same: nobody is told to wait for it.
    failures = question.failures + 1 if failed and question.can_be_asked else 0
    again = next_try(now, failures) if failures else None
    values = {
        "status": status.value,
        "message": packed(text),
        "url": "",
        "etag": etag if settled else "",
        "checked_at": now,
        "next_try": again,
        "failures": failures,
    }
    written = insert_into(Check, session).values(owner=question.owner, **values)
    session.execute(written.on_conflict_do_update(index_elements=["owner"], set_=values))
    return CheckResult(owner=question.owner, status=status, text=text, next_try=again)
