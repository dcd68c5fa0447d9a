"""Reading and writing accounts, their sessions and one-time links.

Everybody locks in one order: the number of `PEOPLE` (who needs it), the account, its sessions, its links. So
nobody waits in a ring for somebody who waits for him.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from host.api.errors import ConflictError
from host.api.values import N_
from host.domain.people import CLI, SYSTEM, Account, SignedIn, folded

from .declared import PEOPLE, next_generation
from .factor_rows import PendingSignInRow, SecondFactorRow
from .models import AccountRoleRow, AccountRow, LoginLinkRow, SessionRow

ACCOUNT = (
    AccountRow.id,
    AccountRow.user_id,
    AccountRow.full_name,
    AccountRow.language,
    AccountRow.timezone,
    AccountRow.disabled_at,
    AccountRow.portrait_type,
)
_KEPT = ("csrf_token", "seen_at", "expires_at", "toasts", "public_id", "proved", "proved_at")
SESSION: tuple[ColumnElement[Any], ...] = (
    *(SessionRow.__table__.c[each] for each in _KEPT),
    AccountRow.password_hash.is_not(None).label("has_password"),
    exists()
    .where(SecondFactorRow.account_id == AccountRow.id, SecondFactorRow.confirmed_at.is_not(None))
    .label("has_second_factor"),
)


def account(session: Session, user_id: str) -> Account | None:
    """The account known by *user_id*, whatever its case."""
    if "\0" in user_id:
        return None  # PostgreSQL cannot even be asked
    row = session.execute(select(*ACCOUNT).where(AccountRow.user_key == folded(user_id))).one_or_none()
    return None if row is None else _account(session, *row)


def account_by_number(session: Session, number: int) -> Account | None:
    """The account with the database's *number*."""
    row = session.execute(select(*ACCOUNT).where(AccountRow.id == number)).one_or_none()
    return None if row is None else _account(session, *row)


def _account(
    session: Session,
    number: int,
    user_id: str,
    full_name: str,
    language: str | None,
    timezone: str | None,
    disabled_at: datetime | None,
    portrait_type: str | None,
) -> Account:
    roles = session.scalars(
        select(AccountRoleRow.role).where(AccountRoleRow.account_id == number).order_by(AccountRoleRow.role)
    )
    return Account(
        number=number,
        user_id=user_id,
        full_name=full_name,
        language=language,
        timezone=timezone,
        disabled_at=disabled_at,
        has_portrait=portrait_type is not None,
        roles=tuple(roles),
    )


