"""API tokens: made, shown once, listed, revoked, and recognised."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from host.api.errors import ConflictError, InputError, NotFoundError
from host.api.values import N_, Actor, JsonValue
from host.domain.access_tokens import (
    KEPT,
    MOST_TOKENS,
    SHOWN,
    USUAL_LIFE,
    AccessToken,
    Bearer,
    checked_life,
    checked_name,
    digest,
    id_of,
    made,
)
from host.domain.audit import AuditEntry
from host.domain.errors import SignInError
from host.domain.metering import Left
from host.domain.people import Account
from host.domain.throttling import network_of
from host.storage import access_tokens as store
from host.storage import granting as giving
from host.storage import people
from host.storage.records import add_audit

from .granting import check_may_touch
from .house import House
from .people import actor_of, existing
from .throttling import attempt

MANAGE = "host.tokens.manage"
WRONG = "The API token is wrong, over or revoked, or its account is disabled."
NONE_SUCH = "There is no such token. Nothing was changed."
REVOKED = N_("The token was revoked already. Nothing was changed.")


def recognised(house: House, token: str, address: str) -> Bearer:
    """Who shows *token*.

    A right one is known by its hash at the cost of a lookup in memory, so only wrong ones are counted: for
    the address they come from, and apart from signing in, since a forgotten program must keep nobody out.
    What has not the form of a token is none; it costs nothing, and is not counted either.

    Args:
        house: The house.
        token: What was sent, which may be anything.
        address: Where it came from.

    Raises:
        SignInError: It opens nothing; it does not say why.
        ThrottledError: Too often one that came from there did not.
    """
    id_ = id_of(token)
    if id_ is None:
        raise SignInError(WRONG)
    found = house.decisions.bearer(id_, digest(token))
    if found is not None and found.counts(house.clock()):
        return found
    with attempt(house, network_of(address), kind=SHOWN):
        raise SignInError(WRONG)


def acting(house: House, bearer: Bearer) -> Actor:
    """Whoever shows a token as somebody who acts: what the account may do and the token is for."""
    account = actor_of(house, bearer.account)
    return Actor(
        user_id=account.user_id,
        full_name=account.full_name,
        roles=account.roles,
        permissions=account.permissions & bearer.token.permissions,
    )


def metered(house: House, bearer: Bearer, address: str) -> Left:
    """Count one call, and note that the token is used."""
    return house.meters.count(house.stores.host, bearer.token.id, house.api_rate, house.clock(), address)


def add_token(
    house: House,
    user_id: str,
    *,
    name: str,
    permissions: Collection[str],
    actor: Actor,
    days: int = USUAL_LIFE,
) -> tuple[AccessToken, str]:
    """Make a token that acts as *user_id*.

    Args:
        house: The house.
        user_id: Whose token it is.
        name: What it is for.
        permissions: What it may do; its owner must be able to do that now.
        actor: Who makes it.
        days: For how long it counts.

    Returns:
        The token as it is listed, and the text of it, which is kept nowhere.

    Raises:
        NotFoundError: There is no such account.
        InputError: Name, days or a permission is not usable.
        ConflictError: The account has as many as it may have, or is disabled.
        NotAllowedError: It is somebody else's account, which may do more than the actor.
    """
    name, life, wanted = checked_name(name), checked_life(days), frozenset(permissions)
    with house.stores.host.writing() as session:
        account = existing(people.account(session, user_id), user_id)
        people.standing(session, account.number)  # one at a time, or there could be more than there may be
        _check_owner(house, session, actor, account)
        _check_may(wanted, actor_of(house, account).permissions)
        now = house.clock()
        _make_room(session, account, now)
        id_, text = made()
        token = AccessToken(
            id=id_,
            user_id=account.user_id,
            name=name,
            permissions=wanted,
            created_at=now,
            expires_at=now + life,
        )
        store.add(session, account.number, digest(text), token)
        _note(session, now, actor, "token.added", token)
    return token, text


def list_tokens(house: House, user_id: str | None = None) -> list[AccessToken]:
    """Tokens of one account, or everybody's; those that are over stay listed for a while.

    Raises:
        NotFoundError: There is no such account.
    """
    with house.stores.host.reading() as session:
        if user_id is None:
            return store.tokens(session)
        account = existing(people.account(session, user_id), user_id)
        return store.tokens(session, account.number)


def visible(house: House, actor: Actor) -> list[AccessToken]:
    """The tokens that *actor* may see: their own, or everybody's."""
    return list_tokens(house, None if actor.may(MANAGE) else actor.user_id)


def one_token(house: House, id_: str, actor: Actor) -> AccessToken:
    """A token that *actor* may see.

    Raises:
        NotFoundError: There is none; somebody else's is none for who may not see it.
    """
    found = next((each for each in visible(house, actor) if each.id == id_), None)
    if found is None:
        raise NotFoundError(NONE_SUCH)
    return found


def revoke_token(house: House, id_: str, actor: Actor) -> AccessToken:
    """Let a token be worth nothing from now on.

    Args:
        house: The house.
        id_: The token's id.
        actor: Who does it: the owner, or somebody who looks after everybody's.

    Raises:
        NotFoundError: There is no such token that *actor* may see.
        ConflictError: It was revoked before.
    """
    token = one_token(house, id_, actor)
    with house.stores.host.writing() as session:
        now = house.clock()
        if not store.revoke(session, token.id, now):
            raise ConflictError(REVOKED)
        _note(session, now, actor, "token.revoked", token)
    return token


def _check_owner(house: House, session: Session, actor: Actor, account: Account) -> None:
    """One's own, or that of somebody who can do no more: a token acts as its owner."""
    if actor.user_id != account.user_id:
        check_may_touch(house, actor, account, giving.own_roles(session))
    if account.disabled_at is not None:
        raise ConflictError(N_("%(user_id)s is disabled, so there can be no token.", user_id=account.user_id))


def _check_may(wanted: frozenset[str], held: frozenset[str]) -> None:
    if not wanted:
        raise InputError(N_("A token must be for something: choose at least one permission."))
    missing = sorted(wanted - held)
    if missing:
        raise InputError(
            N_(
                "Its owner does not hold the permission %(permission)s, so no token can be for it. "
                "Nothing was changed.",
                permission=missing[0][:80],
            )
        )


def _make_room(session: Session, account: Account, now: datetime) -> None:
    store.prune(session, now - KEPT)
    if store.standing(session, account.number, now) >= MOST_TOKENS:
        raise ConflictError(
            N_(
                "%(user_id)s has %(most)s tokens already. Revoke one that is not needed any more.",
                user_id=account.user_id,
                most=MOST_TOKENS,
            )
        )


def _note(session: Session, now: datetime, actor: Actor, action: str, token: AccessToken) -> None:
    """What a token is stands in the log; what it could be used with does not."""
    what: JsonValue = {
        "token": token.id,
        "name": token.name,
        "permissions": sorted(token.permissions),
        "expires_at": token.expires_at.isoformat(),
    }
    before, after = (None, what) if action == "token.added" else (what, None)
    add_audit(session, AuditEntry(now, actor.user_id, "host", action, token.user_id, before, after))
