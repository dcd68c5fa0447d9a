"""What every door hands to the services of metering: where to read, what day it is, and by which rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from host.api import N_, Actor, InputError, Work, current_host

from . import declared
from .domain.events import EventType
from .domain.metered import MeteredService
from .domain.months import STORAGE_RULES, Rule, first_of
from .domain.startable import Startable
from .domain.usage import Answer, day_of
from .services.additions import held_to_kind, with_past_services, with_past_types
from .services.additions import note_declared as note
from .services.files import Item
from .services.ingest import of_plugins
from .services.own_work import Apart
from .services.thresholds import AskUsers, MonthUsers, samples_since, users_by_month


class Counting(TypedDict):
    """How months are counted."""

    zone: tzinfo
    rule: Rule
    services: Sequence[MeteredService]


class Reading(Counting):
    """What `services.months`, `pace` and `invoice` read with."""

    session: Session
    today: date


class Taking(Counting):
    """What `services.ingest`, `alerts` and `closing` write with."""

    work: Work
    clock: Callable[[], datetime]
    ask: AskUsers


def counting() -> Counting:
    """The zone, the rule and the services of this installation.

    Raises:
        InputError: The setting ``storage_rule`` is none of the three.
    """
    said = current_host.settings["storage_rule"]
    if said not in STORAGE_RULES:
        known = ", ".join(STORAGE_RULES)
        raise InputError(
            N_("“%(said)s”: expected one of %(known)s", said=str(said), known=known), source="storage_rule"
        )
    return Counting(
        zone=ZoneInfo(current_host.installation_timezone), rule=Rule(said), services=declared.services()
    )


def reading() -> Reading:
    """What the request or command that is served reads with, also of plugins that are off or gone."""
    common = counting()
    today, session = day_of(current_host.clock(), common["zone"]), current_host.session
    common["services"] = with_past_services(common["services"], session, declared.say, current_host.serves)
    return Reading(**common, session=session, today=today)


def event_types() -> Mapping[str, EventType]:
    """The types of events, also those of plugins that are off or gone; for reading."""
    return with_past_types(declared.event_types(), current_host.session, declared.say)


def startable(starter: str | None) -> Startable:
    """Which events *starter*, a plugin or a person (None), may start."""
    return Startable(types=declared.event_types(), starter=starter)


def note_declared(work: Work) -> None:
    """Keep what plugins declare, in case they are gone some day."""
    note(declared.declared_services(), declared.declared_types(), work=work, clock=current_host.clock)


def taking(session: Session | None = None) -> Taking:
    """What the request, command or job that is served writes with.

    Args:
        session: Where to look which services were counted as another kind than they are declared as now; None
            for the unit of work itself.
    """
    common, work = counting(), current_host.work
    if any(each.plugin for each in common["services"]):
        seen = work.session if session is None else session
        common["services"] = held_to_kind(common["services"], seen)
    return Taking(**common, work=work, clock=current_host.clock, ask=samples_since(current_host.hooks))


def note_used(items: Sequence[Item], answers: Sequence[Answer], work: Work) -> None:
    """Keep what plugins declare if something of theirs was counted: they may be off before a job runs.

    Args:
        items: What was taken in.
        answers: What became of each.
        work: The unit of work.
    """
    if of_plugins(items, answers):
        note_declared(work)


def users_of(months: Iterable[date], today: date) -> dict[date, MonthUsers]:
    """The users of *months*, by first day, asked of whoever knows of licences."""
    return users_by_month(map(first_of, months), today=today, ask=samples_since(current_host.hooks))


class OwnWork(TypedDict):
    """What `services.own_work.shown` shows work with that is the one transaction of a command or job."""

    joins: Work
    apart: Apart
    actor: Actor
    clock: Callable[[], datetime]


def own_work() -> OwnWork:
    """What the command or job that is served shows its work with."""
    return OwnWork(
        joins=current_host.work,
        apart=current_host.apart,
        actor=current_host.actor,
        clock=current_host.clock,
    )
