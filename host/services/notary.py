"""Who signs the audit log: a key derived from the installation's secret, and a memory beside the database."""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.api.errors import InputError
from host.domain.audit import Head, moment
from host.domain.errors import ConfigurationError

from .keys import Keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FILE = "audit.head"
LENGTH = 400
"""Bytes of the file: it is written over in one piece, so that nobody ever reads half of it."""
SEALED, LONGEST_SEALED = "sealed:", 79
"""Marks an origin that is sealed; so many characters of it still fit where an origin stands."""
NO_HEAD = "this is no signed head of an audit log"
logger = logging.getLogger(__name__)


class HeadNotary:
    """Implements `host.domain.audit.Notary`.

    What was signed last is kept in a file of the data folder, too: a log whose end was cut off, and whose old
    head was put back with its good signature, is shorter than what that file remembers.

    Args:
        keys: The installation's.
        folder: The data folder.
        clock: The time now, in UTC.
    """

    def __init__(self, keys: Keys, folder: Path, clock: Callable[[], datetime]) -> None:
        self._file, self._clock = folder / FILE, clock
        self._keys = keys
        self._known: Head | None = None

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - late

        return Ed25519PrivateKey.from_private_bytes(self._keys.derived("audit"))

    @cached_property
    def public(self) -> Ed25519PublicKey:
        """What anybody can check a signature with."""
        return self._private.public_key()

    @property
    def pem(self) -> str:
        """The same in PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - late

        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    @property
    def jwk(self) -> dict[str, str]:
        """The same as a JSON Web Key (RFC 8037)."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415 - late

        raw = self.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": base64.urlsafe_b64encode(raw).decode("ascii").rstrip("="),
        }

    def signed(self, number: int, hash_: str, kind: str = "head") -> Head:
        """The head, or the end of an export, with a signature of now."""
        bare = Head(number=number, hash=hash_, signed_at=moment(self._clock()), kind=kind)
        self._known = head = replace(bare, signature=self._private.sign(bare.text).hex())
        return head

    def is_signed(self, head: Head) -> bool:
        """Whether the signature is this installation's."""
        if head == self._known:
            return True
        if not is_signed_by(self.public, head):
            return False
        self._known = head
        return True

    def remembered(self) -> Head | None:
        """The last head that was signed on this machine; None if there is none, or the file says nothing."""
        try:
            return head_from(json.loads(self._file.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            logger.warning("%s cannot be read: %s", self._file, error)
            return None

    def revealed(self, origin: str) -> str:
        """From where something came that went through a third party's hands; "" if unknown."""
        return revealed_origin(self._keys, origin)

    def remember(self, head: Head) -> None:
        """Write it over the last one; a process that is later than another may do so with an older one."""
        said = json.dumps(head.document()).encode("ascii").ljust(LENGTH)
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(descriptor, said, 0)
            finally:
                os.close(descriptor)
        except OSError as error:
            logger.warning("%s cannot be written: %s", self._file, error)


def sealed_origin(keys: Keys, origin: str) -> str:
    """*origin* as it may go through a third party's hands: a plugin learns nobody's address."""
    return f"{SEALED}{keys.seal(origin[:LONGEST_SEALED])}" if origin else ""


def revealed_origin(keys: Keys, origin: str) -> str:
    """What `sealed_origin` was given; what was never sealed as it is, and "" for what nobody here sealed."""
    if not origin.startswith(SEALED):
        return origin
    try:
        return keys.unseal(origin.removeprefix(SEALED))
    except ConfigurationError:
        return ""


def is_signed_by(public: Ed25519PublicKey, head: Head) -> bool:
    """Whether *head* was signed with the other half of *public*."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - late, like all of it

    with suppress(ValueError, InvalidSignature):
        public.verify(bytes.fromhex(head.signature), head.text)
        return True
    return False


def head_from(document: Any) -> Head:
    """A head that `Head.document` made.

    Raises:
        ValueError: It is none.
    """
    try:
        texts = [document[name] for name in ("hash", "signed_at", "signature")]
        number = document["number"]
    except (KeyError, TypeError):
        raise ValueError(NO_HEAD) from None
    if not isinstance(number, int) or not all(isinstance(each, str) for each in texts):
        raise ValueError(NO_HEAD)
    return Head(number=number, hash=texts[0], signed_at=texts[1], signature=texts[2])


def read_public(pem: str) -> Ed25519PublicKey:
    """The key that `HeadNotary.pem` printed.

    Raises:
        InputError: It is none.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - late, like all of it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    with suppress(ValueError, UnsupportedAlgorithm):
        key = load_pem_public_key(pem.encode())
        if isinstance(key, Ed25519PublicKey):
            return key
    raise InputError("this is no Ed25519 key in PEM, as `tabhost audit key` prints it")
