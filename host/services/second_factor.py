"""The second factor: codes that an app makes every half minute (RFC 6238), and codes for when it is lost."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from host.domain.errors import ConfigurationError
from host.domain.people import Account
from host.domain.sessions import CODE, RECOVERY
from host.storage import factors

from .house import House

logger = logging.getLogger(__name__)

STEP = 30
"""Seconds that a code is shown for."""
DRIFT = 1
"""Steps that a clock may be off, to either side (ASVS 6.5.5, RFC 6238 5.2)."""
DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorView:
    """How somebody's second factor stands.

    Args:
        since: When it was set up; None where there is none.
        codes_left: Recovery codes that were not used.
    """

    since: datetime | None
    codes_left: int


def check(house: House, session: Session, number: int, code: str) -> str | None:
    """Use a code up, the app's or a recovery code.

    Args:
        session: A transaction that holds the account (`storage.people.standing`): no code counts twice.
        number: The account's number.
        code: As it was typed, with or without blanks and hyphens.

    Returns:
        ``code`` or ``recovery``; None if it is neither, or was used before.
    """
    kept = factors.factor(session, number)
    if kept is None or kept.confirmed_at is None:
        return None
    typed = plain(code)
    if len(typed) == DIGITS:
        return CODE if step_used(house, session, number, kept, typed) else None
    return RECOVERY if factors.use_code(session, number, hash_of(typed)) else None


def view(house: House, account: Account) -> FactorView:
    """How *account* stands."""
    with house.stores.host.reading() as session:
        kept = factors.factor(session, account.number)
        return FactorView(
            since=kept.confirmed_at if kept else None, codes_left=factors.codes_left(session, account.number)
        )


def step_used(house: House, session: Session, number: int, kept: factors.Factor, code: str) -> bool:
    """Whether *code* is one of the app's for now, of a newer step than any before; it is used up then."""
    from pyotp import TOTP  # noqa: PLC0415 - only who gives a code has use for it
    from pyotp.exceptions import OTPVerificationError  # noqa: PLC0415 - the same

    try:
        totp = TOTP(house.keys.unseal(kept.secret), digits=DIGITS, interval=STEP)
        step = totp.verify_and_get_timecode(code, for_time=house.clock(), valid_window=DRIFT)
    except OTPVerificationError:
        return False
    except ConfigurationError as error:
        logger.error("the second factor of account %d cannot be read: %s", number, error)  # noqa: TRY400 - no fault
        return False
    return factors.use_step(session, number, step)


def plain(code: str) -> str:
    """*code* without what is only there to be read more easily."""
    return "".join(code.split()).replace("-", "").upper()[:64]


def hash_of(code: str) -> str:
    """The form in which a recovery code is kept."""
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
