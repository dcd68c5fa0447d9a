"""Whether an ID token holds (OpenID Connect Core 3.1.3.7; ASVS 9.1, 9.2, 10.5.1 to 10.5.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from host.api.values import N_
from host.domain.errors import OpenIdError
from host.domain.openid import ALGORITHMS, LEEWAY, LONGEST_SUBJECT, OpenIdSettings

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

KINDS = frozenset({"RSA", "EC", "OKP"})
"""Kinds of keys that have a public half: a shared secret in a public list would be no secret."""
SHORTEST_MODULUS = 342
"""Characters of the modulus of 2,048 bits, which an RSA key must have at least (ASVS 11.2.3)."""
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError)
"""What libraries raise at answers that are nothing of what they should be."""
DOWN = N_(
    "The identity provider cannot be reached, or gave no answer that can be used. Try again in a minute; "
    "until then you can sign in with a password, if you have one here."
)
NOT_BELIEVED = N_(
    "What the identity provider said about you is not believed here. Nothing was changed. Start again; if it "
    "stays, tell an administrator."
)


def public_keys(document: Mapping[str, Any]) -> KeySet:
    """The keys in a provider's list that ID tokens may be signed with; the others are passed over.

    Raises:
        ValueError: There are none.
    """
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry, KeySet

    keys = []
    for each in document["keys"]:
        weak = each.get("kty") == "RSA" and len(each.get("n", "")) < SHORTEST_MODULUS
        if each.get("kty") in KINDS and each.get("use", "sig") == "sig" and not weak:
            with suppress(JoseError, *UNREADABLE):  # of a kind that nobody here knows
                keys.append(JWKRegistry.import_key(each))
    if not keys:
        raise ValueError("there is no key in it")
    return KeySet(keys)


def verified(
    id_token: str,
    keys: Callable[[bool], KeySet],
    settings: OpenIdSettings,
    *,
    nonce: str,
    access_token: object,
    now: datetime,
) -> dict[str, Any]:
    """The claims of an ID token that holds.

    Args:
        id_token: As it came.
        keys: The provider's keys; asked anew if the token is signed with one that is not known yet.
        settings: Whose it must be, and for whom.
        nonce: What this sign-in was given.
        access_token: What came with it.
        now: The time now.

    Raises:
        OpenIdError: It does not hold; the reason names the claim.
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import InvalidKeyIdError, JoseError

    try:
        try:
            decoded = _decoded(id_token, keys(False))
        except InvalidKeyIdError:
            decoded = _decoded(id_token, keys(True))
        if str(decoded.header.get("typ", "JWT")).upper() != "JWT":  # an access token, say (ASVS 9.2.2)
            raise OpenIdError("ID token: typ", NOT_BELIEVED)
        options = {
            "iss": {"essential": True, "value": settings.issuer},
            "aud": {"essential": True, "value": settings.client_id},
            "nonce": {"essential": True, "value": nonce},
            "sub": {"essential": True},
        }
        params = {"nonce": nonce, "client_id": settings.client_id, "access_token": access_token}
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, *UNREADABLE) as error:
        reason = f"ID token: {getattr(error, 'claim', '') or getattr(error, 'error', '') or 'unreadable'}"
        raise OpenIdError(reason, NOT_BELIEVED) from error
    if not 1 <= len(claims["sub"]) <= LONGEST_SUBJECT or "\0" in claims["sub"]:
        raise OpenIdError("ID token: sub", NOT_BELIEVED)
    return dict(claims)


def _decoded(id_token: str, keys: KeySet) -> Any:
    from joserfc import jwt
    from joserfc.jws import JWSRegistry

    registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    return jwt.decode(id_token, key=keys, registry=registry)
