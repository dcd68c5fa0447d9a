"""Why a licence file is not accepted: stable codes, and for each what to do next (formats.md 1)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from host.api import N_, InputError, Text

from .wording import english


class Verdict(Enum):
    """Codes in the order in which they are looked for: the first that applies is the verdict."""

    TOO_LARGE = "too-large"
    MALFORMED = "malformed"
    TYPE = "type"
    ALGORITHM = "algorithm"
    UNKNOWN_ROOT = "unknown-root"
    OWNER_KEY_EXPIRED = "owner-key-expired"
    SIGNATURE = "signature"
    FIELDS = "fields"
    OWNER_MISMATCH = "owner-mismatch"
    SERIAL = "serial"
    CLOCK_MOVED_BACK = "clock-moved-back"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    REPLAYED = "replayed"


MESSAGES: dict[Verdict, Text] = {
    Verdict.TOO_LARGE: N_(
        "This file is larger than 5 MB, and no licence file is. Nothing was changed. Choose the .lic file"
        " itself."
    ),
    Verdict.MALFORMED: N_(
        "This is not a licence file, or it was damaged on the way. Nothing was changed. Download it again"
        " and load it without opening or editing it."
    ),
    Verdict.TYPE: N_(
        "This file is signed, but it is not a licence file. Nothing was changed. Choose the .lic file "
        "that the owner of the licences sent."
    ),
    Verdict.ALGORITHM: N_(
        "This file is signed in a way that is not accepted here; only Ed25519 is. Nothing was changed. "
        "Ask the owner of the licences for a new file."
    ),
    Verdict.UNKNOWN_ROOT: N_(
        "No root key that this installation trusts stands behind this file. Nothing was changed. Check "
        "the setting root_keys of superoffice_tab (TABHOST_ROOT_KEYS), and ask the owner of the licences "
        "which root signed their key."
    ),
    Verdict.OWNER_KEY_EXPIRED: N_(
        "The key that signed this file is not valid today. Nothing was changed. Check the clock of this "
        "machine; if it is right, ask the owner of the licences for a file signed with a current key."
    ),
    Verdict.SIGNATURE: N_(
        "This file was changed after it was signed. Nothing was changed here. Download it again and load "
        "it without editing it."
    ),
    Verdict.FIELDS: N_(
        "This file is signed, but what it says is not a licence set. Nothing was changed. Send this "
        "message to the owner of the licences."
    ),
    Verdict.OWNER_MISMATCH: N_(
        "This file names one owner and is signed for another. Nothing was changed. Send this message to "
        "the owner of the licences."
    ),
    Verdict.SERIAL: N_(
        "This file is for another serial number than this installation's. Nothing was changed. Ask the "
        "owner of the licences for a file for this installation."
    ),
    Verdict.CLOCK_MOVED_BACK: N_(
        "The clock of this machine is behind what this installation has already seen. Nothing was "
        "changed. Set the clock right, then load the file again."
    ),
    Verdict.NOT_YET_VALID: N_(
        "This file is not valid yet. Nothing was changed. Load it again on the day it starts."
    ),
    Verdict.EXPIRED: N_(
        "The grace period of this file is over. Nothing was changed. Ask the owner of the licences for a "
        "renewed file."
    ),
    Verdict.REPLAYED: N_(
        "This file is not newer than the one in force. Nothing was changed. If you expected changes, ask "
        "the owner of the licences for the newest file."
    ),
}


class VerdictError(InputError):
    """A licence file is not accepted. Nothing was changed.

    Args:
        verdict: The code.
        detail: What exactly, without a full stop: a text that people are told in their language, or what
            only a technician reads; "" if the message says it all.
        hint: What only the command line has to be told besides, in English.
        source: Name of the file.
    """

    def __init__(
        self, verdict: Verdict, detail: Text | str = "", *, hint: str = "", source: str = ""
    ) -> None:
        self.verdict, self.text, self._given, self._hint = verdict, MESSAGES[verdict], detail, hint
        said = english(detail) if isinstance(detail, Text) else detail
        self.detail = said + hint
        """The detail in English, for programs, technicians and the command line."""
        more = f" ({self.detail})" if self.detail else ""
        super().__init__(f"{self.text.id}{more} [{verdict.value}]", source=source)

    @property
    def told(self) -> Text | None:
        """The detail for people; None where there is none, or it says nothing to them."""
        return self._given if isinstance(self._given, Text) else None

    @property
    def technical(self) -> str:
        """The detail that only a technician reads, in English; "" for none."""
        return "" if isinstance(self._given, Text) else self.detail

    def in_words(self, say: Callable[[Text], str]) -> str:
        """What a person is told: what only a technician reads is left out, for it is English."""
        said = say(self.text)
        return f"{said} ({say(self.told)}.)" if self.told else said

    def of(self, source: str) -> VerdictError:
        """The same, of the file called *source*."""
        return VerdictError(self.verdict, self._given, hint=self._hint, source=source)
