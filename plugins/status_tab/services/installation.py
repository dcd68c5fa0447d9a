"""What this installation is: loading it from its file, and reading it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from marshmallow import ValidationError
from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.orm import Session

from host.api import InputError, Work
from status_tab.domain.installation import Installation, Restriction, Satellite
from status_tab.schemas.installation import InstallationSchema
from status_tab.schemas.parts import first_fault
from status_tab.storage.tables import InstallationRow, RestrictionRow, SatelliteLicenceRow, SatelliteRow

from .files import read_json

# What the Status page asks for stands ready: a statement takes as long to put together as to ask.
_ROW, _LIMITS, _SATELLITE, _OCCUPIED = (
    cast("Table", row.__table__)
    for row in (InstallationRow, RestrictionRow, SatelliteRow, SatelliteLicenceRow)
)
_INSTALLATION = select(*(_ROW.c[name] for name in ("type", "name", "level", "plan")))
_RESTRICTIONS = select(*(_LIMITS.c[name] for name in ("name", "in_use", "maximum"))).order_by(
    _LIMITS.c.position
)
_SATELLITES = (
    select(_SATELLITE.c.name, _OCCUPIED.c.licence)
    .select_from(_SATELLITE.outerjoin(_OCCUPIED, _OCCUPIED.c.satellite == _SATELLITE.c.name))
    .order_by(_SATELLITE.c.name, _OCCUPIED.c.licence)
)


def load_installation(path: Path, *, work: Work, clock: Callable[[], datetime]) -> Installation:
    """Put what the file *path* says in the place of what is known about the installation.

    Args:
        path: An ``installation.json`` (formats.md 5).
        work: The unit of work.
        clock: The time now.

    Returns:
        What is known now.

    Raises:
        InputError: The file is not what it should be; names the file, the JSON path and what was expected.
    """
    content = read_json(path, "an object with database, satellites, plan and restrictions")
    try:
        installation: Installation = InstallationSchema().load(content)
    except ValidationError as error:
        place, problem = first_fault(error.messages)
        raise InputError(problem, source=str(path), place=place) from None
    _keep(installation, "installation.loaded", work, clock)
    return installation


def change_installation(installation: Installation, *, work: Work, clock: Callable[[], datetime]) -> bool:
    """Put *installation*, which somebody filled in, in the place of what is known.

    Args:
        installation: What it is now.
        work: The unit of work.
        clock: The time now.

    Returns:
        Whether that changed anything.
    """
    if read_installation(work.session) == installation:
        return False
    _keep(installation, "installation.changed", work, clock)
    return True


def _keep(installation: Installation, action: str, work: Work, clock: Callable[[], datetime]) -> None:
    before = read_installation(work.session)
    _replace(installation, work.session, clock())
    work.audit(
        action,
        installation.name,
        before=None if before is None else describe(before),
        after=describe(installation),
    )


def _replace(new: Installation, session: Session, now: datetime) -> None:
    for table in (SatelliteLicenceRow, SatelliteRow, RestrictionRow, InstallationRow):
        session.execute(delete(table))
    session.execute(
        insert(InstallationRow).values(
            id=1, type=new.type, name=new.name, level=new.level, plan=new.plan, loaded=now
        )
    )
    restrictions = [
        {"name": item.name, "position": position, "in_use": item.in_use, "maximum": item.maximum}
        for position, item in enumerate(new.restrictions)
    ]
    satellites = [{"name": item.name} for item in new.satellites]
    licences = [
        {"satellite": item.name, "licence": licence} for item in new.satellites for licence in item.licences
    ]
    for table, rows in (
        (RestrictionRow, restrictions),
        (SatelliteRow, satellites),
        (SatelliteLicenceRow, licences),
    ):
        if rows:
            session.execute(insert(table), rows)


def read_installation(session: Session) -> Installation | None:
    """What is known about the installation, or None while nothing has been loaded."""
    row = session.execute(_INSTALLATION).mappings().one_or_none()
    if row is None:
        return None
    restrictions = session.execute(_RESTRICTIONS)
    satellites: dict[str, list[str]] = {}
    for name, licence in session.execute(_SATELLITES):
        satellites.setdefault(name, []).extend([licence] if licence else [])
    return Installation(
        **row,
        restrictions=tuple(Restriction(**item) for item in restrictions.mappings()),
        satellites=tuple(Satellite(name=name, licences=tuple(held)) for name, held in satellites.items()),
    )


def satellite_licences(session: Session) -> dict[str, int]:
    """How many satellites occupy each site licence (formats.md 5), by full module name in lower case."""
    rows = session.execute(
        select(SatelliteLicenceRow.licence, func.count()).group_by(SatelliteLicenceRow.licence)
    )
    return dict(rows.all())


def describe(installation: Installation) -> dict[str, Any]:
    """*installation* in the form of the file it comes from."""
    return {
        "database": {"type": installation.type, "name": installation.name, "level": installation.level},
        "satellites": [
            {"name": item.name, "licences": list(item.licences)} for item in installation.satellites
        ],
        "plan": installation.plan or None,
        "restrictions": [
            {"name": item.name, "in_use": item.in_use, "maximum": item.maximum}
            for item in installation.restrictions
        ],
    }
