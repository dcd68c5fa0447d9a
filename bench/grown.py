"""An installation with ten million usage events, and what its dashboard costs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg

from bench import company
from bench.load import WARM_UP, Job, run
from bench.servers import Server
from bench.usage import COUNTERS

DASHBOARD = "/tabs/status_tab/status/metered/"
SERVICES = ("storage", *COUNTERS)
YEAR = timedelta(days=365)
READ_EVERY = timedelta(hours=6)

FIRST = 1_000_000
"""Numbers of keys below are left for the readings of storage."""

SQLITE = """
insert into status_tab_usage_key (number, source, event_id, content)
with recursive n (i) as (select 1 union all select i + 1 from n where i < {events})
select {first} + i, 'urn:past', printf('%010d', i), zeroblob(32) from n;
insert into status_tab_usage_event (month, key, time, service, value, subject, received)
with recursive n (i) as (select 1 union all select i + 1 from n where i < {events}),
at (i, time) as (
  select i, strftime('%Y-%m-%d %H:%M:%S.000000', {start} + i * {step}, 'unixepoch') from n
)
select substr(time, 1, 8) || '01', {first} + i, time,
  case i % 4 when 0 then '{0}' when 1 then '{1}' when 2 then '{2}' else '{3}' end, 1, '', time
from at;
insert into status_tab_usage_day (service, day, total, events, last)
select service, substr(time, 1, 10), sum(value), count(*), max(time)
from status_tab_usage_event where key > {first} group by 1, 2;
insert into status_tab_usage_month (service, month, total, events, late, late_total, last)
select service, substr(day, 1, 8) || '01', sum(total), sum(events), 0, 0, max(last)
from status_tab_usage_day where service in {counters} group by 1, 2;
"""
POSTGRES = """
insert into status_tab_usage_key (number, source, event_id, content)
select {first} + i, 'urn:past', lpad(i::text, 10, '0'), decode(repeat('00', 32), 'hex')
from generate_series(1, {events}) as i;
select setval(pg_get_serial_sequence('status_tab_usage_key', 'number'), {first} + {events});
insert into status_tab_usage_event (month, key, time, service, value, subject, received)
select date_trunc('month', time at time zone 'UTC')::date, {first} + i, time,
  case i % 4 when 0 then '{0}' when 1 then '{1}' when 2 then '{2}' else '{3}' end, 1, '', time
from (
  select i, to_timestamp({start} + (i * {step}::double precision)::bigint) as time
  from generate_series(1, {events}) as i
) as at;
insert into status_tab_usage_day (service, day, total, events, last)
select service, (time at time zone 'UTC')::date, sum(value), count(*), max(time)
from status_tab_usage_event where key > {first} group by 1, 2;
insert into status_tab_usage_month (service, month, total, events, late, late_total, last)
select service, date_trunc('month', day)::date, sum(total), sum(events), 0, 0, max(last)
from status_tab_usage_day where service in {counters} group by 1, 2;
analyze;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Milliseconds until the dashboard of one service is there, and CPU milliseconds that it costs."""

    name: str
    service: str
    p50: float
    p99: float
    cpu: float


def fill(folder: Path, events: int, address: str = "") -> None:
    """Give the installation in *folder* a year of usage.

    Counters are written past the product, which would take them in for minutes; readings of storage go in
    by its own command, and its own job closes the months that are over.

    Args:
        folder: Where the data stand.
        events: How many there are of the four counters together.
        address: The database; the file in *folder* if left out.
    """
    variables = {"TABHOST_DATABASE_URL": address} if address else {}
    company.tabhost(folder, "db", "upgrade", **variables)
    now = datetime.now(UTC)
    readings = folder / "storage.ndjson"
    readings.write_text("\n".join(_readings(now)), encoding="utf-8")
    company.tabhost(folder, "status", "ingest", str(readings), "--backfill", **variables)
    script = (POSTGRES if address else SQLITE).format(
        *COUNTERS,
        counters=COUNTERS,
        events=events,
        first=FIRST,
        start=int((now - YEAR).timestamp()),
        step=YEAR.total_seconds() / (events + 1),
    )
    if address:
        with psycopg.connect(address) as connection:
            connection.execute(script)
    else:
        file = sqlite3.connect(folder / "tabhost.db")
        file.execute("PRAGMA synchronous=OFF")
        file.executescript(f"begin; {script} commit; analyze;")
        file.close()
    company.tabhost(folder, "jobs", "run", "status_tab", "months", **variables)


def open_dashboards(server: Server, name: str, requests: int, core: int | None) -> list[Opened]:
    """Open the dashboard of every service, again and again, on one connection.

    Raises:
        RuntimeError: One of them is no page.
    """
    found = []
    for service in SERVICES:
        path = f"{DASHBOARD}{service}/"
        job = Job(port=server.port, path=path, cookie=server.cookie, requests=requests, core=core)
        before = server.cpu()
        times: Any = run(job)["milliseconds"]
        cpu = (server.cpu() - before) * 1000 / (len(times) + WARM_UP)
        slow = quantiles(times, n=100)[98]
        found.append(Opened(name=name, service=service, p50=median(times), p99=slow, cpu=cpu))
    return found


def _readings(now: datetime) -> Iterator[str]:
    """One every six hours of both kinds of storage, a little more each time."""
    for number in range(int(YEAR / READ_EVERY)):
        time = now - YEAR + number * READ_EVERY
        for service in ("storage.database", "storage.documents"):
            event = {
                "specversion": "1.0",
                "id": f"{service}-{number}",
                "source": "urn:past",
                "type": "tabhost.usage.recorded",
                "time": time.isoformat(),
                "data": {"service": service, "value": 40_000_000_000 + number * 1_000_000},
            }
            yield json.dumps(event)
