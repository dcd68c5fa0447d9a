"""What plugins added, as it is kept: their declarations, which outlive them, and the facts that they push."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from host.api import Plain, Text, ValueSchema, Work
from status_tab.domain import events, metered
from status_tab.schemas.additions import (
    EventType,
    EventTypeSchema,
    MeteredService,
    MeteredServiceSchema,
    service_of,
    type_of,
)
from status_tab.schemas.facts import Fact, FactSchema
from status_tab.storage.additions import DeclaredRow, FactRow
from status_tab.storage.dialect import insert_into
from status_tab.storage.metering import UsageMonthRow

SERVICE, EVENT_TYPE = "service", "event-type"
SERVICES, TYPES, FACT = MeteredServiceSchema(), EventTypeSchema(), FactSchema()
SCHEMAS: Mapping[str, ValueSchema] = {SERVICE: SERVICES, EVENT_TYPE: TYPES}
# What every page asks for stands ready: a statement takes as long to put together as to ask.
_FACTS, _PAST = (cast("Table", row.__table__) for row in (FactRow, DeclaredRow))
_TOLD = select(
    *(_FACTS.c[name] for name in ("plugin", "told", "key", "label", "value", "position"))
).order_by(_FACTS.c.plugin, _FACTS.c.position)
_DECLARED = (
    select(_PAST.c.plugin, _PAST.c.content)
    .where(_PAST.c.kind == bindparam("kind"))
    .order_by(_PAST.c.plugin, _PAST.c.position, _PAST.c.id)
)
Saying = Callable[[str, Text | Plain], str]
"""Says a text of a plugin, by its id, to whoever reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFact:
    """A fact as a plugin told it.

    Args:
        plugin: Id of the plugin.
        fact: What it told.
        told: When; None where the plugin is asked whenever the page is drawn.
    """

    plugin: str
    fact: Fact
    told: datetime | None = None


def note_declared(
    services: Iterable[tuple[str, MeteredService]],
    types: Iterable[tuple[str, EventType]],
    *,
    work: Work,
    clock: Callable[[], datetime],
) -> None:
    """Keep what plugins declare, so that what was used and what ran has its name when they are gone.

    A service that was used stays kept as of the kind that it was counted as, whatever is declared by now.

    Args:
        services: Metered services with whose they are.
        types: Event types with whose they are.
        work: The unit of work.
        clock: The time now.
    """
    services = list(services)
    found = [(SERVICE, each.id, plugin, SERVICES.dump(each)) for plugin, each in services]
    found += [(EVENT_TYPE, each.key, plugin, TYPES.dump(each)) for plugin, each in types]
    if not found:
        return
    row = DeclaredRow
    kept = {
        (kind, id_): said
        for kind, id_, *said in work.session.execute(select(row.kind, row.id, row.position, row.content))
    }
    before = {
        id_: _said(SERVICE, content).kind for (kind, id_), (_, content) in kept.items() if kind == SERVICE
    }
    changed = [each.id for _, each in services if before.get(each.id, each.kind) is not each.kind]
    held = {(SERVICE, each) for each in _used(changed, work.session)}
    for position, (kind, id_, plugin, content) in enumerate(found):
        said = [position, json.dumps(content, sort_keys=True)]
        if (kind, id_) in held or kept.get((kind, id_)) == said:
            continue
        values = {"plugin": plugin, "position": said[0], "content": said[1], "seen": clock()}
        statement = insert_into(row, work.session).values(kind=kind, id=id_, **values)
        work.session.execute(statement.on_conflict_do_update(index_elements=["kind", "id"], set_=values))


def held_to_kind(
    live: Sequence[metered.MeteredService], session: Session
) -> Sequence[metered.MeteredService]:
    """*live* services for counting; one that was used while it was another kind is that still, and is marked.

    A sum of what were readings, or the last of what were numbers to add up, would be a wrong bill (ADR 13).
    Where it was never used, the new kind holds from now on: what is kept of the other goes.

    Args:
        live: What is metered now.
        session: The store.
    """
    if not any(each.plugin for each in live):
        return live
    kept = _kept(SERVICE, session)
    changed, row = _changed(live, kept), DeclaredRow
    unused = changed - _used(changed, session)
    if unused:
        session.execute(delete(row).where(row.kind == SERVICE, row.id.in_(unused)))
    return _holding(live, [each for each in kept if each[1].id not in unused], session)


