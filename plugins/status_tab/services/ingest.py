"""Taking usage events in: each is counted once, whatever is sent again, twice, late or in another order.

Key, raw event, day and month are written in one transaction, so they always agree; what crosses a threshold
raises its alert in the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from functools import partial
from typing import Any

from host.api import Work
from status_tab.domain.metered import MEASURES, METERED_SERVICES, MeteredService, measures_of
from status_tab.domain.months import Rule
from status_tab.domain.usage import Answer, Outcome, UsageEvent, refusal
from status_tab.schemas.usage import parse_batch
from status_tab.storage.dialect import take_turn

from .alerts import watch
from .counting import count
from .files import Item
from .thresholds import AskUsers, no_users

CHUNK = 1000
"""Events that are written together."""
LONGEST_SUBJECT = 254
"""Characters of the subject of an audit row."""


def ingest(
    items: Sequence[Item],
    *,
    work: Work,
    clock: Callable[[], datetime],
    zone: tzinfo,
    backfill: bool = False,
    ask: AskUsers = no_users,
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
    recorder: str = "",
) -> list[Answer]:
    """Take usage events in.

    Args:
        items: The entries of a file or request, as JSON held them.
        work: The unit of work; when it commits, everything accepted is durable.
        clock: The time now.
        zone: The installation's time zone, in which days are counted.
        backfill: Whether events older than 35 days are taken (formats.md 3).
        ask: Where the number of users comes from, for alerts (`thresholds.samples_since`).
        rule: How the figure of storage is made, for alerts.
        services: The metered services.
        recorder: Id of the plugin that counted; "" for a person or program, who may count everything.

    Returns:
        An answer for each item, in order.
    """
    answers: list[Answer] = []
    touched: set[tuple[str, date]] = set()
    now, measures = clock(), measures_of(services)
    take_turn(work.session)
    for start in range(0, len(items), CHUNK):
        chunk = items[start : start + CHUNK]
        contents = [item.content for item in chunk]
        judge = partial(refusal, now=now, backfill=backfill, measures=measures, recorder=recorder)
        parsed = [_checked(entry, judge) for entry in parse_batch(contents)]
        events = [entry for entry in parsed if isinstance(entry, UsageEvent)]
        counted = count(events, session=work.session, now=now, zone=zone, measures=measures)
        touched |= counted.touched
        answers += _answers(chunk, parsed, iter(counted.outcomes))
    watch(touched, work=work, clock=clock, zone=zone, ask=ask, rule=rule, services=services)
    return answers


def record(
    items: Sequence[Item],
    *,
    work: Work,
    clock: Callable[[], datetime],
    zone: tzinfo,
    ask: AskUsers = no_users,
    rule: Rule = Rule.AVERAGE,
    services: Sequence[MeteredService] = METERED_SERVICES,
    recorder: str = "",
) -> list[Answer]:
    """Take in what a program or another plugin counted, as `ingest` does, and audit it if something counts.

    Args:
        items: CloudEvents, as JSON held them.
        work: The unit of work.
        clock: The time now.
        zone: The installation's time zone.
        ask: Where the number of users comes from, for alerts.
        rule: How the figure of storage is made, for alerts.
        services: The metered services.
        recorder: As for `ingest`.

    Returns:
        An answer for each item, in order.
    """
    answers = ingest(
        items,
        work=work,
        clock=clock,
        zone=zone,
        ask=ask,
        rule=rule,
        services=services,
        recorder=recorder,
    )
    judged = zip(items, answers, strict=True)
    sources = sorted({item.content["source"] for item, each in judged if each.outcome is Outcome.ACCEPTED})
    if sources:
        work.audit("usage.ingested", ", ".join(sources)[:LONGEST_SUBJECT], after=counts(answers))
    return answers


def of_plugins(items: Sequence[Item], answers: Sequence[Answer]) -> bool:
    """Whether something that plugins declare was accepted, rather than of the five alone.

    Args:
        items: What was taken in.
        answers: What became of each.
    """
    return any(
        each.outcome is Outcome.ACCEPTED and item.content["data"]["service"].lower() not in MEASURES
        for item, each in zip(items, answers, strict=True)
    )


def counts(answers: Iterable[Answer]) -> dict[str, int]:
    """How many items were accepted, duplicate, in conflict and rejected."""
    result = {outcome.value: 0 for outcome in Outcome}
    for answer in answers:
        result[answer.outcome.value] += 1
    return result


def _checked(entry: UsageEvent | str, judge: Callable[[UsageEvent], str]) -> UsageEvent | str:
    if isinstance(entry, str):
        return entry
    return judge(entry) or entry


def _answers(
    items: Sequence[Item],
    parsed: Sequence[UsageEvent | str],
    outcomes: Iterator[tuple[Outcome, str]],
) -> Iterator[Answer]:
    """An answer for each of *items*: what was wrong with it, or the next of the *outcomes*."""
    for item, entry in zip(items, parsed, strict=True):
        outcome, reason = (Outcome.REJECTED, entry) if isinstance(entry, str) else next(outcomes)
        yield Answer(place=item.place, outcome=outcome, id=_id_of(item.content), reason=reason)


def _id_of(content: Any) -> str:
    id_ = content.get("id") if isinstance(content, dict) else None
    return id_ if isinstance(id_, str) else ""
