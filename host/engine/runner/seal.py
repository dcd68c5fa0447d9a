"""Who is meant by a call, and the proof: passes that only the host can issue, and keys that sign calls.

A pass holds a `Context`, signed by the host. A runner gets one with each call and shows it when it calls
back: so it can act for the person whose page it draws, for a minute, and for nobody else.

This protects against mistakes and confusion, not against malice: a runner is forked from the host's parent,
and so from memory that held the secret, and it keeps the host's user id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime

from itsdangerous import BadSignature, TimestampSigner

from .wire import WireError

SECONDS_VALID = 60

# Bound now: the plugin, which is imported later, may put something else in their place.
_dumps, _loads = json.dumps, json.loads


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """For whom and under what circumstances a call is made. It travels in a pass.

    Args:
        plugin: Who is called.
        user_id: Who acts.
        full_name: That person's name.
        permissions: What they may do.
        roles: Roles it comes from.
        locale: Language of the answer.
        timezone: Zone that times are shown in.
        csrf_token: What forms must bring.
        request_id: The same in all that belongs to one request.
        now: The host's time, in UTC.
        generation: Number that grows when settings or switches change.
        writes: Whether the call may change anything.
        tabs: Id of each of the plugin's tabs, and whether it brings scripts, as the host knows them now.
        origin: From where it comes, for the audit log; sealed, for it is no business of the plugin's.
    """

    plugin: str
    user_id: str
    full_name: str = ""
    permissions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    locale: str = "en"
    timezone: str = "UTC"
    csrf_token: str = ""
    request_id: str = ""
    now: datetime = field(default_factory=_utc_now)
    generation: int = 0
    writes: bool = False
    tabs: tuple[tuple[str, bool], ...] = ()
    origin: str = ""


NAMES = frozenset(each.name for each in fields(Context))


class Key:
    """Signs calls and verifies them. The host and one plugin's runner share it.

    Args:
        secret: What it is made of; can be handed to another process.
    """

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self._signer = _signer(secret, "tabhost-call")

    def sign(self, pass_: str, method: str, target: str, body: bytes) -> str:
        """A signature over a call and its pass, with the time."""
        return self._signer.sign(_digest(pass_, method, target, body)).decode("ascii")

    def verify(self, signature: str, pass_: str, method: str, target: str, body: bytes) -> None:
        """Make sure that *signature* was made with this key, for this very call, a minute ago at most.

        Raises:
            WireError: It was not.
        """
        digest = _unsigned(self._signer, signature, SECONDS_VALID, "signature")
        if not hmac.compare_digest(digest, _digest(pass_, method, target, body).encode("ascii")):
            raise WireError("the signature belongs to another call")


class Seal:
    """The host's: it alone can issue passes.

    Args:
        secret: A secret of this start of the host, at least 16 random bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._signer = _signer(secret, "tabhost-pass")

    def key(self, plugin: str) -> Key:
        """What the runner of *plugin* is given; the secret cannot be found from it, nor another's key."""
        return Key(hmac.digest(self._secret, b"tabhost-runner\0" + plugin.encode("utf-8"), "sha256"))

    def issue(self, context: Context) -> str:
        """The pass: *context*, signed, with the time."""
        packed = {**asdict(context), "now": context.now.isoformat()}
        return self._signer.sign(_dumps(packed, separators=(",", ":"))).decode("ascii")

    def read(self, pass_: str, plugin: str, *, oldest: float = SECONDS_VALID) -> Context:
        """The context of a pass that *plugin* shows.

        Raises:
            WireError: The pass is not ours, older than *oldest* seconds, or another plugin's.
        """
        context = _context(_unsigned(self._signer, pass_, oldest, "pass"))
        if context.plugin != plugin:
            raise WireError(f"the pass is not that of {plugin}")
        return context


def peek(pass_: str) -> Context:
    """The context in a pass, without the host's proof: for a runner, once the call's signature was verified.

    Raises:
        WireError: It holds none.
    """
    return _context(pass_.rpartition(".")[0].rpartition(".")[0].encode("utf-8", "replace"))


def _signer(secret: bytes, purpose: str) -> TimestampSigner:
    return TimestampSigner(secret, salt=purpose, key_derivation="hmac", digest_method=hashlib.sha256)


def _unsigned(signer: TimestampSigner, signed: str, oldest: float, what: str) -> bytes:
    try:
        return signer.unsign(signed.encode("ascii"), max_age=int(oldest))
    except (BadSignature, UnicodeEncodeError):
        raise WireError(f"the {what} is not from this start of the host, or too old") from None


def _digest(pass_: str, method: str, target: str, body: bytes) -> str:
    """Each part has its own digest, so that nothing can move from one part into the next."""
    parts = [*(part.encode("utf-8", "surrogatepass") for part in (pass_, method, target)), body]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _context(packed: bytes) -> Context:
    try:
        values = {name: value for name, value in _loads(packed).items() if name in NAMES}
        now = datetime.fromisoformat(values.pop("now")).astimezone(UTC)
        permissions, roles = tuple(values.pop("permissions")), tuple(values.pop("roles"))
        tabs = tuple((str(name), bool(scripts)) for name, scripts in values.pop("tabs", ()))
        return Context(**values, now=now, permissions=permissions, roles=roles, tabs=tabs)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise WireError("the pass holds no context") from None