def _changed(live: Sequence[metered.MeteredService], kept: Iterable[tuple[str, MeteredService]]) -> set[str]:
    """Those of *live* that are kept as another kind."""
    now = {each.id: each.measures[0].kind for each in live if each.plugin}
    return {each.id for _, each in kept if now.get(each.id, each.kind) is not each.kind}


def _holding(
    live: Sequence[metered.MeteredService], kept: Sequence[tuple[str, MeteredService]], session: Session
) -> Sequence[metered.MeteredService]:
    """*live* services, the used ones as of the kind that they are kept as."""
    held = _used(_changed(live, kept), session)
    kinds = {each.id: each.kind for _, each in kept if each.id in held}
    return tuple(_held(each, kinds[each.id]) if each.id in held else each for each in live) if held else live


def _held(service: metered.MeteredService, kind: metered.Kind) -> metered.MeteredService:
    measures = tuple(replace(each, kind=kind, changed=each.kind) for each in service.measures)
    return replace(service, measures=measures)


def _used(ids: Collection[str], session: Session) -> set[str]:
    """Those services of *ids* that were ever used."""
    row = UsageMonthRow
    return set(session.scalars(select(row.service).where(row.service.in_(ids)).distinct())) if ids else set()


def with_past_services(
    live: Sequence[metered.MeteredService],
    session: Session,
    say: Saying,
    serves: Callable[[str], bool] = lambda _: False,
) -> Sequence[metered.MeteredService]:
    """*live* services for reading, and after them those that are declared no longer, if they were ever used.

    Args:
        live: What is metered now; one of another kind than it was counted as is that still, and is marked.
        session: The store.
        say: Says texts of those plugins.
        serves: Whether a plugin, by its id, is there and on.
    """
    known, kept = {each.id for each in live}, _kept(SERVICE, session)
    live = _holding(live, kept, session)
    past = [each for each in kept if each[1].id not in known]
    if not past:
        return live
    used = _used([each.id for _, each in past], session)
    gone = [
        replace(service_of(each, plugin, partial(say, plugin), gone=True), dropped=serves(plugin))
        for plugin, each in past
        if each.id in used
    ]
    return (*live, *gone)


def with_past_types(
    live: Mapping[str, events.EventType], session: Session, say: Saying
) -> Mapping[str, events.EventType]:
    """*live* types of events, and those of plugins that are off or gone; arguments as before."""
    past = [each for each in _kept(EVENT_TYPE, session) if each[1].key not in live]
    gone = [type_of(each, plugin, partial(say, plugin), gone=True) for plugin, each in past]
    return {**live, **{each.key: each for each in gone}} if gone else live


def set_facts(plugin: str, facts: Sequence[Fact], *, work: Work, clock: Callable[[], datetime]) -> None:
    """Put *facts* in the place of all that *plugin* told before."""
    now = clock()
    work.session.execute(delete(FactRow).where(FactRow.plugin == plugin))
    rows = [
        {
            "plugin": plugin,
            "key": each.key,
            "position": position,
            "label": json.dumps(packed["label"]),
            "value": json.dumps(packed["value"]),
            "told": now,
        }
        for position, each in enumerate(in_order(facts))
        for packed in [FACT.dump(each)]
    ]
    if rows:
        work.session.execute(insert(FactRow), rows)


def told_facts(session: Session, serves: Callable[[str], bool]) -> list[ToldFact]:
    """The facts that plugins told which are on, by plugin in their order.

    Args:
        session: The store.
        serves: Whether a plugin, by its id, is there and on.
    """
    rows = session.execute(_TOLD).all()
    on = {plugin for plugin in {each.plugin for each in rows} if serves(plugin)}
    return [
        ToldFact(plugin=plugin, fact=_fact(*said), told=told) for plugin, told, *said in rows if plugin in on
    ]


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """The *facts* of one plugin as they are shown."""
    return sorted(facts, key=lambda each: each.order)


@lru_cache(maxsize=256)  # the same words say the same, and every page reads them
def _fact(key: str, label: str, value: str, position: int) -> Fact:
    found: Fact = FACT.load(
        {"key": key, "label": json.loads(label), "value": json.loads(value), "order": position}
    )
    return found


def _kept(kind: str, session: Session) -> list[tuple[str, Any]]:
    return [(plugin, _said(kind, content)) for plugin, content in session.execute(_DECLARED, {"kind": kind})]


@lru_cache(maxsize=256)
def _said(kind: str, content: str) -> Any:
    return SCHEMAS[kind].load(json.loads(content))
