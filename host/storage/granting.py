"""Reading and writing who has which role, and what the roles bring that people made.

Whoever changes something here moves the number of `PEOPLE` first and keeps it until the transaction ends. So
one goes after the other, and what is read then, such as who else is administrator, still holds at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from host.domain.people import Account
from host.domain.roles import ADMINISTRATOR, OwnRole

from .base import insert_into
from .declared import PEOPLE, next_generation
from .models import AccountRoleRow, AccountRow, SessionRow
from .people import ACCOUNT
from .role_rows import RolePermissionRow, RoleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An account as it is listed.

    Args:
        account: Who.
        created_at: Since when there is an account.
        signed_in_at: When they signed in last; None for never.
        sessions: With how many browsers they are signed in.
        has_password: Whether a password can sign them in.
    """

    account: Account
    created_at: datetime
    signed_in_at: datetime | None
    sessions: int
    has_password: bool


def take_turn(session: Session, *, decisions: bool = False) -> None:
    """Be the only one who changes people and roles until the transaction ends, and tell all workers of it.

    Args:
        session: The transaction.
        decisions: Whether what roles bring is changed too, which every worker keeps a picture of.
    """
    if decisions:
        next_generation(session)
    next_generation(session, PEOPLE)


def own_roles(session: Session) -> dict[str, OwnRole]:
    """The roles that people made, by name."""
    brought: dict[str, set[str]] = {}
    for role, permission in session.execute(select(RolePermissionRow.role, RolePermissionRow.permission)):
        brought.setdefault(role, set()).add(permission)
    rows = session.execute(select(RoleRow.name, RoleRow.title).order_by(RoleRow.name))
    return {
        name: OwnRole(name=name, title=title, permissions=frozenset(brought.get(name, ())))
        for name, title in rows
    }


def store_role(session: Session, role: OwnRole, *, now: datetime, by: str) -> None:
    """Keep *role* in place of what had its name."""
    values = {"title": role.title, "changed_at": now, "changed_by": by}
    statement = insert_into(session, RoleRow).values(name=role.name, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
    session.execute(delete(RolePermissionRow).where(RolePermissionRow.role == role.name))
    if role.permissions:
        rows = [{"role": role.name, "permission": each} for each in sorted(role.permissions)]
        session.execute(insert(RolePermissionRow), rows)


def drop_role(session: Session, name: str) -> None:
    """Forget a role."""
    session.execute(delete(RolePermissionRow).where(RolePermissionRow.role == name))
    session.execute(delete(RoleRow).where(RoleRow.name == name))


def holders(session: Session, role: str) -> dict[int, str]:
    """User ids of those who have *role*, disabled or not, by number, in alphabetical order."""
    rows = session.execute(
        select(AccountRow.id, AccountRow.user_id)
        .join(AccountRoleRow, AccountRoleRow.account_id == AccountRow.id)
        .where(AccountRoleRow.role == role)
        .order_by(AccountRow.user_key)
    )
    return {row.id: row.user_id for row in rows}


def counted_holders(session: Session) -> dict[str, int]:
    """How many accounts have each role that somebody has."""
    rows = session.execute(select(AccountRoleRow.role, func.count()).group_by(AccountRoleRow.role))
    return {row[0]: row[1] for row in rows}


def other_administrator(session: Session, number: int) -> bool:
    """Whether somebody else than that account is administrator and may sign in."""
    found = session.scalar(
        select(AccountRow.id)
        .join(AccountRoleRow, AccountRoleRow.account_id == AccountRow.id)
        .where(
            AccountRoleRow.role == ADMINISTRATOR, AccountRow.id != number, AccountRow.disabled_at.is_(None)
        )
        .limit(1)
    )
    return found is not None


def any_account(session: Session) -> bool:
    """Whether anybody can have an account here at all."""
    return session.scalar(select(AccountRow.id).limit(1)) is not None


def set_roles(session: Session, number: int, roles: Iterable[str]) -> None:
    """Give an account these roles and no others."""
    session.execute(delete(AccountRoleRow).where(AccountRoleRow.account_id == number))
    wanted = [{"account_id": number, "role": each} for each in sorted(set(roles))]
    if wanted:
        session.execute(insert(AccountRoleRow), wanted)


def take_role(session: Session, number: int, role: str) -> None:
    """Take one role from an account."""
    here = AccountRoleRow.account_id == number, AccountRoleRow.role == role
    session.execute(delete(AccountRoleRow).where(*here))


def set_values(session: Session, number: int, **values: object) -> None:
    """Set columns of one account, by whoever has taken their turn."""
    session.execute(update(AccountRow).where(AccountRow.id == number).values(**values))


def listed(session: Session, now: datetime, *, number: int | None = None) -> list[Listed]:
    """All accounts by user id, or the one with that *number*, in three statements however many there are.

    Args:
        session: To read with.
        now: Sessions that are over by then do not count.
        number: The database's number of one account; None for all.
    """
    here = () if number is None else (AccountRow.id == number,)
    roles: dict[int, list[str]] = {}
    which = () if number is None else (AccountRoleRow.account_id == number,)
    for owner, role in session.execute(
        select(AccountRoleRow.account_id, AccountRoleRow.role).where(*which).order_by(AccountRoleRow.role)
    ):
        roles.setdefault(owner, []).append(role)
    counted = select(SessionRow.account_id, func.count()).where(SessionRow.expires_at > now)
    alive = {row[0]: row[1] for row in session.execute(counted.group_by(SessionRow.account_id))}
    rows = session.execute(
        select(
            AccountRow.created_at, AccountRow.signed_in_at, AccountRow.password_hash.is_not(None), *ACCOUNT
        )
        .where(*here)
        .order_by(AccountRow.user_key)
    )
    return [
        Listed(
            account=_account(rest, roles.get(rest[0], [])),
            created_at=created_at,
            signed_in_at=signed_in_at,
            sessions=alive.get(rest[0], 0),
            has_password=bool(has_password),
        )
        for created_at, signed_in_at, has_password, *rest in rows
    ]


def _account(columns: list[object], roles: list[str]) -> Account:
    number, user_id, full_name, language, timezone, disabled_at, portrait_type = columns
    return Account(
        number=number,  # type: ignore[arg-type] # the columns of `ACCOUNT`, in its order
        user_id=user_id,  # type: ignore[arg-type]
        full_name=full_name,  # type: ignore[arg-type]
        language=language,  # type: ignore[arg-type]
        timezone=timezone,  # type: ignore[arg-type]
        disabled_at=disabled_at,  # type: ignore[arg-type]
        has_portrait=portrait_type is not None,
        roles=tuple(roles),
    )
