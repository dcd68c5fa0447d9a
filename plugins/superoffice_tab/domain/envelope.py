"""The signed envelope of a licence file, verified before its claims are read (formats.md 1).

The verifier has an allow-list of its own and never follows the file: one algorithm, four header
names, no addresses of keys. All cryptography is joserfc's.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import FlattenedJSONSerialization, JWSRegistry
from joserfc.registry import HeaderParameter, HeaderRegistryDict
from joserfc.util import urlsafe_b64decode

from host.api import N_, Text

from . import strict_json
from .keys import NotAnEd25519KeyError, Roots, public_key
from .verdicts import Verdict, VerdictError

ALGORITHM = "Ed25519"
LICENCE_TYPE = "tabhost-licence+json"
OWNER_KEY_TYPE = "tabhost-owner-key+json"
LARGEST_FILE = 5_000_000

_MEMBERS = ("protected", "payload", "signature")
# White space that one flipped bit turns into other white space (tab ↔ carriage return), and escapes,
# whose digits are the same in either case. Without both, every single-bit change is found.
_AMBIGUOUS = re.compile(rb"\r(?!\n)|\t\n|\\")


class _Registry(JWSRegistry):
    """What may stand in a header, and how long it may be; joserfc's own limits are too small."""

    default_header_registry: HeaderRegistryDict = {  # noqa: RUF012 - joserfc declares it so
        "alg": HeaderParameter("Algorithm", "str", True),
        "typ": HeaderParameter("Type", "str", True),
        "kid": HeaderParameter("Key ID", "str", True),
    }
    max_header_length = 8_192
    max_payload_length = LARGEST_FILE


