"""Speaking with the identity provider: what it says of itself, its keys, and whom it vouches for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

import httpx

from host.domain.errors import OpenIdError
from host.domain.openid import OpenIdSettings

from .openid_tokens import DOWN, NOT_BELIEVED, UNREADABLE, public_keys, verified
from .outbound import Outbound

if TYPE_CHECKING:
    from authlib.oauth2.client import OAuth2Client
    from joserfc.jwk import KeySet

SECONDS = 8.0
"""In which the provider must have answered one question."""
MOST_AT_ONCE = 4
KNOWN_FOR = timedelta(hours=1)
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL = ("userinfo_endpoint", "end_session_endpoint")


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody the provider vouches for.

    Args:
        claims: What it says of them: its signed token, and beside it what else it answered.
        id_token: The signed token itself.
    """

    claims: Mapping[str, Any]
    id_token: str


class Provider:
    """The identity provider that people may sign in with.

    Args:
        settings: How it was set up.
        outbound: How it is called.
        clock: The time now.
    """

    def __init__(self, settings: OpenIdSettings, outbound: Outbound, clock: Callable[[], datetime]) -> None:
        self.settings, self._outbound, self._clock = settings, outbound, clock
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._known: tuple[datetime, Mapping[str, Any]] | None = None
        self._keys: KeySet | None = None

    def way_in(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """The address to send somebody to who wants to sign in (ASVS 10.2.1, 10.4.6).

        Raises:
            OpenIdError: The provider does not say where that is.
        """
        more = {"acr_values": self.settings.acr_values} if self.settings.acr_values else {}
        address, _ = self._client(back).create_authorization_url(
            self.metadata()["authorization_endpoint"],
            state=state,
            code_verifier=verifier,
            nonce=nonce,
            **more,
        )
        return str(address)

    def way_out(self, *, id_token: str, back: str) -> str:
        """The address at which somebody signs out there too; "" where there is none."""
        from authlib.common.urls import add_params_to_uri

        try:
            address = self.metadata().get("end_session_endpoint")
        except OpenIdError:
            return ""  # whoever signs out here is signed out here, whatever the provider does
        if not address:
            return ""
        hint = [("id_token_hint", id_token)] if id_token else []
        more = [("client_id", self.settings.client_id), ("post_logout_redirect_uri", back)]
        return str(add_params_to_uri(address, [*hint, *more]))

    def vouch(self, code: str, *, nonce: str, verifier: str, back: str) -> Vouched:
        """Whom the provider gave *code* for.

        Raises:
            OpenIdError: It does not take the code, or what it says does not hold.
        """
        token = self._exchange(code, verifier, back)
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise OpenIdError("no ID token", DOWN, 502)
        claims = verified(
            id_token,
            self._key_set,
            self.settings,
            nonce=nonce,
            access_token=token.get("access_token"),
            now=self._clock(),
        )
        return Vouched({**self._more(token, claims["sub"]), **claims}, id_token)

    def metadata(self) -> Mapping[str, Any]:
        """What the provider says of itself, at most an hour old (OpenID Connect Discovery 4).

        Raises:
            OpenIdError: It cannot be had, or is another's.
        """
        now, known = self._clock(), self._known
        if known is None or not known[0] <= now < known[0] + KNOWN_FOR:
            known = self._known = now, self._discovered()
            self._keys = None
        return known[1]

    def _discovered(self) -> Mapping[str, Any]:
        from authlib.oidc.discovery import get_well_known_url

        found = self._get(get_well_known_url(self.settings.issuer, external=True))
        if found.get("issuer") != self.settings.issuer:
            raise OpenIdError("issuer of the metadata", DOWN, 502)
        for name in (*ENDPOINTS, *OPTIONAL):
            address = found.get(name)
            if address is None and name in OPTIONAL:
                continue
            if not isinstance(address, str) or not self._may_lead_to(address):
                raise OpenIdError(f"{name} of the metadata", DOWN, 502)
        return found

    def _may_lead_to(self, address: str) -> bool:
        try:
            url = httpx.URL(address)
        except (httpx.InvalidURL, UnicodeError):
            return False
        port = url.port or (443 if url.scheme == "https" else 80)
        return not url.userinfo and not self._outbound.allowed.why_not(url.scheme, url.host, port)

    def _exchange(self, code: str, verifier: str, back: str) -> Mapping[str, Any]:
        from authlib.oauth2.base import OAuth2Error

        address = self.metadata()["token_endpoint"]
        try:
            proof = self._proof()
            with self._turn():
                token = self._client(back).fetch_token(
                    address, grant_type="authorization_code", code=code, code_verifier=verifier, auth=proof
                )
        except OAuth2Error as error:
            reason = f"token endpoint: {str(error.error)[:40]}"
            if error.error == "invalid_grant":  # the code is used, over, or was another's (RFC 6749, 5.2)
                raise OpenIdError(reason, NOT_BELIEVED) from error
            raise OpenIdError(reason, DOWN, 502) from error
        except (httpx.HTTPError, httpx.InvalidURL, *UNREADABLE) as error:
            raise OpenIdError("token endpoint", DOWN, 502) from error
        return dict(token)

    def _key_set(self, anew: bool) -> KeySet:
        keys = self._keys
        if keys is None or anew:
            try:
                keys = self._keys = public_keys(self._get(self.metadata()["jwks_uri"]))
            except UNREADABLE as error:
                raise OpenIdError("no keys", DOWN, 502) from error
        return keys

    def _more(self, token: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """What the provider says beside its token, where it has a place for it (OpenID Connect Core 5.3)."""
        address, access = self.metadata().get("userinfo_endpoint"), token.get("access_token")
        if not address or not isinstance(access, str):
            return {}
        found = self._get(address, {"Authorization": f"Bearer {access}"})
        if found.get("sub") != subject:
            raise OpenIdError("subject of the user information", NOT_BELIEVED)
        return found

    def _get(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A JSON object from the provider."""
        try:
            with self._turn(), self._outbound.client(seconds=SECONDS) as client:
                answer = client.get(address, headers={"Accept": "application/json", **(headers or {})})
            found = answer.raise_for_status().json()
        except (httpx.HTTPError, httpx.InvalidURL, *UNREADABLE) as error:
            raise OpenIdError(f"no answer: {type(error).__name__}", DOWN, 502) from error
        if not isinstance(found, dict):
            raise OpenIdError("no JSON object", DOWN, 502)
        return found

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of a few calls at once: a slow provider must not keep every thread of this host busy."""
        if not self._turns.acquire(blocking=False):
            raise OpenIdError("too many at once", DOWN, 503)
        try:
            yield
        finally:
            self._turns.release()

    def _proof(self) -> Any:
        """How this host proves at the token endpoint who it is."""
        from authlib.oauth2.auth import ClientAuth

        settings = self.settings
        if not settings.client_secret:
            return ClientAuth(settings.client_id, None, "none")
        offered = self.metadata().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" not in offered:
            return ClientAuth(settings.client_id, settings.client_secret, "client_secret_post")
        # Written as in a form (RFC 6749, 2.3.1): either may have a colon in it.
        name, secret = quote_plus(settings.client_id), quote_plus(settings.client_secret)
        return ClientAuth(name, secret, "client_secret_basic")

    def _client(self, back: str) -> OAuth2Client:
        from authlib.oauth2.client import OAuth2Client

        return OAuth2Client(
            _Session(self._outbound),
            client_id=self.settings.client_id,
            scope=self.settings.scopes,
            redirect_uri=back,
            code_challenge_method="S256",
        )


class _Session:
    """What Authlib sends its one request with."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any
    ) -> httpx.Response:
        """Send a form with what *auth* adds to it."""
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        with self._outbound.client(seconds=SECONDS) as client:
            answer = client.post(url, content=body, headers=sent)
        if answer.status_code != 200 and "error" not in answer.json():  # Authlib goes by what is said alone
            raise ValueError("the token endpoint fails without saying why")
        return answer
