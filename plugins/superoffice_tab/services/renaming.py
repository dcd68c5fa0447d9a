"""Owners whose rows somebody renamed: the signed file in force says whose they are (domain.md 1.10)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sqlalchemy import update
from sqlalchemy.orm import Session

from superoffice_tab.domain import envelope, strict_json
from superoffice_tab.domain.keys import Roots
from superoffice_tab.domain.verdicts import VerdictError
from superoffice_tab.storage.models import Owner

from .file_in_force import FileInForce, files_in_force, kept_claims


def name_again(roots: Roots, session: Session) -> dict[str, str]:
    """Give owners' rows that were renamed the names again that are signed.

    All that is known of an owner goes by that name, so it is written at once, as the rest of the row is. A
    row stays as it is where its file does not verify, or another one has the name by right.

    Returns:
        What somebody wrote → what was signed.
    """
    files = files_in_force(session)
    signed = {file.owner: _signed_name(file, roots, session) for file in files}
    renamed = {was: name for was, name in signed.items() if name is not None and name != was}
    times, stay = Counter(renamed.values()), signed.keys() - renamed.keys()
    found = {was: name for was, name in renamed.items() if name not in stay and times[name] == 1}
    numbers = {file.owner: file.owner_id for file in files if file.owner in found}
    # Two may have changed names: first none of them has any.
    names = [f"#{number}" for number in numbers.values()], [found[was] for was in numbers]
    for wanted in names:
        for number, name in zip(numbers.values(), wanted, strict=True):
            session.execute(update(Owner).where(Owner.id == number).values(name=name))
    return found


def _signed_name(file: FileInForce, roots: Roots, session: Session) -> str | None:
    """Whose file it is; None where it does not verify. It is only verified where it is not the row's."""
    said = _said_name(file.content)
    if said is None or said == file.owner:
        return said
    claims = kept_claims(replace(file, owner=said), roots, session)
    return claims.issuer if claims else None


def _said_name(content: bytes | None) -> str | None:
    """Whose a file says that it is, before anything of it is verified."""
    if content is None:
        return None
    try:
        return str(strict_json.read(envelope.read(content).payload.decode())["iss"]).upper()
    except (
        VerdictError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ):  # SQLite keeps whatever is written
        return None
