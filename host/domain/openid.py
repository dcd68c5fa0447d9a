"""Signing in with a company's identity provider: how it is set up, and what its answers mean here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from .errors import ConfigurationError

PREFIX = "TABHOST_OIDC_"
ATTEMPT_LIFE = timedelta(minutes=10)
"""How long somebody may take at the provider; codes of most live no longer (ASVS 10.4.3)."""
LEEWAY = 60
"""Seconds by which the provider's clock may differ."""
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519",
)  # fmt: skip
"""With what an ID token may be signed: with a key whose other half only the provider has (ASVS 9.1.2)."""
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sc"})
"""Methods that RFC 8176 names, and that are or contain a second factor."""
LONGEST_ROLE, LONGEST_USER_ID, LONGEST_SUBJECT = 40, 239, 255
NAMES = frozenset(
    {
        "ISSUER", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "SCOPES", "USER_CLAIM", "NAME_CLAIM",
        "GROUPS_CLAIM", "ROLES", "NAME", "CREATE", "TRUST_SECOND_FACTOR", "ACR_VALUES", "REQUIRE",
    }
)  # fmt: skip
"""What there is to set, after `PREFIX`."""
_LIST = re.compile(r"[;\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdSettings:
    """An identity provider, as the operator set it up in ``TABHOST_OIDC_…``.

    Args:
        issuer: The provider's address, exactly as it calls itself (``ISSUER``).
        client_id: What this host is called there (``CLIENT_ID``).
        client_secret: Its password there; "" for a public client (``CLIENT_SECRET``, ``CLIENT_SECRET_FILE``).
        scopes: What is asked for (``SCOPES``; default: openid profile email).
        user_claim: Which claim is the user id (``USER_CLAIM``; default: preferred_username).
        name_claim: Which claim is the full name (``NAME_CLAIM``; default: name).
        groups_claim: Which claim says the groups (``GROUPS_CLAIM``; default: groups).
        roles: Which group brings which role, as pairs (``ROLES``, such as ``staff=viewer, it=auditor``).
        name: What the button calls the provider; "" for no name of its own (``NAME``).
        create: Whether an account is made at the first sign-in (``CREATE``; default: no).
        trusted: Words of ``amr`` or ``acr`` that stand for a second factor (``TRUST_SECOND_FACTOR``: no, yes
            for those of RFC 8176, or the words themselves; default: no).
        acr_values: What the provider is asked for in ``acr_values``; "" for nothing (``ACR_VALUES``).
        required: Claims that must have a value, as pairs (``REQUIRE``, such as ``tenant=acme``).
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: str = "openid profile email"
    user_claim: str = "preferred_username"
    name_claim: str = "name"
    groups_claim: str = "groups"
    roles: tuple[tuple[str, str], ...] = ()
    name: str = ""
    create: bool = False
    trusted: frozenset[str] = frozenset()
    acr_values: str = ""
    required: tuple[tuple[str, str], ...] = ()

    @property
    def mapped(self) -> frozenset[str]:
        """Roles that the provider alone gives and takes."""
        return frozenset(role for _, role in self.roles)

    def user_id(self, claims: Mapping[str, Any]) -> str:
        """The user id that the provider says; "" if it says none that can be one."""
        value = claim(claims, self.user_claim)
        text = value.strip() if isinstance(value, str) else ""
        return text if len(text) <= LONGEST_USER_ID and text.isprintable() else ""

    def full_name(self, claims: Mapping[str, Any]) -> str:
        """The full name that the provider says; "" for none."""
        value = claim(claims, self.name_claim)
        if not isinstance(value, str):
            value = " ".join(
                part for each in ("given_name", "family_name") if isinstance(part := claims.get(each), str)
            )
        return "".join(each for each in value if each.isprintable()).strip()[:254]

    def roles_of(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """The roles that the groups in *claims* bring."""
        groups = frozenset(_words(claim(claims, self.groups_claim)))
        return frozenset(role for group, role in self.roles if group in groups)

    def second_factor(self, claims: Mapping[str, Any]) -> bool:
        """Whether the provider asked for a second factor, and is believed in that (ASVS 6.8.4)."""
        return bool(self.trusted & {*_words(claims.get("amr")), *_words(claims.get("acr"))})

    def missing(self, claims: Mapping[str, Any]) -> str:
        """The first claim without the value it must have; "" where none is missing."""
        return next((name for name, value in self.required if value not in _words(claim(claims, name))), "")


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """The claim called *name*, or at the end of a path with dots, such as ``realm_access.roles``."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _words(value: Any) -> Iterable[str]:
    """A claim as the texts it has, whether it is one or a list of them."""
    values = value if isinstance(value, list) else [value]
    for each in values:
        if isinstance(each, bool):
            yield str(each).lower()
        elif isinstance(each, str | int):
            yield str(each)


def openid_from(environment: Mapping[str, str], client_secret: str = "") -> OpenIdSettings | None:
    """What the operator set; None where no issuer is.

    Args:
        environment: All variables.
        client_secret: From wherever it was.

    Raises:
        ConfigurationError: A value is not usable; the text names the variable.
    """
    known = {
        name.removeprefix(PREFIX): text.strip()
        for name, text in environment.items()
        if name.startswith(PREFIX) and text.strip()
    }
    if not known:
        return None
    _check_names(known)
    return OpenIdSettings(
        issuer=_issuer(known["ISSUER"]),
        client_id=known["CLIENT_ID"],
        client_secret=client_secret,
        scopes=_scopes(known.get("SCOPES", "openid profile email")),
        user_claim=known.get("USER_CLAIM", "preferred_username"),
        name_claim=known.get("NAME_CLAIM", "name"),
        groups_claim=known.get("GROUPS_CLAIM", "groups"),
        roles=_roles(known.get("ROLES", "")),
        name=known.get("NAME", ""),
        create=_yes("CREATE", known.get("CREATE", "no")),
        trusted=_trusted(known.get("TRUST_SECOND_FACTOR", "no")),
        acr_values=known.get("ACR_VALUES", ""),
        required=_pairs("REQUIRE", known.get("REQUIRE", ""), "claim=value"),
    )


def _check_names(known: Mapping[str, str]) -> None:
    unknown = sorted(known.keys() - NAMES)
    if unknown:
        expected = ", ".join(f"{PREFIX}{each}" for each in sorted(NAMES))
        raise ConfigurationError(f"{PREFIX}{unknown[0]} is not known. Expected one of {expected}.")
    for name in ("ISSUER", "CLIENT_ID"):
        if name not in known:
            raise ConfigurationError(f"{PREFIX}{name} is missing. Expected it where any {PREFIX}… is set.")


def _scopes(text: str) -> str:
    words = text.replace(",", " ").split()
    if "openid" not in words:
        raise ConfigurationError(f"{PREFIX}SCOPES is {text!r}. Expected openid among them.")
    return " ".join(words)


def _yes(name: str, text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ConfigurationError(f"{PREFIX}{name} is {text!r}. Expected yes or no.")
    return text == "yes"


def _trusted(text: str) -> frozenset[str]:
    words = frozenset(text.replace(",", " ").split())
    if words == {"no"}:
        return frozenset()
    return SECOND_FACTORS if words == {"yes"} else words - {"yes", "no"}


def _roles(text: str) -> tuple[tuple[str, str], ...]:
    pairs = _pairs("ROLES", text, "group=role")
    long = [role for _, role in pairs if len(role) > LONGEST_ROLE]
    if long:
        raise ConfigurationError(
            f"{PREFIX}ROLES names {long[0]!r}. Expected up to {LONGEST_ROLE} characters."
        )
    return pairs


def _pairs(name: str, text: str, form: str) -> tuple[tuple[str, str], ...]:
    """Pairs, apart by commas; by semicolons or lines where one stands, since groups may have commas."""
    parts = _LIST.split(text) if _LIST.search(text) else text.split(",")
    pairs = []
    for part in filter(None, map(str.strip, parts)):
        left, _, right = (each.strip() for each in part.rpartition("="))
        if not left or not right:
            raise ConfigurationError(f"{PREFIX}{name} has {part!r} in it. Expected {form}.")
        pairs.append((left, right))
    return tuple(pairs)


def _issuer(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    odd = parts.query or parts.fragment or "@" in parts.netloc or not text.isprintable()
    if parts.scheme not in {"http", "https"} or not parts.hostname or odd:
        raise ConfigurationError(
            f"{PREFIX}ISSUER is {text!r}. Expected the address of an identity provider, such as "
            "https://login.example.com."
        )
    return text
