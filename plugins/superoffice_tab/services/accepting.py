"""Whether a licence file is accepted here and now (formats.md 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from host.api import N_
from superoffice_tab.domain.envelope import verify
from superoffice_tab.domain.judging import Confirmation, judge, needs_company_confirmed
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import Claims
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.schemas.claims import parse

from . import state
from .refusals import CompanyNotConfirmedError, RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A licence file whose signatures are right.

    Args:
        content: The file as it came.
        source: Its name, for messages.
        key_owner: Owner that the signing key belongs to.
    """

    content: bytes
    source: str
    claims: Claims
    key_owner: str


def signed(content: bytes, *, source: str, roots: Roots, now: datetime) -> Signed:
    """Verify a file.

    Raises:
        VerdictError: Its signatures are not right, or what it says is no licence set.
    """
    try:
        verified = verify(content, roots, now)
        claims = parse(verified.payload)
    except VerdictError as error:
        raise error.of(source) from error
    return Signed(content=content, source=source, claims=claims, key_owner=verified.owner_key.owner)


def refuse_swapped(file: Signed, *, owner: str, serial: str, company: str, seq: int) -> None:
    """Make sure that *file* is the one its row was written for, and no other that was signed as well.

    Args:
        owner: Owner name, as all of these from the row.

    Raises:
        RefusedError: It is another one.
    """
    claims = file.claims
    if (claims.issuer, claims.audience, claims.licence.company, claims.seq) != (owner, serial, company, seq):
        raise RefusedError(
            N_(
                "Set %(seq)s of %(owner)s was altered in the database. Nothing was changed. Load the licence "
                "file again.",
                seq=seq,
                owner=owner,
            )
        )


def accept(
    file: Signed,
    *,
    confirmed: Confirmation | None,
    replayed: bool = False,
    timezone: str,
    now: datetime,
    session: Session,
) -> None:
    """Judge *file* as things are now.

    Args:
        confirmed: What was typed of a new serial number and company name; None where they need not be
            typed yet, or were before.
        replayed: Take it though it is not newer than the set in force.
        timezone: IANA name of the zone that days are counted in.

    Raises:
        VerdictError: It is not accepted.
        CompanyNotConfirmedError: It renames the company without confirmation.
    """
    claims = file.claims
    here = state.installation(claims.issuer, claims.audience, session=session, timezone=timezone)
    if replayed:
        here = replace(here, last_seq=None)
    typed = confirmed or Confirmation(serial=claims.audience, company=claims.licence.company)
    try:
        judge(claims, file.key_owner, here, typed, now)
    except VerdictError as error:
        raise error.of(file.source) from error
    if needs_company_confirmed(claims, here, typed):
        raise CompanyNotConfirmedError(str(here.company), claims.licence.company)
