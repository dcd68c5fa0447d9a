"""Write the difference between a file of associates and the tables, in few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from superoffice_tab.domain.people import Person
from superoffice_tab.storage.counts import CHUNK
from superoffice_tab.storage.models import Assignment, Associate

COLUMNS = (
    "user_id", "full_name", "type", "group_name", "role", "last_login", "retired", "open_requests",
    "portrait_type", "portrait_digest",
)  # fmt: skip
"""Columns of an associate that a file says."""

Faces = Mapping[str, tuple[str, str] | None]
"""Digest and media type of portraits by user key; the pictures themselves are read when they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import did, by user id."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    licences: dict[str, tuple[dict[str, int], dict[str, int]]] = field(default_factory=dict)
    """Whose licences changed: (before, after), each full name → how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person as the database has them."""

    id: int
    values: dict[str, Any]
    licences: dict[str, int]


def write(
    persons: Sequence[Person],
    known: Mapping[str, Known],
    removed: Mapping[str, Known],
    licence_ids: Mapping[str, int],
    faces: Faces,
    picture: Callable[[Person], bytes | None],
    session: Session,
) -> Import:
    """Write what differs, and say what did.

    Args:
        known: Everybody in the database, by user key.
        removed: Those of them who go.
        licence_ids: Licence id by full module name.
        faces: Digest and media type of portraits, by user key.
        picture: Reads a person's portrait.
    """
    _remove(removed.values(), session)
    created = [person for person in persons if person.key not in known]
    if created:
        rows = [{"user_key": person.key, **_values(person, None, faces)} for person in created]
        session.execute(insert(Associate), rows)
    changed = []
    for person in persons:
        if person.key in known:
            values = _values(person, known[person.key], faces)
            if values != known[person.key].values:
                changed.append({"id": known[person.key].id, **values})
    if changed:
        session.execute(update(Associate), changed)
    _write_portraits(persons, known, faces, picture, session)
    licences = _write_licences(persons, known, licence_ids, session)
    return _result(persons, removed, created, {row["user_id"] for row in changed}, licences)


def _values(person: Person, before: Known | None, faces: Faces) -> dict[str, Any]:
    if person.portrait is None and before is not None:  # the file has no such column: what is there stays
        digest, kind = before.values["portrait_digest"], before.values["portrait_type"]
    else:
        digest, kind = faces.get(person.key) or (None, None)
    return {
        "user_id": person.user_id,
        "full_name": person.full_name,
        "type": person.type,
        "group_name": person.group,
        "role": person.role,
        "last_login": person.last_login,
        "retired": person.retired,
        "open_requests": person.open_requests,
        "portrait_type": kind,
        "portrait_digest": digest,
    }


def _write_portraits(
    persons: Sequence[Person],
    known: Mapping[str, Known],
    faces: Faces,
    picture: Callable[[Person], bytes | None],
    session: Session,
) -> None:
    for person in persons:
        before = known[person.key].values["portrait_digest"] if person.key in known else None
        digest = (faces.get(person.key) or (None,))[0]
        if person.portrait is not None and digest != before:
            row = update(Associate).where(Associate.user_key == person.key)
            session.execute(row.values(portrait=picture(person)))


def _remove(gone: Iterable[Known], session: Session) -> None:
    ids = [person.id for person in gone]
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        session.execute(delete(Assignment).where(Assignment.associate_id.in_(part)))
        session.execute(delete(Associate).where(Associate.id.in_(part)))


def _write_licences(
    persons: Sequence[Person], known: Mapping[str, Known], licence_ids: Mapping[str, int], session: Session
) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    differ = {}
    for person in persons:
        before = known[person.key].licences if person.key in known else {}
        if before != dict(person.licences):
            differ[person.key] = (person, before)
    if not differ:
        return {}
    ids = dict(session.execute(select(Associate.user_key, Associate.id)).all())
    old = [known[key].id for key, (_, before) in differ.items() if before]
    for start in range(0, len(old), CHUNK):
        session.execute(delete(Assignment).where(Assignment.associate_id.in_(old[start : start + CHUNK])))
    rows = [
        {"licence_id": licence_ids[name], "associate_id": ids[key], "weight": weight}
        for key, (person, _) in differ.items()
        for name, weight in person.licences.items()
    ]
    if rows:
        session.execute(insert(Assignment), rows)
    return {person.user_id: (before, dict(person.licences)) for person, before in differ.values()}


def _result(
    persons: Sequence[Person],
    removed: Mapping[str, Known],
    created: Sequence[Person],
    changed: set[str],
    licences: dict[str, tuple[dict[str, int], dict[str, int]]],
) -> Import:
    new = {person.user_id for person in created}
    updated = sorted((changed | licences.keys()) - new)
    return Import(
        created=sorted(new),
        updated=updated,
        unchanged=len(persons) - len(new) - len(updated),
        removed=sorted(person.values["user_id"] for person in removed.values()),
        licences=licences,
    )
