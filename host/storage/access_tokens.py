"""Reading and writing API tokens. Who locks what first: see `storage.people`; tokens come after sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from host.domain.access_tokens import AccessToken, Bearer

from .declared import PEOPLE, next_generation
from .factor_rows import SecondFactorRow
from .models import AccountRow
from .people import account_by_number
from .token_rows import AccessTokenRow

_COLUMNS = (
    AccessTokenRow.id,
    AccountRow.user_id,
    AccessTokenRow.name,
    AccessTokenRow.permissions,
    AccessTokenRow.created_at,
    AccessTokenRow.expires_at,
    AccessTokenRow.used_at,
    AccessTokenRow.address,
    AccessTokenRow.revoked_at,
)
_LISTED = select(*_COLUMNS).join(AccountRow, AccountRow.id == AccessTokenRow.account_id)


def _token(row: Any) -> AccessToken:
    return AccessToken(**{**row, "permissions": frozenset(row["permissions"])})


def bearer(session: Session, id_: str, token_hash: str) -> Bearer | None:
    """Who shows the token with that id and hash, whether it still counts or not."""
    factor = exists().where(
        SecondFactorRow.account_id == AccessTokenRow.account_id, SecondFactorRow.confirmed_at.is_not(None)
    )
    here = AccessTokenRow.id == id_, AccessTokenRow.token_hash == token_hash
    found = session.execute(select(AccessTokenRow.account_id, factor).where(*here)).one_or_none()
    row = session.execute(_LISTED.where(*here)).mappings().one_or_none()
    account = account_by_number(session, found[0]) if found else None
    if found is None or row is None or account is None:
        return None
    return Bearer(token=_token(row), account=account, has_second_factor=found[1])


def tokens(session: Session, number: int | None = None) -> list[AccessToken]:
    """Tokens with those that are over, by owner, the newest first; those of one account, or everybody's."""
    wanted = _LISTED if number is None else _LISTED.where(AccessTokenRow.account_id == number)
    order = AccountRow.user_key, AccessTokenRow.created_at.desc(), AccessTokenRow.id
    return [_token(row) for row in session.execute(wanted.order_by(*order)).mappings()]


def standing(session: Session, number: int, now: datetime) -> int:
    """How many tokens of an account may be used."""
    here = AccessTokenRow.account_id == number, AccessTokenRow.revoked_at.is_(None)
    found = session.scalar(select(func.count()).where(*here, AccessTokenRow.expires_at > now))
    return int(found or 0)


def add(session: Session, number: int, token_hash: str, what: AccessToken) -> None:
    """Remember a new token of an account."""
    session.execute(
        insert(AccessTokenRow).values(
            id=what.id,
            account_id=number,
            name=what.name,
            token_hash=token_hash,
            permissions=sorted(what.permissions),
            created_at=what.created_at,
            expires_at=what.expires_at,
            address="",
            minute=0,
            taken=0,
        )
    )


def revoke(session: Session, id_: str, now: datetime) -> bool:
    """Let a token be worth nothing from now on, for all workers; False if that was done already."""
    next_generation(session, PEOPLE)
    here = AccessTokenRow.id == id_, AccessTokenRow.revoked_at.is_(None)
    revoked = update(AccessTokenRow).where(*here).values(revoked_at=now).returning(AccessTokenRow.id)
    return session.scalar(revoked) is not None


def prune(session: Session, before: datetime) -> None:
    """Forget tokens that have been over since *before*; what somebody is at is left for the next time."""
    over = select(AccessTokenRow.id).where(
        (AccessTokenRow.expires_at < before) | (AccessTokenRow.revoked_at < before)
    )
    session.execute(
        delete(AccessTokenRow).where(AccessTokenRow.id.in_(over.with_for_update(skip_locked=True))),
        execution_options={"synchronize_session": False},
    )


def take(session: Session, id_: str, *, minute: int, share: int, now: datetime, address: str) -> int | None:
    """Take a share of a token's calls for one worker, and note that it is used.

    Args:
        id_: The token's id.
        minute: Number of this minute.
        share: How many calls.
        now: When it is used, to the minute.
        address: From where.

    Returns:
        How many all workers took in that minute, the share among them; None if the token is gone.
    """
    same = AccessTokenRow.minute >= minute  # a machine whose clock is behind begins no minute anew
    statement = (
        update(AccessTokenRow)
        .where(AccessTokenRow.id == id_)
        .values(
            taken=case((same, AccessTokenRow.taken + share), else_=share),
            minute=case((same, AccessTokenRow.minute), else_=minute),
            used_at=now,
            address=address,
        )
        .returning(AccessTokenRow.taken)
    )
    return session.scalar(statement, execution_options={"synchronize_session": False})
