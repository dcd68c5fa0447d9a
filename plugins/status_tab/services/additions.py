"""What plugins added, as it is kept: their declarations, which outlive them, and the facts that they push."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import delete, insert, select
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

    Args:
        services: Metered services with whose they are.
        types: Event types with whose they are.
        work: The unit of work.
        clock: The time now.
    """
    found = [(SERVICE, each.id, plugin, SERVICES.dump(each)) for plugin, each in services]
    found += [(EVENT_TYPE, each.key, plugin, TYPES.dump(each)) for plugin, each in types]
    if not found:
        return
    row = DeclaredRow
    kept = {
        (kind, id_): said
        for kind, id_, *said in work.session.execute(select(row.kind, row.id, row.position, row.content))
    }
    for position, (kind, id_, plugin, content) in enumerate(found):
        said = [position, json.dumps(content, sort_keys=True)]
        if kept.get((kind, id_)) == said:
            continue
        values = {"plugin": plugin, "position": said[0], "content": said[1], "seen": clock()}
        statement = insert_into(row, work.session).values(kind=kind, id=id_, **values)
        work.session.execute(statement.on_conflict_do_update(index_elements=["kind", "id"], set_=values))


def with_past_services(
    live: Sequence[metered.MeteredService], session: Session, say: Saying
) -> Sequence[metered.MeteredService]:
    """*live* services, and after them those of plugins that are off or gone, if they were ever used.

    Args:
        live: What is metered now.
        session: The store.
        say: Says texts of those plugins.
    """
    known = {each.id for each in live}
    past = [each for each in _kept(SERVICE, SERVICES, session) if each[1].id not in known]
    if not past:
        return live
    ids, row = [each.id for _, each in past], UsageMonthRow
    used = set(session.scalars(select(row.service).where(row.service.in_(ids)).distinct()))
    gone = (
        service_of(each, plugin, partial(say, plugin), gone=True) for plugin, each in past if each.id in used
    )
    return (*live, *gone)


def with_past_types(
    live: Mapping[str, events.EventType], session: Session, say: Saying
) -> Mapping[str, events.EventType]:
    """*live* types of events, and those of plugins that are off or gone; arguments as before."""
    past = [each for each in _kept(EVENT_TYPE, TYPES, session) if each[1].key not in live]
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
    row = FactRow
    rows = session.execute(
        select(row.plugin, row.key, row.label, row.value, row.position, row.told).order_by(
            row.plugin, row.position
        )
    ).all()
    on = {plugin for plugin in {each.plugin for each in rows} if serves(plugin)}
    return [
        ToldFact(plugin=each.plugin, fact=_fact(each), told=each.told) for each in rows if each.plugin in on
    ]


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """The *facts* of one plugin as they are shown."""
    return sorted(facts, key=lambda each: each.order)


def _fact(row: Any) -> Fact:
    found: Fact = FACT.load(
        {
            "key": row.key,
            "label": json.loads(row.label),
            "value": json.loads(row.value),
            "order": row.position,
        }
    )
    return found


def _kept(kind: str, schema: ValueSchema, session: Session) -> list[tuple[str, Any]]:
    row = DeclaredRow
    rows = session.execute(
        select(row.plugin, row.content).where(row.kind == kind).order_by(row.plugin, row.position, row.id)
    )
    return [(plugin, schema.load(json.loads(content))) for plugin, content in rows]
