"""Reading and writing second factors, recovery codes, and those who have given one factor only.

Whoever changes any of them holds the account (`storage.people.standing`) first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from .declared import PEOPLE, next_generation
from .factor_rows import PendingSignInRow, RecoveryCodeRow, SecondFactorRow


@dataclass(frozen=True, slots=True)
class Factor:
    """Somebody's second factor as it is kept.

    Args:
        secret: Sealed.
        last_step: The newest half minute whose code was used.
        made_at: When its secret was made.
        confirmed_at: Since when it counts; None before.
    """

    secret: str
    last_step: int
    made_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody who gave one factor.

    Args:
        number: Of the account.
        proved: By what.
        target: Where they want to go.
        tries: Wrong codes so far.
    """

    number: int
    proved: tuple[str, ...]
    target: str
    tries: int


def factor(session: Session, number: int) -> Factor | None:
    """The second factor of an account, whether it counts yet or not."""
    row = SecondFactorRow
    found = session.execute(
        select(row.secret, row.last_step, row.made_at, row.confirmed_at).where(row.account_id == number)
    ).one_or_none()
    return None if found is None else Factor(*found)


def add_factor(session: Session, number: int, secret: str, now: datetime) -> None:
    """Keep a secret that no code has been given of yet, in the place of any such before."""
    session.execute(delete(SecondFactorRow).where(SecondFactorRow.account_id == number))
    session.execute(
        insert(SecondFactorRow).values(account_id=number, secret=secret, last_step=0, made_at=now)
    )


def confirm_factor(session: Session, number: int, now: datetime) -> None:
    """Have it count from now on."""
    next_generation(session, PEOPLE)
    session.execute(
        update(SecondFactorRow).where(SecondFactorRow.account_id == number).values(confirmed_at=now)
    )


def use_step(session: Session, number: int, step: int) -> bool:
    """Use up the code of one half minute; False if that or a newer one was used before."""
    used = (
        update(SecondFactorRow)
        .where(SecondFactorRow.account_id == number, SecondFactorRow.last_step < step)
        .values(last_step=step)
    )
    return session.scalar(used.returning(SecondFactorRow.account_id)) is not None


def remove_factor(session: Session, number: int) -> None:
    """Take it away, and the recovery codes with it."""
    next_generation(session, PEOPLE)
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == number))
    session.execute(delete(SecondFactorRow).where(SecondFactorRow.account_id == number))


def set_codes(session: Session, number: int, hashes: Iterable[str]) -> None:
    """Recovery codes in the place of all before."""
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == number))
    session.execute(insert(RecoveryCodeRow), [{"code_hash": each, "account_id": number} for each in hashes])


def use_code(session: Session, number: int, code_hash: str) -> bool:
    """Use a recovery code up; False if the account has no such one, or not any more."""
    here = RecoveryCodeRow.code_hash == code_hash, RecoveryCodeRow.account_id == number
    return (
        session.scalar(delete(RecoveryCodeRow).where(*here).returning(RecoveryCodeRow.account_id)) is not None
    )


def codes_left(session: Session, number: int) -> int:
    """How many recovery codes were not used yet."""
    codes = select(func.count()).select_from(RecoveryCodeRow).where(RecoveryCodeRow.account_id == number)
    return session.scalar(codes) or 0


def add_pending(
    session: Session,
    *,
    token_hash: str,
    number: int,
    proved: tuple[str, ...],
    target: str,
    now: datetime,
    ends: datetime,
) -> None:
    """Remember that somebody gave one factor; forgets whose time is over."""
    over = select(PendingSignInRow.token_hash).where(PendingSignInRow.expires_at <= now)
    session.execute(
        delete(PendingSignInRow).where(
            PendingSignInRow.token_hash.in_(over.with_for_update(skip_locked=True))
        ),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        insert(PendingSignInRow).values(
            token_hash=token_hash,
            account_id=number,
            proved=" ".join(proved),
            target=target,
            tries=0,
            expires_at=ends,
        )
    )


def pending(session: Session, token_hash: str, now: datetime) -> Pending | None:
    """Who holds that token; None if nobody does, or their time is over."""
    row = PendingSignInRow
    found = session.execute(
        select(row.account_id, row.proved, row.target, row.tries).where(
            row.token_hash == token_hash, row.expires_at > now
        )
    ).one_or_none()
    return None if found is None else Pending(found[0], tuple(found[1].split()), found[2], found[3])


def count_try(session: Session, token_hash: str) -> None:
    """Note a wrong code."""
    row = PendingSignInRow
    session.execute(update(row).where(row.token_hash == token_hash).values(tries=row.tries + 1))


def drop_pending(session: Session, token_hash: str) -> None:
    """Forget one: the second factor was given, or too often a wrong one."""
    session.execute(delete(PendingSignInRow).where(PendingSignInRow.token_hash == token_hash))
