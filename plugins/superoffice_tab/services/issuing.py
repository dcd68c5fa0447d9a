"""The issuer's side: make keys, and sign a set (formats.md 1). joserfc does the cryptography."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from host.api import InputError
from superoffice_tab.domain import strict_json
from superoffice_tab.domain.envelope import (
    ALGORITHM,
    LICENCE_REGISTRY,
    LICENCE_TYPE,
    OWNER_KEY_REGISTRY,
    OWNER_KEY_TYPE,
)
from superoffice_tab.domain.licences import Claims
from superoffice_tab.schemas.claims import parse_object

from .files import read_bytes
from .roots import read_jwk

_LARGEST_CLAIMS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """Where a new key was written, and its RFC 7638 thumbprint."""

    private: Path
    public: Path
    thumbprint: str


def make_keys(stem: Path) -> KeyPair:
    """Make a key pair: ``<stem>.private.jwk``, readable by its owner alone, and ``<stem>.public.jwk``.

    Raises:
        InputError: One of the files is there already (nothing is overwritten), or cannot be written.
    """
    if not stem.name:
        raise InputError("expected a path to write the keys to, such as keys/root", source=str(stem))
    private, public = (stem.with_name(f"{stem.name}.{half}.jwk") for half in ("private", "public"))
    for path in (private, public):
        if path.exists():
            raise InputError("there is a key already, and keys are never overwritten", source=str(path))
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        _write_new(private, key.as_dict(private=True), 0o600)
        _write_new(public, key.as_dict(private=False), 0o644)
    except OSError as error:
        raise InputError(f"this key cannot be written: {error.strerror}", source=str(stem)) from error
    return KeyPair(private=private, public=public, thumbprint=key.thumbprint())


def sign_file(
    claims_file: Path,
    *,
    root_key: Path,
    owner_key: Path,
    owner_key_days: int,
    target: Path,
    clock: Callable[[], datetime],
) -> Claims:
    """Sign the claims in a JSON file and write a licence file.

    ``iat`` and ``nbf`` are now where the file leaves them out.

    Args:
        root_key: Private JWK of the root; it states whose key the owner key is.
        owner_key: Private JWK of the owner; it signs the set.
        owner_key_days: For how many days from now the root's statement is good.
        target: The licence file; it must not be there yet.

    Returns:
        What was signed.

    Raises:
        InputError: The claims are not what formats.md 1 says, a key is not a private Ed25519 key, or
            the target exists.
    """
    source = str(claims_file)
    now = clock()
    try:
        content = strict_json.read(read_bytes(claims_file, _LARGEST_CLAIMS).decode("utf-8"))
    except ValueError as error:
        raise InputError(f"these claims are not JSON: {error}", source=source) from error
    if not isinstance(content, dict):
        raise InputError("the claims must be a JSON object with iss, aud, seq and licence", source=source)
    content = {"iat": int(now.timestamp()), "nbf": int(now.timestamp()), **content}
    try:
        claims = parse_object(content)
    except InputError as error:
        raise InputError(getattr(error, "detail", str(error)), source=source) from error
    root, owner = private_key(root_key), private_key(owner_key)
    statement = state_owner_key(claims.issuer, owner, root, now, now + timedelta(days=owner_key_days))
    signed = sign(content, owner, statement)
    try:
        with target.open("x", encoding="ascii", newline="\n") as file:
            file.write(signed)
    except FileExistsError as error:
        raise InputError("this file exists already; name another", source=str(target)) from error
    except OSError as error:
        raise InputError(f"this file cannot be written: {error.strerror}", source=str(target)) from error
    return claims


def private_key(path: Path) -> OKPKey:
    """The private Ed25519 key in a JWK file.

    Raises:
        InputError: It is something else.
    """
    jwk = read_jwk(path)
    problem = "this is not a private Ed25519 key in JWK form"
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise InputError(problem, source=str(path))
    try:
        return OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "d")})
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise InputError(problem, source=str(path)) from error


def state_owner_key(owner: str, key: OKPKey, root: OKPKey, start: datetime, end: datetime) -> str:
    """A root's statement that *key* signs for *owner* from *start* to *end*: a compact JWS."""
    claims = {
        "owner": owner,
        "jwk": {name: key.as_dict(private=False)[name] for name in ("kty", "crv", "x")},
        "nbf": int(start.timestamp()),
        "exp": int(end.timestamp()),
    }
    header = {"alg": ALGORITHM, "kid": root.thumbprint(), "typ": OWNER_KEY_TYPE}
    return jws.serialize_compact(header, json.dumps(claims), root, registry=OWNER_KEY_REGISTRY)


def sign(claims: dict[str, Any], key: OKPKey, owner_key: str) -> str:
    """A licence file: flattened JWS over *claims*, with the root's statement in its header."""
    header = {"alg": ALGORITHM, "typ": LICENCE_TYPE, "kid": key.thumbprint(), "owner_key": owner_key}
    payload = json.dumps(claims, ensure_ascii=False)
    signed = jws.serialize_json({"protected": header}, payload, key, registry=LICENCE_REGISTRY)
    members = {name: dict(signed)[name] for name in ("protected", "payload", "signature")}
    return json.dumps(members, indent=1) + "\n"


def _write_new(path: Path, jwk: Any, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(jwk, file, indent=2)
        file.write("\n")
