"""Where the month is heading, with its margin of error from this installation's own past months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, tzinfo

from sqlalchemy.orm import Session

from status_tab.domain.metered import METERED_SERVICES, Kind, MeteredService
from status_tab.domain.months import Rule, first_of, length, up_to
from status_tab.domain.pace import Forecast, look_ahead

from .months import known_service
from .past_paths import known_paths

PAST = 12
"""How many past months a forecast goes by."""


def forecast(
    service_id: str,
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    threshold: int | None = None,
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
) -> Forecast | None:
    """Where the month of *today* is heading for one service.

    What was used today does not say how the day will end: counters are judged by the days that are over.

    Args:
        service_id: Id of the service.
        session: The store.
        today: The day it is, in the installation's zone.
        zone: That zone.
        threshold: What is included; None for no day on which it is reached.
        rule: How the figure of storage is made.
        services: The metered services.

    Returns:
        None where nothing can be said: nothing was ever counted, or the month has only begun.

    Raises:
        NotFoundError: There is no such service.
    """
    service = known_service(service_id, services)
    found = forecasts(
        [service],
        session=session,
        today=today,
        zone=zone,
        rule=rule,
        thresholds={service.id: threshold},
    )
    return found[service.id]


def forecasts(
    services: Sequence[MeteredService],
    *,
    session: Session,
    today: date,
    zone: tzinfo,
    thresholds: Mapping[str, int | None] | None = None,
    rule: Rule = Rule.AVERAGE,
) -> dict[str, Forecast | None]:
    """Where the month of *today* is heading for several services, by their ids.

    Args:
        services: The services.
        session: The store.
        today: The day it is, in the installation's zone.
        zone: That zone.
        thresholds: What is included, by id of the service; None for no day on which it is reached.
        rule: How the figure of storage is made.
    """
    paths = known_paths(services, up_to(today, PAST + 1), session=session, today=today, zone=zone, rule=rule)
    found = {}
    for service in services:
        *past, now = (each.path for each in paths[service.id])
        steady = all(measure.kind is Kind.GAUGE for measure in service.measures)
        found[service.id] = look_ahead(
            now,
            past,
            first=first_of(today),
            days=length(today),
            done=today.day if steady else today.day - 1,
            steady=steady,
            threshold=(thresholds or {}).get(service.id),
        )
    return found
