"""Whether what was signed may be activated here and now (formats.md 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .expiry import today
from .licences import SUPEROFFICE, Claims
from .verdicts import Verdict, VerdictError

CLOCK_SLACK = timedelta(minutes=2)
"""How far the clocks of machines that share a database may differ."""


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
        times = f"now {now:%Y-%m-%d %H:%M} UTC, already seen {here.seen_at:%Y-%m-%d %H:%M} UTC"
        raise VerdictError(Verdict.CLOCK_MOVED_BACK, times)
    if now < claims.not_before:
        raise VerdictError(Verdict.NOT_YET_VALID, f"it is valid from {claims.not_before:%Y-%m-%d %H:%M} UTC")
    stop = claims.licence.dates.stop
    if stop is not None and today(now, here.timezone) > stop:
        raise VerdictError(Verdict.EXPIRED, f"its last day was {stop:%Y-%m-%d}")
    if here.last_seq is not None and claims.seq <= here.last_seq:
        raise VerdictError(
            Verdict.REPLAYED, f"its number is {claims.seq}, the one in force has {here.last_seq}"
        )


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
        raise VerdictError(
            Verdict.OWNER_MISMATCH, f"issued by {claims.issuer}, but it also names {', '.join(others)}"
        )


def _serial(claims: Claims, here: Installation, confirmed: Confirmation) -> None:
    new = claims.audience
    if claims.licence.serial != new:
        detail = f"it is for {new}, and its licences are for {claims.licence.serial}"
        raise VerdictError(Verdict.SERIAL, detail)
    if here.serial is None and claims.issuer != SUPEROFFICE:
        raise VerdictError(
            Verdict.SERIAL, f"load the licence file of {SUPEROFFICE} first; it brings the serial number"
        )
    if here.serial in (None, new):
        return
    if claims.issuer == SUPEROFFICE and confirmed.serial == new:
        return
    detail = f"the file is for {new}, this installation is {here.serial}"
    if claims.issuer == SUPEROFFICE:
        detail += "; if the number really changes, load it again with --confirm-serial and the new number"
    raise VerdictError(Verdict.SERIAL, detail)
