"""An entry of the audit log, and the one text that stands for it in the chain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Protocol

from host.api.settings import without_sign_in
from host.api.values import JsonValue

NOWHERE = "0" * 64
"""What stands for the hash of the entry before the first."""
HIDDEN = "•••"
"""What stands where a secret was."""
LONGEST = {"actor": 239, "plugin": 40, "action": 120, "subject": 512, "origin": 200}
"""Characters that each text may have."""
_SECRET = re.compile(
    r"(?:.*_)?(?:password|passphrase|secret|secret_key|api_key|private_key|recovery_codes?)", re.IGNORECASE
)
_origin: ContextVar[str] = ContextVar("tabhost_origin", default="")


@contextmanager
def coming_from(origin: str) -> Iterator[None]:
    """Have every entry that is made in the block say that it came from there.

    Args:
        origin: Address of the caller; ``cli``, user and machine of a command; ``job``.
    """
    token = _origin.set(shortened(origin, LONGEST["origin"]))
    try:
        yield
    finally:
        _origin.reset(token)


def come_from(origin: str) -> None:
    """The same until something else is said in this thread: for a request, which has no block of its own."""
    _origin.set(shortened(origin, LONGEST["origin"]))


def origin_here() -> str:
    """From where what is done now comes."""
    return _origin.get()


def shortened(text: str, most: int) -> str:
    """*text* in one line that can be stored anywhere: only printable characters, at most *most* of them."""
    shown = "".join(each if each.isprintable() else "�" for each in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and what it was before and after.

    Args:
        at: When, in UTC.
        actor: User id, or ``cli``.
        plugin: Whose words the action and the subject are; ``host`` for the host's own.
        action: ``area.verb`` in the past tense.
        subject: What it was done to.
        before: State before, as JSON.
        after: State after, as JSON.
        outbox_id: Id in a third party's outbox; None for what was written directly.
        origin: From where: see `coming_from`; None for what was written before the log knew.
    """

    at: datetime
    actor: str
    plugin: str
    action: str
    subject: str
    before: JsonValue = None
    after: JsonValue = None
    outbox_id: str | None = None
    origin: str | None = field(default_factory=_origin.get)

    def columns(self) -> dict[str, Any]:
        """The entry as the columns of its table."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry in the chain.

    Args:
        number: Its number; it grows by one from entry to entry.
        previous: Hash of the entry before it.
        hash: Its own.
        entry: What it says.
    """

    number: int
    previous: str | None
    hash: str | None
    entry: AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the log ends, as the host signed it.

    Args:
        number: Number of the last entry; 0 while there is none.
        hash: Its hash.
        signed_at: When it was signed, from `moment`; "" while it never was.
        signature: Ed25519 over `text`, in hex; "" while it never was.
        kind: What ends there, the log or an `EXPORT`: a signature of the one is none of the other.
    """

    number: int
    hash: str
    signed_at: str = ""
    signature: str = ""
    kind: str = "head"

    @property
    def text(self) -> bytes:
        """What is signed. It says what it is, so that no other signature of the key can stand for it."""
        said = f"tabhost audit {self.kind} {self.number} {self.hash} {self.signed_at}"
        return said.encode("ascii", "replace")

    def document(self) -> dict[str, Any]:
        """The head as JSON, for an export."""
        return asdict(self)


EXPORT = "export"


class Notary(Protocol):
    """Who signs the head, and remembers outside the database what was signed last."""

    def signed(self, number: int, hash_: str, kind: str = "head") -> Head:
        """The head, or the end of an export, with a signature of now."""

    def is_signed(self, head: Head) -> bool:
        """Whether the signature is this installation's."""

    def remembered(self) -> Head | None:
        """The last head that was signed here; None if there is none yet."""

    def remember(self, head: Head) -> None:
        """Keep *head* once it stands in the database."""

    def revealed(self, origin: str) -> str:
        """From where something came that was sealed on its way through a third party; "" if unknown."""


def moment(at: datetime) -> str:
    """*at* in UTC, to the microsecond, always in the same form."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def canonical(value: JsonValue) -> str | None:
    """*value* as JSON in the one form that is stored and hashed: sorted, without blanks, in ASCII.

    Raises:
        TypeError: It is no JSON.
        ValueError: It is no JSON: a number is infinite or none, or a structure contains itself.
    """
    if value is None:
        return None
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def without_secrets(value: Any) -> Any:
    """*value* without what nobody may read in a log: values named as secrets, and sign-ins in addresses.

    Whoever writes an entry leaves secrets out (ASVS 16.2.5); this is for what they did not think of.
    """
    if isinstance(value, dict):
        return {
            key: HIDDEN if each and _SECRET.fullmatch(str(key)) and isinstance(each, str | list | dict)
            else without_secrets(each)
            for key, each in value.items()
        }  # fmt: skip
    if isinstance(value, list | tuple):
        return [without_secrets(each) for each in value]
    return without_sign_in(value) if isinstance(value, str) and "@" in value else value


def linked(
    number: int,
    previous: str,
    at: str,
    actor: str,
    plugin: str,
    action: str,
    subject: str,
    before: str | None,
    after: str | None,
    outbox_id: str | None,
    origin: str | None,
) -> str:
    """The text of an entry in the chain: its hash is the SHA-256 of it.

    It is what ``json.dumps(entry, sort_keys=True, separators=(",", ":"))`` makes of an exported entry without
    its hash, so that anybody can check an export without this program.

    Args:
        at: From `moment`.
        before: From `canonical`, and put in as it stands: what was stored is what is checked.
        after: The same.
    """
    return (
        f'{{"action":{quoted(action)},"actor":{quoted(actor)},"after":{after or "null"},"at":{quoted(at)},'
        f'"before":{before or "null"},"number":{number},"origin":{_maybe(origin)},'
        f'"outbox_id":{_maybe(outbox_id)},"plugin":{quoted(plugin)},"previous":{quoted(previous)},'
        f'"subject":{quoted(subject)}}}'
    )


def hash_of(text: str) -> str:
    """SHA-256 of what `linked` made, in hex."""
    return sha256(text.encode("ascii")).hexdigest()


def _maybe(text: str | None) -> str:
    return "null" if text is None else quoted(text)