LICENCE_REGISTRY = _Registry({"owner_key": HeaderParameter("Owner key", "str", True)}, [ALGORITHM])
OWNER_KEY_REGISTRY = _Registry(algorithms=[ALGORITHM])


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The outside of a licence file, read but not yet believed."""

    members: FlattenedJSONSerialization
    header: dict[str, Any]
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerKey:
    """A root's statement that a key signs for an owner, verified."""

    owner: str
    key: OKPKey
    root: str
    not_before: datetime
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A payload that an owner signed, with the key chain behind it."""

    payload: bytes
    owner_key: OwnerKey


def verify(content: bytes, roots: Roots, now: datetime) -> Verified:
    """Verify the envelope of *content*.

    Args:
        content: The file as it came.
        roots: Root keys pinned in the installation.
        now: The time now, aware.

    Raises:
        VerdictError: too-large, malformed, type, algorithm, unknown-root, owner-key-expired or signature.
    """
    envelope = read(content)
    if envelope.header.get("typ") != LICENCE_TYPE:
        raise VerdictError(Verdict.TYPE)
    if envelope.header.get("alg") != ALGORITHM:
        raise VerdictError(Verdict.ALGORITHM)
    owner_key = verify_owner_key(envelope.header.get("owner_key"), roots)
    if not owner_key.not_before <= now < owner_key.expires:
        days = {"first": f"{owner_key.not_before:%Y-%m-%d}", "last": f"{owner_key.expires:%Y-%m-%d}"}
        detail = N_("it is valid from %(first)s to %(last)s", **days)
        raise VerdictError(Verdict.OWNER_KEY_EXPIRED, detail)
    if not signed_by(envelope, owner_key.key):
        raise VerdictError(Verdict.SIGNATURE)
    return Verified(payload=envelope.payload, owner_key=owner_key)


def read(content: bytes) -> Envelope:
    """Read the envelope of *content* without believing it.

    Raises:
        VerdictError: too-large or malformed.
    """
    if len(content) > LARGEST_FILE:
        raise VerdictError(Verdict.TOO_LARGE)
    if _AMBIGUOUS.search(content):
        raise VerdictError(Verdict.MALFORMED, N_("it has stray tabs, carriage returns or backslashes"))
    try:
        members = _members(strict_json.read(content.decode("ascii")))
        parts = {name: urlsafe_b64decode(members[name].encode("ascii")) for name in _MEMBERS}
        header = strict_json.read(parts["protected"].decode("utf-8"))
    except UnicodeError as error:
        raise VerdictError(Verdict.MALFORMED, N_("it is not plain text")) from error
    except (TypeError, ValueError) as error:
        raise VerdictError(Verdict.MALFORMED, str(error) or "it is not base64url") from error
    if not isinstance(header, dict) or not set(header) <= set(LICENCE_REGISTRY.header_registry):
        raise VerdictError(
            Verdict.MALFORMED, N_("its header must hold alg, typ, kid and owner_key, and no others")
        )
    return Envelope(
        members=cast("FlattenedJSONSerialization", members), header=header, payload=parts["payload"]
    )


def _members(content: Any) -> dict[str, str]:
    if not isinstance(content, dict) or sorted(content) != sorted(_MEMBERS):
        detail = N_("it must have the members protected, payload and signature, and no others")
        raise VerdictError(Verdict.MALFORMED, detail)
    if not all(isinstance(value, str) for value in content.values()):
        raise VerdictError(Verdict.MALFORMED, N_("its members must be text"))
    return content


def verify_owner_key(token: Any, roots: Roots) -> OwnerKey:
    """Verify a root's statement about an owner's key; whether it is valid today is not looked at.

    Raises:
        VerdictError: unknown-root: it is missing, malformed, or no pinned root signed it.
    """
    if not isinstance(token, str):
        raise VerdictError(Verdict.UNKNOWN_ROOT, N_("the header has no owner_key"))
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=OWNER_KEY_REGISTRY)
        header = signed.headers()
        root = roots.get(header.get("kid"))
        if root is None:
            raise VerdictError(Verdict.UNKNOWN_ROOT, _which_root(header.get("kid"), roots))
        if header.get("typ") != OWNER_KEY_TYPE:
            detail = N_("the owner key's typ must be %(type)s", type=OWNER_KEY_TYPE)
            raise VerdictError(Verdict.UNKNOWN_ROOT, detail)
        if not jws.validate_compact(signed, root, registry=OWNER_KEY_REGISTRY):
            raise VerdictError(Verdict.UNKNOWN_ROOT, N_("the root's signature on the owner key is wrong"))
        return owner_key_claims(signed.payload, root.thumbprint())
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        detail = N_("its owner_key is not a compact JWS by a root")
        raise VerdictError(Verdict.UNKNOWN_ROOT, detail) from error


def owner_key_claims(payload: bytes, root: str) -> OwnerKey:
    """What a root says about an owner's key.

    Args:
        payload: The claims, whether verified or not is the caller's affair.
        root: Thumbprint of the root.

    Raises:
        VerdictError: unknown-root: a claim is missing or of the wrong kind.
    """
    try:
        claims = strict_json.read(payload.decode("utf-8"))
        owner, key = str.upper(claims["owner"]), public_key(claims["jwk"])
        nbf, exp = (datetime.fromtimestamp(operator.index(claims[name]), UTC) for name in ("nbf", "exp"))
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        why = str(error) if isinstance(error, NotAnEd25519KeyError) else "it must say owner, jwk, nbf and exp"
        raise VerdictError(Verdict.UNKNOWN_ROOT, f"the owner key is incomplete: {why}") from error
    return OwnerKey(owner=owner, key=key, root=root, not_before=nbf, expires=exp)


def signed_by(envelope: Envelope, key: OKPKey) -> bool:
    """Whether *key* signed *envelope*, and its ``kid`` says so."""
    if envelope.header.get("kid") != key.thumbprint():
        return False
    try:
        jws.deserialize_json(envelope.members, key, registry=LICENCE_REGISTRY)
    except (JoseError, ValueError):
        return False
    return True


def _which_root(kid: object, roots: Roots) -> Text:
    if not len(roots):
        return N_("no root key is pinned here")
    known = ", ".join(roots.thumbprints)
    return N_("the file names root %(root)s; pinned here: %(known)s", root=str(kid), known=known)
