"""The installation's secret: every key that the host needs is derived from it."""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from host.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SHORTEST = 32
"""Characters that a secret must have at least."""
FILE = "secret.key"
VARIABLE, FILE_VARIABLE = "TABHOST_SECRET_KEY", "TABHOST_SECRET_KEY_FILE"


class Keys:
    """Keys for one purpose each. Who knows one of them learns nothing of the others.

    Args:
        secret: At least `SHORTEST` characters of chance, the same on all machines of an installation.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def derived(self, purpose: str) -> bytes:
        """32 bytes for *purpose*, always the same ones (HKDF, RFC 5869)."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), length=32, salt=None, info=f"tabhost {purpose}".encode()).derive(self._secret)

    @cached_property
    def _box(self) -> Fernet:
        from cryptography.fernet import Fernet

        return Fernet(base64.urlsafe_b64encode(self.derived("stored secrets")))

    def seal(self, text: str) -> str:
        """*text* as it may lie in the database."""
        return self._box.encrypt(text.encode()).decode("ascii")

    def unseal(self, sealed: str) -> str:
        """What `seal` was given.

        Raises:
            ConfigurationError: It was sealed with another secret, or changed since.
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._box.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ConfigurationError(
                f"A stored secret cannot be read with this {VARIABLE}. Start with the one it was stored with."
            ) from None


def read_secret(given: str, file: str, folder: Path) -> str:
    """The secret of this installation.

    Args:
        given: From the environment; "" if there is none.
        file: File that holds it instead; "" if there is none.
        folder: The data folder: without either, the secret is made there at the first start.

    Raises:
        ConfigurationError: It is too short, or cannot be read or made.
    """
    if given and file:
        raise ConfigurationError(f"{VARIABLE} and {FILE_VARIABLE} are both set. Expected one of them.")
    if given:
        return _long_enough(given, VARIABLE)
    path = Path(file) if file else folder / FILE
    try:
        if not file:
            _make(path)
        return _long_enough(path.read_text("ascii").strip(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The secret of this installation cannot be read from {path}: {error}. "
            f"Set {VARIABLE} or {FILE_VARIABLE}, or let this user read the file."
        ) from None


def _make(path: Path) -> None:
    """Make the file whole or not at all, should several processes start at once."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as written:
            written.write(f"{secrets.token_urlsafe(48)}\n")
            written.flush()
            os.fsync(written.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)  # fails where somebody was quicker: theirs counts
    finally:
        fresh.unlink()


def _long_enough(secret: str, source: str) -> str:
    if len(secret) < SHORTEST:
        raise ConfigurationError(
            f"{source} has {len(secret)} characters. Expected at least {SHORTEST}, made by chance: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))' prints a good one."
        )
    return secret
