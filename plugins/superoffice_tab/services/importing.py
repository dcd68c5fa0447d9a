"""Load associates with their licences: everything in the file, or nothing (formats.md 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from host.api import InputError, Work
from superoffice_tab.domain.expiry import today
from superoffice_tab.domain.licences import full_name
from superoffice_tab.domain.people import AssignmentError, Catalogue, Person, Seats, keeps_service_licence
from superoffice_tab.storage.counts import recount
from superoffice_tab.storage.models import Assignment, Associate, Licence, Owner

from . import people_rows, state
from .associates_file import place, portrait, read
from .people_rows import Import, Known
from .plan_pruning import forget_released
from .sampling import sample


def import_associates(
    path: Path, *, prune: bool, work: Work, clock: Callable[[], datetime], timezone: str
) -> Import:
    """Make the associates those of the file.

    Args:
        path: ``associates.csv``; portraits lie beside it.
        prune: Delete whoever is not in the file, with their assignments.
        clock: The time now, for the high-water mark and the day's use.
        timezone: IANA name of the zone that days are counted in.

    Raises:
        InputError: The file is not what it should be, names a licence that cannot be assigned, gives out
            more than was bought, gives somebody a licence whose row was altered, or takes a Service licence
            from somebody with open requests.
    """
    source = str(path)
    persons = read(path)
    session = work.session
    state.lock(session)
    ids, catalogue, altered = _catalogue(session)
    known = _known(session)
    absent = {key: known[key] for key in known.keys() - {person.key for person in persons}}
    removed = absent if prune else {}
    staying = {} if prune else absent
    _check(persons, known, staying, removed, catalogue, altered, source)

    def picture(person: Person) -> bytes | None:
        found = portrait(person, path.parent, source)
        return found.picture() if found else None

    faces = {}
    for person in persons:
        found = portrait(person, path.parent, source)
        faces[person.key] = (found.digest, found.kind) if found else None
    now = clock()
    day = today(now, timezone)
    sample(session, day)  # what was held until now was in use today, too
    result = people_rows.write(persons, known, removed, ids, faces, picture, session)
    forget_released(session)
    state.remember_time(session, now)
    recount(session)
    sample(session, day)
    _audit(result, path.name, work)
    return result


def _catalogue(session: Session) -> tuple[dict[str, int], Catalogue, frozenset[str]]:
    """Ids of all licences, what they are, and the full names of those whose rows were altered.

    Of an altered one nobody gets any (see `_check_altered`); how many keep it is not counted, because the
    number in its row means nothing.
    """
    rows = session.execute(
        select(Licence, Owner.name.label("owner")).join(Owner, Owner.id == Licence.owner_id)
    ).all()
    ids = {full_name(row.owner, row.Licence.name): row.Licence.id for row in rows}
    altered = frozenset(full_name(row.owner, row.Licence.name) for row in rows if row.Licence.altered)
    licences = (state.as_value(row.Licence, row.owner) for row in rows)
    catalogue = Catalogue(
        replace(each, unrestricted=True) if each.full_name in altered else each for each in licences
    )
    return ids, catalogue, altered


def _known(session: Session) -> dict[str, Known]:
    held: dict[int, dict[str, int]] = {}
    assignments = session.execute(
        select(Assignment.associate_id, Owner.name, Licence.name, Assignment.weight)
        .join(Licence, Licence.id == Assignment.licence_id)
        .join(Owner, Owner.id == Licence.owner_id)
    )
    for associate_id, owner, name, weight in assignments:
        held.setdefault(associate_id, {})[full_name(owner, name)] = weight
    columns = [getattr(Associate, name) for name in people_rows.COLUMNS]
    rows = session.execute(select(Associate.id, Associate.user_key, *columns)).mappings()
    return {
        row["user_key"]: Known(
            id=row["id"],
            values={name: row[name] for name in people_rows.COLUMNS},
            licences=held.get(row["id"], {}),
        )
        for row in rows
    }


def _check(
    persons: list[Person],
    known: dict[str, Known],
    staying: dict[str, Known],
    removed: dict[str, Known],
    catalogue: Catalogue,
    altered: frozenset[str],
    source: str,
) -> None:
    taken: dict[str, int] = {}
    for other in staying.values():
        if not other.values["retired"]:
            for name, weight in other.licences.items():
                taken[name] = taken.get(name, 0) + weight
    seats = Seats(catalogue, taken)
    for person in persons:
        try:
            catalogue.check(person.licences)
            if not person.retired:
                for name, weight in person.licences.items():
                    seats.take(name, weight)
            before = known[person.key].licences if person.key in known else {}
            _check_altered(before, person.licences, catalogue, altered)
            _check_service(before, person.licences, person.open_requests, catalogue)
        except AssignmentError as error:
            raise InputError(str(error), source=source, place=place(person, "licences")) from error
    for gone in removed.values():
        try:
            _check_service(gone.licences, {}, gone.values["open_requests"], catalogue)
        except AssignmentError as error:
            problem = f"“{gone.values['user_id']}” is not in the file and would be deleted, but {error}"
            raise InputError(problem, source=source) from error


def _check_altered(
    before: Mapping[str, int], after: Mapping[str, int], catalogue: Catalogue, altered: frozenset[str]
) -> None:
    more = {name for name, weight in after.items() if weight > before.get(name, 0)}
    wrong = sorted(catalogue.everything(more) & altered)
    if wrong:
        raise AssignmentError(
            f"“{wrong[0]}” was altered in the database and counts for nothing; restore it first"
        )


def _check_service(
    before: Mapping[str, int], after: Mapping[str, int], open_requests: int, catalogue: Catalogue
) -> None:
    loses = catalogue.lets_work_in_service(before) and not catalogue.lets_work_in_service(after)
    if loses and keeps_service_licence(open_requests):
        raise AssignmentError(
            f"the person has {open_requests} open requests in Service, so the licence cannot be taken away; "
            "close or move the requests first"
        )


def _audit(result: Import, name: str, work: Work) -> None:
    licences = result.licences
    work.audit(
        "associates.imported",
        name,
        before={"licences": {user: before for user, (before, _) in licences.items()}},
        after={
            "created": result.created,
            "updated": result.updated,
            "removed": result.removed,
            "licences": {user: after for user, (_, after) in licences.items()},
        },
    )
