"""Ed25519 public keys in JWK form, known by their RFC 7638 thumbprints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey


class NotAnEd25519KeyError(ValueError):
    """A JWK is no public Ed25519 key; the text says why."""


class Roots:
    """The root keys that an installation trusts, by thumbprint.

    Args:
        keys: Public keys. None at all is possible: then no file is accepted.
    """

    def __init__(self, keys: Iterable[OKPKey] = ()) -> None:
        self._keys = {key.thumbprint(): key for key in keys}

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, thumbprint: object) -> OKPKey | None:
        """The root with this thumbprint, if it is trusted."""
        return self._keys.get(thumbprint) if isinstance(thumbprint, str) else None

    @property
    def thumbprints(self) -> list[str]:
        """Thumbprints of all trusted roots, sorted."""
        return sorted(self._keys)


def public_key(jwk: Any) -> OKPKey:
    """The public key in *jwk*, reduced to what makes it one, so that nothing else in it is followed.

    Raises:
        NotAnEd25519KeyError: It is something else, or a private key.
    """
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise NotAnEd25519KeyError("it is not a JWK with kty OKP and crv Ed25519")
    if "d" in jwk:
        raise NotAnEd25519KeyError("it is a private key; only its public half belongs here")
    x = jwk.get("x")
    if not isinstance(x, str):
        raise NotAnEd25519KeyError("its x is missing")
    try:
        return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
    except (JoseError, ValueError) as error:
        raise NotAnEd25519KeyError("its x is not 32 bytes in base64url") from error
