"""Reading and writing identities, and attempts to prove one. Who locks what first: see `storage.people`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from host.api.errors import ConflictError

from .declared import PEOPLE, next_generation
from .identity_rows import IdentityRow, OpenIdAttemptRow
from .models import AccountRoleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody as a provider knows them.

    Args:
        number: The database's own.
        account: Number of the account that is theirs.
        issuer: The provider.
        subject: What it calls them; None until they come.
        id_token: What it said last, sealed; None for nothing.
    """

    number: int
    account: int
    issuer: str
    subject: str | None
    id_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody on the way to the provider.

    Args:
        secrets: Nonce and code verifier, sealed.
        back: Where the provider sends them back to.
        target: Where they want to go.
    """

    secrets: str
    back: str
    target: str


def identity(session: Session, issuer: str, subject: str) -> Identity | None:
    """The identity that *issuer* calls *subject*."""
    return _one(session, IdentityRow.issuer == issuer, IdentityRow.subject == subject)


def identity_of(session: Session, account: int, issuer: str) -> Identity | None:
    """The identity that an account has with *issuer*, come or not."""
    return _one(session, IdentityRow.issuer == issuer, IdentityRow.account_id == account)


def identities_of(session: Session, account: int) -> list[Identity]:
    """All identities of an account."""
    found = session.scalars(
        select(IdentityRow).where(IdentityRow.account_id == account).order_by(IdentityRow.issuer)
    )
    return [_identity(each) for each in found]


def _one(session: Session, *where: object) -> Identity | None:
    row = session.scalars(select(IdentityRow).where(*where)).one_or_none()  # type: ignore[arg-type] # columns
    return None if row is None else _identity(row)


def _identity(row: IdentityRow) -> Identity:
    return Identity(
        number=row.id,
        account=row.account_id,
        issuer=row.issuer,
        subject=row.subject,
        id_token=row.id_token,
    )


def add_identity(session: Session, *, account: int, issuer: str, subject: str | None, now: datetime) -> None:
    """Let whoever *issuer* calls *subject* be *account*; None for whoever comes first by its user id.

    Raises:
        ConflictError: The subject is somebody else's, or the account has an identity with that issuer.
    """
    try:
        session.execute(
            insert(IdentityRow).values(account_id=account, issuer=issuer, subject=subject, made_at=now)
        )
    except IntegrityError:
        raise ConflictError(
            "That identity is another account's, or this account has one of that provider already. "
            "Nothing was changed."
        ) from None


def claim_identity(session: Session, number: int, subject: str) -> bool:
    """Let *subject* be whom an identity was kept for; False if somebody else was quicker."""
    here = IdentityRow.id == number, IdentityRow.subject.is_(None)
    changed = update(IdentityRow).where(*here).values(subject=subject).returning(IdentityRow.id)
    return session.scalar(changed) is not None


def use_identity(session: Session, issuer: str, subject: str, *, id_token: str, now: datetime) -> None:
    """Note that the provider vouched for somebody just now."""
    here = IdentityRow.issuer == issuer, IdentityRow.subject == subject
    session.execute(update(IdentityRow).where(*here).values(id_token=id_token, used_at=now))


def drop_identities(session: Session, account: int) -> int:
    """Take all identities of an account away; how many those were."""
    gone = delete(IdentityRow).where(IdentityRow.account_id == account).returning(IdentityRow.id)
    return len(session.scalars(gone).all())


def set_roles(session: Session, account: int, *, take: frozenset[str], give: frozenset[str]) -> None:
    """Take roles from an account and give it others."""
    next_generation(session, PEOPLE)
    here = AccountRoleRow.account_id == account, AccountRoleRow.role.in_(sorted(take))
    session.execute(delete(AccountRoleRow).where(*here))
    if give:
        session.execute(
            insert(AccountRoleRow), [{"account_id": account, "role": each} for each in sorted(give)]
        )


def add_attempt(
    session: Session,
    *,
    state_hash: str,
    browser_hash: str,
    secrets: str,
    back: str,
    target: str,
    now: datetime,
    ends: datetime,
) -> None:
    """Remember somebody who goes to the provider, and forget those whose time is over."""
    over = select(OpenIdAttemptRow.state_hash).where(OpenIdAttemptRow.expires_at <= now)
    over = over.with_for_update(skip_locked=True)
    session.execute(
        delete(OpenIdAttemptRow).where(OpenIdAttemptRow.state_hash.in_(over)),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        insert(OpenIdAttemptRow).values(
            state_hash=state_hash,
            browser_hash=browser_hash,
            secrets=secrets,
            back=back,
            target=target,
            expires_at=ends,
        )
    )


def take_attempt(session: Session, state_hash: str, browser_hash: str, now: datetime) -> Attempt | None:
    """Use an attempt up; None if it is unknown, used, over, or of another browser.

    One of another browser stays as it is: whoever learned a state cannot spoil the sign-in it belongs to.
    """
    row = session.execute(
        delete(OpenIdAttemptRow)
        .where(
            OpenIdAttemptRow.state_hash == state_hash,
            OpenIdAttemptRow.browser_hash == browser_hash,
            OpenIdAttemptRow.expires_at > now,
        )
        .returning(OpenIdAttemptRow.secrets, OpenIdAttemptRow.back, OpenIdAttemptRow.target)
    ).one_or_none()
    return None if row is None else Attempt(secrets=row.secrets, back=row.back, target=row.target)
