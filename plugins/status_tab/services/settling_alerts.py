"""Bringing alerts in line with the use: each is raised once, and withdrawn when its cause is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select, update

from host.api import Work
from status_tab.domain.alerts import AlertKind, due
from status_tab.domain.billing import ServiceMonth
from status_tab.domain.metered import LARGEST
from status_tab.storage.dialect import insert_into
from status_tab.storage.metering import AlertRow


def settle(
    months: Sequence[ServiceMonth],
    *,
    work: Work,
    now: datetime,
    expected: Mapping[str, int | None] | None = None,
) -> None:
    """Bring the alerts of services in line with their use.

    An alert that was withdrawn and has cause again stands again; it is not raised twice.

    Args:
        months: Services, in months that are open.
        work: The unit of work.
        now: The time now.
        expected: What each service is heading for; None where pace is not looked at, and its alerts stay.
    """
    if not months:
        return
    row = AlertRow
    mine = row.service.in_([line.service.id for line in months]) & row.month.in_(
        {line.month for line in months}
    )
    found = work.session.execute(
        select(row.service, row.month, row.kind, row.threshold, row.withdrawn).where(mine)
    )
    there: dict[tuple[str, date], dict[tuple[AlertKind, int], datetime | None]] = {}
    for service, month, kind, threshold, withdrawn in found:
        there.setdefault((service, month), {})[AlertKind(kind), threshold] = withdrawn
    for line in months:
        known = there.get((line.service.id, line.month), {})
        _settle_one(line, known, expected, work=work, now=now)


def _settle_one(
    line: ServiceMonth,
    known: Mapping[tuple[AlertKind, int], datetime | None],
    expected: Mapping[str, int | None] | None,
    *,
    work: Work,
    now: datetime,
) -> None:
    wanted = due(line, (expected or {}).get(line.service.id))
    for kind, used in wanted.items():
        if line.included is not None and known.get((kind, line.included), now) is not None:
            _raise(line, kind, used, known=(kind, line.included) in known, work=work, now=now)
    row = AlertRow
    mine = (row.service == line.service.id) & (row.month == line.month)
    for (kind, threshold), withdrawn in known.items():
        if withdrawn is None and not _stands(kind, threshold, line, wanted, expected is not None):
            one = mine & (row.kind == kind.value) & (row.threshold == threshold)
            work.session.execute(update(row).where(one).values(withdrawn=now))
            _audit(work, "usage.alert_withdrawn", line, kind, threshold, line.used)


def _stands(
    kind: AlertKind,
    threshold: int,
    line: ServiceMonth,
    wanted: Mapping[AlertKind, int],
    pace: bool,
) -> bool:
    if kind is AlertKind.PACE and not pace:
        return threshold == line.included and AlertKind.REACHED not in wanted
    return kind in wanted and threshold == line.included


def _raise(line: ServiceMonth, kind: AlertKind, used: int, *, known: bool, work: Work, now: datetime) -> None:
    threshold = line.included or 0
    statement = insert_into(AlertRow, work.session).values(
        service=line.service.id,
        month=line.month,
        kind=kind.value,
        threshold=threshold,
        used=min(used, LARGEST),  # the sum of two gauges may pass what a column holds
        raised=now,
        withdrawn=None,
    )
    work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["service", "month", "kind", "threshold"], set_={"withdrawn": None}
        )
    )
    if not known:
        _audit(work, "usage.alert_raised", line, kind, threshold, used)


def _audit(work: Work, action: str, line: ServiceMonth, kind: AlertKind, threshold: int, used: int) -> None:
    work.audit(
        action,
        line.service.id,
        after={
            "month": f"{line.month:%Y-%m}",
            "kind": kind.value,
            "included": threshold,
            "expected" if kind is AlertKind.PACE else "used": used,
        },
    )
