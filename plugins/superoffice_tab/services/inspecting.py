"""Explain any file, good or bad, in plain words, with or without root keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from joserfc import jws
from joserfc.errors import JoseError

from superoffice_tab.domain.envelope import (
    ALGORITHM,
    LICENCE_TYPE,
    OWNER_KEY_REGISTRY,
    Envelope,
    OwnerKey,
    owner_key_claims,
    read,
    signed_by,
    verify,
)
from superoffice_tab.domain.expiry import days_left, today
from superoffice_tab.domain.judging import Confirmation, Installation, judge
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.licences import Claims, LicenceType
from superoffice_tab.domain.verdicts import Verdict, VerdictError
from superoffice_tab.schemas.claims import parse


def check(
    content: bytes, roots: Roots, *, source: str, timezone: str, clock: Callable[[], datetime]
) -> Claims:
    """Verify a file as far as that is possible without an installation.

    Raises:
        VerdictError: any but clock-moved-back and replayed; serial only where the file contradicts itself.
    """
    now = clock()
    try:
        verified = verify(content, roots, now)
        claims = parse(verified.payload)
        nowhere = Installation(
            serial=claims.audience, company=None, last_seq=None, seen_at=None, timezone=timezone
        )
        judge(claims, verified.owner_key.owner, nowhere, Confirmation(), now)
    except VerdictError as error:
        raise error.of(source) from error
    return claims


def explain(content: bytes, roots: Roots, *, timezone: str, clock: Callable[[], datetime]) -> list[str]:
    """Lines that say what *content* is, who signed it, and what it grants.

    Never refuses: what is wrong is one of the lines. What nothing has verified is called so.
    """
    return [_printable(line) for line in _lines(content, roots, timezone, clock())]


def _printable(line: str) -> str:
    """What a stranger wrote must not steer the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def _lines(content: bytes, roots: Roots, timezone: str, now: datetime) -> Iterator[str]:
    yield f"Size: {len(content):,} bytes"
    try:
        envelope = read(content)
    except VerdictError as error:
        yield _verdict(error)
        return
    header = envelope.header
    kind, algorithm = header.get("typ", "not said"), header.get("alg", "not said")
    yield f"Kind: {kind}" if kind == LICENCE_TYPE else f"Kind: {kind} (not a licence file)"
    yield f"Algorithm: {algorithm}" if algorithm == ALGORITHM else f"Algorithm: {algorithm} (not accepted)"
    yield from _key_lines(envelope, roots, now)
    yield ""
    yield from _claims_lines(envelope, timezone, now)
    yield ""
    yield _conclusion(content, roots, timezone, now)


def _key_lines(envelope: Envelope, roots: Roots, now: datetime) -> Iterator[str]:
    statement = _statement(envelope)
    if statement is None:
        yield "Owner key: missing or unreadable"
        return
    yield f"Owner key: {statement.key.thumbprint()} of {statement.owner}"
    period = f"{statement.not_before:%Y-%m-%d} to {statement.expires:%Y-%m-%d}"
    yield f"  valid {period}, {_validity(statement, now)}"
    yield f"  stated by root {statement.root}: {_root(statement, roots)}"
    if signed_by(envelope, statement.key):
        yield "Signature: fits the owner key"
    else:
        yield "Signature: does NOT fit; the file was changed, or another key signed it"


def _conclusion(content: bytes, roots: Roots, timezone: str, now: datetime) -> str:
    try:
        check(content, roots, source="", timezone=timezone, clock=lambda: now)
    except VerdictError as error:
        if error.verdict is Verdict.UNKNOWN_ROOT and not len(roots):
            return "Verdict: nothing above is verified, because no root key was given."
        return _verdict(error)
    return (
        "Verdict: good. An installation with this serial number accepts it, unless a newer one is in force."
    )


def _verdict(error: VerdictError) -> str:
    return f"Verdict: {error.verdict.value}. {error.text.id}{f' ({error.detail}.)' if error.detail else ''}"


def _statement(envelope: Envelope) -> OwnerKey | None:
    """What the owner key says of itself, unverified: for reading only."""
    try:
        token = str(envelope.header.get("owner_key")).encode("ascii")
        signed = jws.extract_compact(token, registry=OWNER_KEY_REGISTRY)
        return owner_key_claims(signed.payload, str(signed.headers().get("kid", "not said")))
    except (JoseError, VerdictError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def _validity(statement: OwnerKey, now: datetime) -> str:
    if now < statement.not_before:
        return "not valid yet"
    return "valid today" if now < statement.expires else "expired"


def _root(statement: OwnerKey, roots: Roots) -> str:
    if not len(roots):
        return "no root key was given to check it"
    return "a trusted root" if roots.get(statement.root) else "not among the given root keys"


def _claims_lines(envelope: Envelope, timezone: str, now: datetime) -> Iterator[str]:
    try:
        claims = parse(envelope.payload)
    except VerdictError as error:
        yield f"Claims: not a licence set ({error.detail})"
        return
    licence, dates = claims.licence, claims.licence.dates
    yield f"Owner: {claims.issuer} ({licence.description or 'no description'})"
    yield f"For: {licence.company}, serial number {claims.audience}"
    yield f"Set: number {claims.seq}, issued {claims.issued_at:%Y-%m-%d %H:%M} UTC"
    if claims.not_before != claims.issued_at:
        yield f"  not before {claims.not_before:%Y-%m-%d %H:%M} UTC"
    if dates.expiry is None:
        yield "Expires: never"
    else:
        yield f"Expires: {dates.expiry} ({days_left(dates.expiry, today(now, timezone))} days left)"
    for name, day in (
        ("Reminders from", dates.warning),
        ("Grace until", dates.grace),
        ("Upgrades until", dates.maintenance),
    ):
        if day is not None:
            yield f"{name}: {day}"
    users = [each for each in licence.licences if each.type is LicenceType.USER and not each.hidden]
    hidden = sum(each.hidden for each in licence.licences)
    yield f"Licences: {len(licence.licences)}, of which {hidden} hidden; user licences:"
    for each in users:
        number = "unrestricted" if each.unrestricted else each.quantity
        yield f"  {each.full_name}  {number}  {each.description}"