def add_account(
    session: Session,
    *,
    user_id: str,
    full_name: str,
    password_hash: str | None,
    roles: tuple[str, ...],
    language: str | None,
    timezone: str | None,
    now: datetime,
) -> int:
    """Add an account and return its number.

    Raises:
        ConflictError: The user id is taken, perhaps since the caller looked.
    """
    if folded(user_id) in {CLI, SYSTEM}:
        raise ConflictError(N_("%(user_id)s stands for the host itself in the audit log.", user_id=user_id))
    row = AccountRow(
        user_id=user_id,
        user_key=folded(user_id),
        full_name=full_name,
        password_hash=password_hash,
        language=language,
        timezone=timezone,
        created_at=now,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        taken = N_("There is an account %(user_id)s already. Nothing was changed.", user_id=user_id)
        raise ConflictError(taken) from None
    if roles:
        session.execute(insert(AccountRoleRow), [{"account_id": row.id, "role": role} for role in roles])
    return row.id


def password_hash(session: Session, number: int) -> str | None:
    """The stored hash, or None where only links or other means sign this account in."""
    return session.scalar(select(AccountRow.password_hash).where(AccountRow.id == number))


def standing(session: Session, number: int) -> tuple[str | None, datetime | None] | None:
    """Password hash and since when disabled, locked until the transaction ends; None for no account."""
    row = session.execute(
        select(AccountRow.password_hash, AccountRow.disabled_at)
        .where(AccountRow.id == number)
        .with_for_update()
    ).one_or_none()
    return None if row is None else (row.password_hash, row.disabled_at)


def portrait(session: Session, user_id: str) -> tuple[bytes, str] | None:
    """Picture and its type."""
    here = AccountRow.user_key == folded(user_id)
    row = session.execute(select(AccountRow.portrait, AccountRow.portrait_type).where(here)).one_or_none()
    return (row[0], row[1]) if row and row[0] and row[1] else None


def with_portrait(session: Session) -> frozenset[str]:
    """Folded user ids of all accounts that have a picture."""
    return frozenset(
        session.scalars(select(AccountRow.user_key).where(AccountRow.portrait_type.is_not(None)))
    )


def change_account(session: Session, number: int, **values: object) -> None:
    """Set columns of one account."""
    next_generation(session, PEOPLE)
    session.execute(update(AccountRow).where(AccountRow.id == number).values(**values))


def add_session(
    session: Session,
    *,
    token_hash: str,
    number: int,
    csrf_token: str,
    now: datetime,
    ends: datetime,
    **more: object,
) -> None:
    """Remember that an account is signed in, and that it was now; *more* columns of the session by name."""
    session.execute(update(AccountRow).where(AccountRow.id == number).values(signed_in_at=now))
    session.execute(
        insert(SessionRow).values(
            token_hash=token_hash,
            account_id=number,
            csrf_token=csrf_token,
            created_at=now,
            seen_at=now,
            expires_at=ends,
            toasts=[],
            **more,
        )
    )


def signed_in(session: Session, token_hash: str) -> SignedIn | None:
    """Who holds this session, whether it still counts or not."""
    row = session.execute(
        select(*SESSION, *ACCOUNT)
        .join(AccountRow, AccountRow.id == SessionRow.account_id)
        .where(SessionRow.token_hash == token_hash)
    ).one_or_none()
    if row is None:
        return None
    values = dict(zip((each.name for each in SESSION), row, strict=False))
    values |= {"toasts": tuple(values["toasts"]), "proved": tuple(values["proved"].split())}
    return SignedIn(account=_account(session, *row[len(SESSION) :]), **values)


def change_session(session: Session, token_hash: str, **values: object) -> None:
    """Set columns of one session; being seen alone is nothing that others must know."""
    if values.keys() - {"seen_at"}:
        next_generation(session, PEOPLE)
    session.execute(update(SessionRow).where(SessionRow.token_hash == token_hash).values(**values))


def end_session(session: Session, token_hash: str) -> None:
    """Sign out one browser."""
    next_generation(session, PEOPLE)
    session.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))


def end_sessions_of(session: Session, number: int) -> None:
    """Sign an account out everywhere, and void its links."""
    next_generation(session, PEOPLE)
    session.execute(delete(SessionRow).where(SessionRow.account_id == number))
    void_links_of(session, number)


def void_links_of(session: Session, number: int) -> None:
    """Void an account's links, and what was begun with its password."""
    session.execute(delete(LoginLinkRow).where(LoginLinkRow.account_id == number))
    session.execute(delete(PendingSignInRow).where(PendingSignInRow.account_id == number))


def drop_expired(session: Session, now: datetime) -> None:
    """Forget sessions and links that are over, whosever they are.

    That keeps to no order, so it waits for nobody: what somebody is at is left for the next time.
    """
    row: type[SessionRow] | type[LoginLinkRow]
    for row in (SessionRow, LoginLinkRow):
        over = select(row.token_hash).where(row.expires_at <= now).with_for_update(skip_locked=True)
        session.execute(
            delete(row).where(row.token_hash.in_(over)), execution_options={"synchronize_session": False}
        )


def add_link(session: Session, *, token_hash: str, number: int, ends: datetime) -> None:
    """Remember a one-time link."""
    session.execute(insert(LoginLinkRow).values(token_hash=token_hash, account_id=number, expires_at=ends))


def take_link(session: Session, token_hash: str, now: datetime) -> int | None:
    """Use a link up, and return the account's number; None if it is unknown, used or over.

    The account is locked until the transaction ends, and before the link is: whoever voids links does it in
    that order too, and may have voided this one meanwhile.
    """
    here = LoginLinkRow.token_hash == token_hash, LoginLinkRow.expires_at > now
    number = session.scalar(select(LoginLinkRow.account_id).where(*here))
    if number is None or standing(session, number) is None:
        return None
    return session.scalar(delete(LoginLinkRow).where(*here).returning(LoginLinkRow.account_id))
