"""What processes say on standard error: one line for each thing that happened, and no secret in it."""

from __future__ import annotations

import logging
import re
import time

from host.api.settings import without_sign_in

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"
_WAYS_IN = re.compile(r"(/login/once/)[^\s\"'?#]+")
"""Whoever reads a one-time link in a log could use it before its owner does."""
_ESCAPED = {number: f"\\x{number:02x}" for number in (*range(0x20), 0x7F, *range(0x80, 0xA0))}
_ESCAPED |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
_ESCAPED |= {
    number: f"\\u{number:04x}" for number in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
"""Characters that end a line, move the cursor, or turn round what is read (ASVS 16.4.1)."""


class OneLine(logging.Formatter):
    """A record as one line, with the time in UTC: nobody can write a line of their own into the log."""

    converter = time.gmtime  # type: ignore[assignment] # a built-in function is not bound, as in logging itself

    def __init__(self) -> None:
        super().__init__(FORMAT, "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback is part of it."""
        said = _WAYS_IN.sub(r"\1…", without_sign_in(super().format(record)))
        return said.translate(_ESCAPED).encode("utf-8", "backslashreplace").decode()


def log_to_stderr() -> None:
    """Have this process and its children say what matters to whoever looks after it."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
