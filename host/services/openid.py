"""Signing in with the company's identity provider, and out again."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.api.errors import ConflictError
from host.api.values import N_
from host.domain.audit import shortened
from host.domain.errors import ConfigurationError, OpenIdError
from host.domain.openid import ATTEMPT_LIFE
from host.domain.people import SignedIn
from host.domain.sessions import OPENID, SECOND, Begun
from host.storage import identities as store

from .house import House
from .openid_accounts import NOT_HERE, account_of
from .openid_tokens import DOWN, NOT_BELIEVED
from .people import actor_of
from .refusals import note_failed
from .sessions import begin, digest
from .signing_in import Admit

if TYPE_CHECKING:
    from .openid_provider import Provider, Vouched  # httpx comes with it, only where there is a provider

STALE = N_(
    "This sign-in was begun in another browser, has been finished already, or took more than ten minutes. "
    "Nothing was changed. Start again."
)
BROKEN_OFF = N_(
    "The identity provider did not sign you in: it refused, or you broke off. Nothing was changed."
)
NOT_OPEN = N_(
    "This host is not open to everybody whom the identity provider knows, and it does not say that you are "
    "one of those. Ask an administrator."
)


def provider_of(house: House) -> Provider:
    """The identity provider.

    Raises:
        OpenIdError: None was set up.
    """
    if house.provider is None:
        raise OpenIdError("none set up", NOT_HERE, 404)
    return house.provider


def set_out(house: House, *, browser: str, back: str, target: str) -> str:
    """The address that somebody goes to for signing in.

    Args:
        house: The house.
        browser: What their browser alone knows.
        back: Where the provider is to send them back to.
        target: Where they want to go, a path of this host.

    Raises:
        OpenIdError: The provider cannot be asked.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    address = provider_of(house).way_in(state=state, nonce=nonce, verifier=verifier, back=back)
    now = house.clock()
    with house.stores.host.writing() as session:
        store.add_attempt(
            session,
            state_hash=digest(state),
            browser_hash=digest(browser),
            secrets=house.keys.seal(json.dumps([nonce, verifier])),
            back=back,
            target=target,
            now=now,
            ends=now + ATTEMPT_LIFE,
        )
    return address


def come_back(
    house: House,
    answer: dict[str, str],
    admit: Admit,
    *,
    browser: str,
    address: str = "",
    agent: str = "",
) -> tuple[Begun, str]:
    """Take what the provider sent somebody back with, and start a session or ask for the second factor.

    Args:
        house: The house.
        answer: The parameters that the browser brought.
        admit: Raises if they may not be here now.
        browser: What their browser alone knows.
        address: Where they are.
        agent: What their browser calls itself.

    Returns:
        What came of it, and where they want to go.

    Raises:
        OpenIdError: It does not hold, or they may not sign in here.
        ClosedError: They may not be here now.
    """
    try:
        found = _vouched(house, answer, browser)
        return _begun(house, found, admit, address, agent), found.target
    except OpenIdError as error:  # nobody guesses a state, and a provider that is down keeps nobody waiting
        note_failed(house, "", OPENID, error.reason)
        raise


@dataclass(frozen=True, slots=True)
class _Found:
    """Who came back, and where they want to go."""

    vouched: Vouched
    target: str


def _vouched(house: House, answer: dict[str, str], browser: str) -> _Found:
    provider = provider_of(house)
    with house.stores.host.writing() as session:
        kept = store.take_attempt(session, digest(answer.get("state", "")), digest(browser), house.clock())
    if kept is None:
        raise OpenIdError("state", STALE, 400)
    _check_answer(provider, answer)
    nonce, verifier = json.loads(house.keys.unseal(kept.secrets))
    vouched = provider.vouch(answer["code"], nonce=nonce, verifier=verifier, back=kept.back)
    missing = provider.settings.missing(vouched.claims)
    if missing:
        raise OpenIdError(f"required claim: {missing}", NOT_OPEN, 403)
    return _Found(vouched, kept.target)


def _begun(house: House, found: _Found, admit: Admit, address: str, agent: str) -> Begun:
    settings = provider_of(house).settings
    second = (SECOND,) if settings.second_factor(found.vouched.claims) else ()
    for again in (True, False):
        try:
            with house.stores.host.writing() as session:
                account = account_of(house, session, settings, found.vouched)
                admit(actor_of(house, account))
                return begin(
                    house,
                    session,
                    account,
                    proved=(OPENID, *second),
                    address=address,
                    agent=agent,
                    target=found.target,
                )
        except ConflictError as error:
            if not again:  # else they came twice at the same time, and are known by now
                raise OpenIdError("account taken meanwhile", STALE, 409) from error
    raise AssertionError("the second time returns or raises")


def _check_answer(provider: Provider, answer: dict[str, str]) -> None:
    """Whether there is a code of this very provider (RFC 9207; ASVS 10.2.2)."""
    issuer = answer.get("iss")
    sent = provider.metadata().get("authorization_response_iss_parameter_supported") is True
    if (issuer is None and sent) or issuer not in {None, provider.settings.issuer}:
        raise OpenIdError("issuer of the answer", NOT_BELIEVED, 400)
    error = answer.get("error")
    if error in {"server_error", "temporarily_unavailable"}:
        raise OpenIdError(error, DOWN, 502)
    if error is not None:
        raise OpenIdError(f"answer: {shortened(error, 40)}", BROKEN_OFF, 403)
    if not answer.get("code"):
        raise OpenIdError("no code", STALE, 400)


def note_failure(house: House, error: OpenIdError) -> None:
    """Write down that somebody could not be sent to the provider, and why."""
    note_failed(house, "", OPENID, error.reason)


def way_out(house: House, person: SignedIn, back: str) -> str:
    """Where somebody signs out at the provider too, if they had signed in there; "" for nowhere.

    Args:
        person: Who, as they were signed in.
        back: Where the provider is to send them back to.
    """
    provider = house.provider
    if provider is None or OPENID not in person.proved:
        return ""
    with house.stores.host.reading() as session:
        identity = store.identity_of(session, person.account.number, provider.settings.issuer)
    if identity is None:
        return ""
    return provider.way_out(id_token=_last_word(house, identity), back=back)


def _last_word(house: House, identity: store.Identity) -> str:
    """The ID token that the provider gave last; "" where it cannot be read any more."""
    try:
        return house.keys.unseal(identity.id_token) if identity.id_token else ""
    except ConfigurationError:
        return ""  # the installation has another secret since
