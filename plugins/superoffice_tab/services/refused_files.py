"""The one row that stays of a licence file that is not accepted (formats.md 1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

from host.api import Work
from superoffice_tab.domain.verdicts import VerdictError

LONGEST_NAME = 200
"""Characters of the name of a file that are kept."""


def write_down(content: bytes, name: str, error: VerdictError, *, work: Work) -> None:
    """Write down that a file was refused, and keep that although whatever else was done is undone.

    Args:
        content: The file as it came; only its digest is kept.
        name: Its name.
        error: Why it was refused.
    """
    work.session.rollback()
    after = {"verdict": error.verdict.value, "detail": error.detail, "sha256": sha256(content).hexdigest()}
    work.audit("licence.refused", name[:LONGEST_NAME], after=after)
    work.session.commit()  # the host undoes the rest when the error reaches it


@contextmanager
def written_down(content: bytes, name: str, *, work: Work) -> Iterator[None]:
    """Write down that a file which is kept here was refused, if it is; the error goes on."""
    try:
        yield
    except VerdictError as error:
        write_down(content, name, error, work=work)
        raise
