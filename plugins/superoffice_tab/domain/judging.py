"""Whether what was signed may be activated here and now (formats.md 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from host.api import N_

from .expiry import today
from .licences import SUPEROFFICE, Claims
from .verdicts import Verdict, VerdictError

CLOCK_SLACK = timedelta(minutes=2)
"""How far the clocks of machines that share a database may differ."""
_CONFIRM = "; if the number really changes, load it again with --confirm-serial and the new number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What an installation knows of itself and of one owner before a set is activated.

    Args:
        serial: Serial number of the installation: that of the first accepted SUPEROFFICE set; None before.
        company: Company name of the SUPEROFFICE set in force; None before the first.
        last_seq: The number that a new set of this owner and serial must exceed; None if it is the first.
        seen_at: The latest time this database has seen; None if it is new.
        timezone: IANA name of the zone that days are counted in.
    """

    serial: str | None
    company: str | None
    last_seq: int | None
    seen_at: datetime | None
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What an administrator typed to confirm that the installation gets a new identity."""

    serial: str = ""
    company: str = ""


def judge(claims: Claims, key_owner: str, here: Installation, confirmed: Confirmation, now: datetime) -> None:
    """Accept *claims*, or say why not.

    Args:
        key_owner: Owner that the signing key belongs to.
        now: The time now, aware.

    Raises:
        VerdictError: owner-mismatch, serial, clock-moved-back, not-yet-valid, expired or replayed.
    """
    check_owner(claims, key_owner)
    _serial(claims, here, confirmed)
    if here.seen_at is not None and now < here.seen_at - CLOCK_SLACK:
        times = {"now": _minute(now), "seen": _minute(here.seen_at)}
        raise VerdictError(Verdict.CLOCK_MOVED_BACK, N_("now %(now)s, already seen %(seen)s", **times))
    if now < claims.not_before:
        start = _minute(claims.not_before)
        raise VerdictError(Verdict.NOT_YET_VALID, N_("it is valid from %(start)s", start=start))
    stop = claims.licence.dates.stop
    if stop is not None and today(now, here.timezone) > stop:
        raise VerdictError(Verdict.EXPIRED, N_("its last day was %(day)s", day=f"{stop:%Y-%m-%d}"))
    if here.last_seq is not None and claims.seq <= here.last_seq:
        numbers = {"number": claims.seq, "last": here.last_seq}
        detail = N_("its number is %(number)s, the one in force has %(last)s", **numbers)
        raise VerdictError(Verdict.REPLAYED, detail)


def needs_company_confirmed(claims: Claims, here: Installation, confirmed: Confirmation) -> bool:
    """Whether a SUPEROFFICE set renames the company and nobody typed the new name (domain.md 1.4)."""
    new = claims.licence.company
    known = here.company is None or new == here.company
    return claims.issuer == SUPEROFFICE and not known and confirmed.company.strip() != new.strip()


def check_owner(claims: Claims, key_owner: str) -> None:
    """Accept that *claims* are of one owner alone, and that the key is theirs.

    Args:
        key_owner: Owner that the signing key belongs to.

    Raises:
        VerdictError: owner-mismatch.
    """
    named = {key_owner, claims.licence.owner, *(licence.owner for licence in claims.licence.licences)}
    others = sorted(named - {claims.issuer})
    if others:
        names = {"owner": claims.issuer, "others": ", ".join(others)}
        detail = N_("issued by %(owner)s, but it also names %(others)s", **names)
        raise VerdictError(Verdict.OWNER_MISMATCH, detail)


def _serial(claims: Claims, here: Installation, confirmed: Confirmation) -> None:
    new = claims.audience
    if claims.licence.serial != new:
        numbers = {"serial": new, "other": claims.licence.serial}
        detail = N_("it is for %(serial)s, and its licences are for %(other)s", **numbers)
        raise VerdictError(Verdict.SERIAL, detail)
    if here.serial is None and claims.issuer != SUPEROFFICE:
        detail = N_(
            "load the licence file of %(owner)s first; it brings the serial number", owner=SUPEROFFICE
        )
        raise VerdictError(Verdict.SERIAL, detail)
    if here.serial in (None, new):
        return
    if claims.issuer == SUPEROFFICE and confirmed.serial == new:
        return
    numbers = {"serial": new, "here": str(here.serial)}
    detail = N_("the file is for %(serial)s, this installation is %(here)s", **numbers)
    raise VerdictError(Verdict.SERIAL, detail, hint=_CONFIRM if claims.issuer == SUPEROFFICE else "")


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
