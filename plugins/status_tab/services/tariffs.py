"""Tariffs: the published one, and the operator's own, each with the day it holds from (domain.md 1.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import cast

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from host.api import NotFoundError, Work
from status_tab.domain.metered import METERED_SERVICES, MeteredService
from status_tab.domain.months import first_of
from status_tab.domain.tariff import PUBLISHED, Tariff
from status_tab.schemas.tariff import kept_tariff, read_tariff
from status_tab.storage.dialect import insert_into
from status_tab.storage.metering import TariffRow

from .files import read_text

_TARIFFS = cast("Table", TariffRow.__table__)
_OWN = select(_TARIFFS.c.content, _TARIFFS.c.loaded, _TARIFFS.c.loaded_by).order_by(_TARIFFS.c.valid_from)
_tariff = lru_cache(maxsize=64)(kept_tariff)  # the same text says the same, and every page reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTariff:
    """A tariff of the operator's own, with who loaded it.

    Args:
        tariff: The tariff.
        loaded: When it was loaded.
        loaded_by: User id of who loaded it.
    """

    tariff: Tariff
    loaded: datetime
    loaded_by: str


def tariff_for(month: date, session: Session) -> Tariff:
    """The tariff that holds for the month of *month*: the last one valid on its first day.

    Without one of the operator's own it is the published table.
    """
    return in_force(month, [each.tariff for each in list_tariffs(session)])


def in_force(month: date, own: Iterable[Tariff]) -> Tariff:
    """The one of the operator's *own* tariffs that holds for the month of *month*, or the published one."""
    valid = [each for each in own if each.valid_from <= first_of(month)]
    return max(valid, key=lambda each: each.valid_from, default=PUBLISHED)


def list_tariffs(session: Session) -> list[LoadedTariff]:
    """The operator's own tariffs, oldest first."""
    rows = session.execute(_OWN)
    return [
        LoadedTariff(tariff=_tariff(content), loaded=loaded, loaded_by=by) for content, loaded, by in rows
    ]


def load_tariff(
    path: Path,
    *,
    work: Work,
    clock: Callable[[], datetime],
    user_id: str,
    services: Iterable[MeteredService] = METERED_SERVICES,
) -> Tariff:
    """Load a tariff of the operator's own from the file *path*; one that holds from the same day makes way.

    What is closed stays as it was closed.

    Args:
        path: A tariff file (`schemas.tariff`).
        work: The unit of work.
        clock: The time now.
        user_id: Who loads it.
        services: The metered services.

    Returns:
        The tariff.

    Raises:
        InputError: The file is not what it should be; names the file, the line and what was expected.
    """
    text = read_text(path)
    tariff = read_tariff(text, source=str(path), services=services)
    row = {"content": text, "loaded": clock(), "loaded_by": user_id}
    statement = insert_into(TariffRow, work.session)
    work.session.execute(
        statement.values(valid_from=tariff.valid_from, **row).on_conflict_do_update(
            index_elements=["valid_from"], set_=row
        )
    )
    work.audit("tariff.loaded", tariff.valid_from.isoformat(), after={"file": path.name, "content": text})
    return tariff


def remove_tariff(valid_from: date, *, work: Work) -> None:
    """Remove the operator's own tariff that holds from *valid_from* on.

    Raises:
        NotFoundError: There is none.
    """
    found = work.session.scalar(select(TariffRow.content).where(TariffRow.valid_from == valid_from))
    if found is None:
        raise NotFoundError(f"There is no tariff of your own that holds from {valid_from} on.")
    work.session.execute(delete(TariffRow).where(TariffRow.valid_from == valid_from))
    work.audit("tariff.removed", valid_from.isoformat(), before={"content": found})
